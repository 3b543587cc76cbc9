"""Scenes: a pair of tables and what several writers do to them at the same time."""

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from property_statements import Statement, batches, statements
from property_tables import Table, tables, type_ddl
from property_types import SHAPES, user_types

from messina.types import UserTypes

_PAUSES_MS = (0, 0, 0, 5, 20, 60, 300)
_COLUMNS = 9
_DRAWS = 3
WRITERS = 4


@dataclass(frozen=True)
class Step:
    """One request of a writer.

    Attributes:
        statements: one, or those of a batch, of which the first has the text.
        pause_ms: how long the writer waits before.
    """

    statements: tuple[Statement, ...]
    pause_ms: int

    @property
    def cql(self) -> str:
        """The text."""
        return self.statements[0].cql


@dataclass(frozen=True)
class Scene:
    """Tables, and the steps of each writer."""

    tables: tuple[Table, ...]
    user_types: UserTypes
    writers: tuple[tuple[Step, ...], ...]

    def ddl(self, keyspace: str) -> Iterator[str]:
        """What makes its tables; its user types too."""
        for name in self.user_types.fields:
            yield type_ddl(name, self.user_types, keyspace)
        for table in self.tables:
            yield table.ddl(keyspace)

    def script(self, keyspace: str) -> str:
        """All of it as CQL, writer by writer."""
        lines = [f"{text};" for text in self.ddl(keyspace)]
        for number, steps in enumerate(self.writers):
            lines.append(f"-- writer {number}")
            lines += [f"{step.cql};  -- {step.pause_ms} ms later" for step in steps]
        return "\n".join(lines)


@st.composite
def scenes(draw: st.DrawFn, keyspace: str, number: int, steps: int) -> Scene:
    """Scenes of one or two tables with so many steps a writer.

    Args:
        draw: hypothesis' own.
        keyspace: where they play.
        number: in the names of what they make, so that several can share a keyspace.
        steps: of each writer.
    """
    known = draw(user_types(number))
    # All shapes in turn: what every run must have is not left to chance alone.
    shapes = draw(st.permutations(SHAPES))
    made = tuple(
        draw(
            tables(
                f"{'tT'[n]}{number}",
                known,
                shapes[n * _COLUMNS :][: draw(st.integers(0, 3)) * 3],
            )
        )
        for n in range(draw(st.integers(1, 2)))
    )
    one = st.one_of(*(statements(keyspace, table).map(lambda s: (s,)) for table in made))
    step = st.builds(
        Step,
        st.integers(0, 5).flatmap(lambda n: one if n else batches(keyspace, made)),
        st.sampled_from(_PAUSES_MS),
    )
    writers = draw(
        st.tuples(*[st.lists(step, min_size=steps, max_size=steps).map(tuple)] * WRITERS)
    )
    return Scene(made, known, writers)


def drawn(keyspace: str, number: int, steps: int, seed_: int) -> Scene:
    """The scene of that number in the run of a seed; the same again for the same."""
    found: list[Scene] = []

    @seed(seed_ * 1_000 + number)
    @settings(
        max_examples=_DRAWS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(scenes(keyspace, number, steps))
    def take(scene: Scene) -> None:
        found.append(scene)

    take()
    # Hypothesis begins with the simplest.
    return found[-1]
