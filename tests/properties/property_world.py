"""A pipeline over the tables of some scenes: made, written to, compared, healed, taken down."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from property_gaps import Seen, Told, covers, seen_of
from property_plan import Scene
from property_tables import Key, Table
from property_verdict import Difference, Row, Rows, differences, unexplained, untold
from property_writers import Done, play
from road import Road

from messina import postgres, scylla
from messina.kafka import AvroDecoder, RegistryClient, Signal, Signals, Watermark, Watermarks, gap
from messina.pipeline import PipelineSpec, load_spec
from messina.reconciler.parts import Part, parts_of
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide
from messina.scylla import MAX_TOKEN, MIN_TOKEN, table_schema
from messina.testing import Stack, Tail, until
from messina.types import canonical_bytes, key_json

_SAFE: Final = "6s"
_SECOND_LOOK_SECONDS: Final = 60.0
_SETTLE_SECONDS: Final = 40.0
_SLICES: Final = 2
# How far stated timestamps are from the time of their statement, at most.
_STATED_US: Final = 2_000_000
# Beyond what is waited for.
_FAR_US: Final = 60_000_000


@dataclass
class Figures:
    """What a run did, for the report."""

    tables: int = 0
    columns: int = 0
    requests: int = 0
    statements: int = 0
    refused: int = 0
    not_applied: int = 0
    gaps: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    differing: int = 0
    signalled: int = 0


@dataclass(frozen=True)
class _Sides:
    """A table, or the statics of one, on both sides."""

    table: Table
    part: Part
    source: ScyllaSide
    sink: PostgresSide

    @property
    def static(self) -> bool:
        """Whether these are the statics."""
        return self.part.static

    def differences(self) -> list[Difference]:
        """What differs now: the source is read first, and what it has the sink may have later."""
        return differences(self.table, self.static, self.source_rows(), self.sink_rows())

    def source_rows(self) -> Rows:
        """What the source has."""
        return self._by_key(self.source.rows())

    def sink_rows(self) -> Rows:
        """What the sink has."""
        return self._by_key(self.sink.rows())

    def _by_key(self, rows: Iterator[Row]) -> Rows:
        length = self.source.shape.key_length
        return {row[:length]: row[length:] for row in rows}

    def signal(self, keys: Sequence[Key]) -> Signal:
        """A request to read rows again."""
        columns = [
            (c.name, t) for c, t in zip(self.part.key, self.source.shape.types, strict=False)
        ]
        texts = [
            key_json(
                columns,
                [canonical_bytes(t, v) or b"" for (_, t), v in zip(columns, key, strict=True)],
            )
            for key in keys
        ]
        return Signal(
            table=self.part.schema.name,
            keys=tuple(json.loads(text) for text in texts),
            static=self.static,
        )

    def ring(self) -> Signal:
        """A request to read all rows again that the source has."""
        return Signal(
            table=self.part.schema.name,
            token_range=(MIN_TOKEN, MAX_TOKEN),
            static=self.static,
        )


class World:
    """Scenes on a pipeline of their own."""

    def __init__(
        self, stack: Stack, session: Any, keyspace: str, folder: Path, scenes: Sequence[Scene]
    ) -> None:
        self.scenes = scenes
        self.keyspace = keyspace
        self.tables = {table.name: table for scene in scenes for table in scene.tables}
        self.figures = Figures(
            tables=len(self.tables),
            columns=sum(len(t.statics) + len(t.regular) for t in self.tables.values()),
        )
        self.done: list[Done] = []
        self.seen: list[Seen] = []
        self._session = session
        self._endpoints = stack.endpoints
        self.road = Road(
            stack,
            keyspace,
            folder,
            *self.tables,
            source={"safe_confidence": _SAFE},
            defaults={"partitions": _SLICES},
        )
        where = self._endpoints
        self._decoder = AvroDecoder(RegistryClient(where.registry.url, where.registry.kind))

    def build(self) -> None:
        """Make the tables, and the pipeline over them."""
        for scene in self.scenes:
            for statement in scene.ddl(self.keyspace):
                self._session.execute(statement)
        applied = self.road.apply()
        assert applied.code == 0, applied.output
        # What has a timestamp from before a source began, it takes for written before.
        begun = _now() + _STATED_US
        self._await_slices(lambda mark: mark.fast_until_us > begun, "reads the log")

    def write(self) -> None:
        """Play all writers of all scenes at once, act by act, each up to its second look."""
        for act in zip(*(scene.acts for scene in self.scenes), strict=True):
            self.done += play(self._endpoints, [steps for writers in act for steps in writers])
            self.await_second_look()
        figures = self.figures
        figures.requests = len(self.done)
        figures.statements = sum(len(done.step.statements) for done in self.done)
        figures.refused = sum(done.refused is not None for done in self.done)
        figures.not_applied = sum(not done.applied for done in self.done) - figures.refused

    @contextmanager
    def judged(self) -> Iterator["Judge"]:
        """Both sides, opened."""
        where = self._endpoints
        source = where.scylla
        spec = load_spec(self.road.file)
        with (
            scylla.connect(source.contact_points, source.local_datacenter) as session,
            postgres.connect(where.postgres, application_name="properties") as connection,
            Tail(where.kafka.bootstrap_servers, [f"{self.road.name}.gaps"]) as tail,
        ):
            scylla.read_bytes(session)
            sides = [
                one
                for table in self.tables.values()
                for one in _opened(session, connection, spec, table)
            ]
            yield Judge(self, sides, tail, self._decoder)

    def await_second_look(self) -> None:
        """Wait until everything written so far had both its looks."""
        last = max(done.end_us for done in self.done) + _STATED_US
        self._await_slices(lambda mark: mark.swept_until_us > last, "had its second look")

    def _await_slices(self, reached: Callable[[Watermark], bool], what: str) -> None:
        where = self._endpoints
        names = [f"{self.keyspace}.{name}" for name in self.tables]
        with Watermarks(where.kafka.bootstrap_servers, self.road.name, self._decoder) as marks:

            def all_there() -> bool:
                marks.poll(0.2)
                found = [marks.slice(name, number) for name in names for number in range(_SLICES)]
                return all(mark is not None and reached(mark) for mark in found)

            until(all_there, within=_SECOND_LOOK_SECONDS, what=f"every slice {what}")

    def signals(self) -> Signals:
        """How rows are asked for again."""
        return Signals(self._endpoints.kafka.bootstrap_servers, self.road.name, self._decoder)

    def close(self) -> None:
        """Take all of it away."""
        destroyed = self.road.destroy()
        assert destroyed.code == 0, destroyed.output


class Judge:
    """Both sides of a world, and its gaps."""

    def __init__(
        self, world: World, sides: Sequence[_Sides], tail: Tail, decoder: AvroDecoder
    ) -> None:
        self._world = world
        self._sides = sides
        self._tail = tail
        self._decoder = decoder
        self._gaps: dict[str, Seen] = {}

    def gaps(self) -> list[Seen]:
        """The gaps so far."""
        for record in self._tail.poll():
            if (found := gap(record, self._decoder)) is not None:
                self._gaps[found.id] = seen_of(found, self._world.tables)
        self._world.seen = list(self._gaps.values())
        return self._world.seen

    def differences(self) -> list[Difference]:
        """All rows that differ now."""
        return [one for side in self._sides for one in side.differences()]

    def explained(self) -> tuple[list[Difference], list[Difference]]:
        """All that differs, and what of it no gap explains, once that has come to rest."""
        found: list[Difference] = []
        strange: list[Difference] = []

        def rests() -> bool:
            found[:] = self.differences()
            strange[:] = unexplained(found, self.gaps(), _now())
            return not strange

        _in_time(rests)
        return found, strange

    def untold(self) -> list[tuple[Done, Told]]:
        """What was done and no gap tells, once that has come to rest."""
        left: list[tuple[Done, Told]] = []

        def all_told() -> bool:
            left[:] = untold(self._world.done, self.gaps(), self._world.tables)
            return not left

        _in_time(all_told)
        return left

    def heal(self) -> list[Difference]:
        """Wait for what expires soon, signal all that gaps are about, and the whole ring after it.

        Returns:
            What differs still.
        """
        soon = _now() + _FAR_US
        last = max((g.due_us for g in self.gaps() if g.due_us < soon), default=0) + 1_500_000
        until(lambda: _now() > last, within=60, what="what was to expire has expired")
        due = [found for found in self.gaps() if found.due_us <= _now()]
        signals = [side.signal(keys) for side in self._sides if (keys := self._named(side, due))]
        sender = self._world.signals()
        ring = [side.ring() for side in self._sides]
        sender.wait_all(sender.send_all([*signals, *ring]))
        self._world.figures.signalled = sum(len(one.keys or ()) for one in signals)
        left: list[Difference] = []

        def equal() -> bool:
            left[:] = self.differences()
            return not left

        _in_time(equal)
        return left

    def count(self) -> None:
        """Note how much there is."""
        figures = self._world.figures
        for found in self.gaps():
            figures.gaps[found.kind] = figures.gaps.get(found.kind, 0) + 1
        figures.rows = sum(len(side.source_rows()) for side in self._sides)

    def _named(self, side: _Sides, due: Sequence[Seen]) -> list[Key]:
        """The sink's keys that lie in gaps, and those that gaps name."""
        length = len(side.table.partition)
        mine = [
            g for g in due if g.place.table == side.table.name and g.place.static == side.static
        ]
        keys = {
            key
            for key in side.sink_rows()
            if any(
                covers(side.table, g.place, key[:length], key[length:], side.static) for g in mine
            )
        }
        return sorted(keys, key=repr)


def _opened(
    session: scylla.Session, connection: postgres.Connection, spec: PipelineSpec, table: Table
) -> Iterator[_Sides]:
    schema = table_schema(session, spec.source.keyspace, table.name)
    of_spec = next(one for one in spec.tables if one.name == table.name)
    for part in parts_of(spec, of_spec, schema, None):
        source = ScyllaSide(session, part)
        names = [column.name for column in part.columns[len(part.key) :]]
        # The verdict has them in the plan's order.
        assert names == [c.name for c in (table.statics if part.static else table.regular)]
        sink = PostgresSide(connection, spec.sink.schema_name, part.target, source.shape)
        yield _Sides(table, part, source, sink)


def _in_time(condition: Callable[[], bool]) -> None:
    """Wait for it; what is wrong when time is up is the caller's to tell."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.5)


def _now() -> int:
    return time.time_ns() // 1000
