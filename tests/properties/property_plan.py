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


Script = tuple[Step, ...]


@dataclass(frozen=True)
class Scene:
    """Tables, and what is done to them.

    Attributes:
        user_types: those of its tables.
        acts: of each act the steps of each writer. What is deleted of young rows the second look
            finds by itself; so there is one between the acts, and in the last much is taken away.
    """

    tables: tuple[Table, ...]
    user_types: UserTypes
    acts: tuple[tuple[Script, ...], ...]

    def ddl(self, keyspace: str) -> Iterator[str]:
        """What makes its tables; its user types too."""
        for name in self.user_types.fields:
            yield type_ddl(name, self.user_types, keyspace)
        for table in self.tables:
            yield table.ddl(keyspace)

    def script(self, keyspace: str) -> str:
        """All of it as CQL, writer by writer."""
        lines = [f"{text};" for text in self.ddl(keyspace)]
        for act, writers in enumerate(self.acts):
            for number, steps in enumerate(writers):
                lines.append(f"-- act {act}, writer {number}")
                lines += [f"{step.cql};  -- {step.pause_ms} ms later" for step in steps]
        return "\n".join(lines)


@st.composite
def scenes(draw: st.DrawFn, keyspace: str, number: int, steps: int) -> Scene:
    """Scenes of one or two tables with so many steps a writer.

    Args:
        draw: hypothesis' own.
        keyspace: where they play.
        number: in the names of what they make, so that several can share a keyspace.
        steps: of each writer in the first act; a third of that in the second.
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
    acts = (
        draw(_act(_steps(keyspace, made, takes=False), steps)),
        draw(_act(_steps(keyspace, made, takes=True), steps // 3)),
    )
    return Scene(made, known, acts)


def _steps(keyspace: str, made: tuple[Table, ...], *, takes: bool) -> st.SearchStrategy[Step]:
    ones = [statements(keyspace, table, takes=takes).map(lambda s: (s,)) for table in made]
    together = batches(keyspace, made, takes=takes)
    each = st.integers(0, 5).flatmap(lambda n: st.one_of(*ones) if n else together)
    return st.builds(Step, each, st.sampled_from(_PAUSES_MS))


def _act(step: st.SearchStrategy[Step], count: int) -> st.SearchStrategy[tuple[Script, ...]]:
    script = st.lists(step, min_size=count, max_size=count).map(tuple)
    return st.tuples(*[script] * WRITERS)


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
