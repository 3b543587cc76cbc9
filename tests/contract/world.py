"""All cases on one pipeline: what is done, in waves, and what was seen of it."""

import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matching
import psycopg
from case import PARTITIONS_A_CASE, Case, Deviation, Row, Step, Table
from cassandra.cluster import Session
from matching import Outcome, Placed
from psycopg.rows import dict_row
from road import Road
from seen import Adapter, Messina, Scylladb, Seen

from messina.kafka import AvroDecoder, Gap, RegistryClient, Watermarks, gap
from messina.testing import Options, Stack, Tail

_log = logging.getLogger(__name__)

_WAVE_SECONDS = 15.0
_SECOND_LOOK_SECONDS = 120.0
_SINK_SECONDS = 30.0
# Longer than all steps take that are not settled: a second look among them tells a row anew.
_SAFE = "60s"
_ROW_BYTES = 3 << 20
_PLACE = re.compile(r"\{(t\d?|ks|k\d?|now|start)([+-]\d+)?\}")


@dataclass
class Played:
    """A case that was played: where, and when each of its steps began and ended."""

    placed: Placed
    times: list[tuple[int, int]]

    @property
    def case(self) -> Case:
        """What was done."""
        return self.placed.case


class World:
    """One pipeline over all tables of the contract.

    Args:
        stack: where it runs.
        session: the source's driver session.
        options: which connector is tried.
        keyspace: an empty one.
        folder: for the spec.
        tables: what is carried.
        dsn: of the sink.
    """

    def __init__(
        self,
        stack: Stack,
        session: Session,
        options: Options,
        keyspace: str,
        folder: Path,
        tables: Sequence[Table],
        dsn: str,
    ) -> None:
        self.source = options.source
        self.keyspace = keyspace
        self.tables = tables
        self.slices = 2
        self._session = session
        self._dsn = dsn
        self.left_out = {
            table.name: frozenset(table.breaks if options.source == "scylladb" else ())
            for table in tables
        }
        source: dict[str, Any] = {"connector": options.source}
        if options.source == "messina":
            source |= {"safe_confidence": _SAFE, "max_row_bytes": _ROW_BYTES}
        entries = [
            {"name": t.name, **({"exclude": sorted(out)} if (out := self.left_out[t.name]) else {})}
            for t in tables
        ]
        self.road = Road(
            stack,
            keyspace,
            folder,
            *entries,
            source=source,
            defaults={"partitions": self.slices},
        )
        self._endpoints = stack.endpoints
        self.decoder = AvroDecoder(
            RegistryClient(stack.endpoints.registry.url, stack.endpoints.registry.kind)
        )
        self.adapter: Adapter = (Messina if self.source == "messina" else Scylladb)(self.decoder)
        self.seen: list[Seen] = []
        self.gaps: list[Gap] = []
        self.stored: dict[str, list[dict[str, Any]]] = {}
        self.tail: Tail | None = None

    def build(self) -> None:
        """Make the tables, and the pipeline over them."""
        options = "{'enabled': true}"
        if self.source == "scylladb":
            options = "{'enabled': true, 'postimage': true}"
        for statement in dict.fromkeys(one for table in self.tables for one in table.types):
            self._session.execute(statement.replace("{ks}", self.keyspace))
        for table in self.tables:
            self._session.execute(table.ddl(self.keyspace, options))
        applied = self.road.apply()
        assert applied.code == 0, applied.output
        _log.info("the pipeline runs: %s", applied.output.splitlines()[-1])
        self.tail = Tail(self._endpoints.kafka.bootstrap_servers, self._topics())

    def play(self, cases: Sequence[Case]) -> dict[str, Played]:
        """Do what all cases say, step by step, all first steps first; then wait for it all."""
        played = [
            Played(Placed(case, (n + 1) * PARTITIONS_A_CASE, self.left_out), [])
            for n, case in enumerate(cases)
        ]
        assert len({one.case.name for one in played}) == len(cases), "two cases have one name"
        waiting = list(played)
        for settled in (False, True):
            for wave in range(max(len(one.case.steps) for one in played)):
                for one in played:
                    steps = one.case.steps[wave : wave + 1]
                    if steps and steps[0].settled == settled:
                        self._do(one, steps[0])
                # A case that failed is not waited for again; its test will tell.
                late = self._await_events(waiting)
                names = ", ".join(one.case.name for one in late)
                _log.info("wave %d is done%s", wave, f", but for {names}" if names else "")
                waiting = [one for one in waiting if one not in late]
            self._await_second_look()
        self._await_events(waiting, late=True)
        self._await_rows(waiting)
        return {one.case.name: one for one in played}

    def deviation(self, case: Case) -> tuple[Deviation, ...]:
        """What the connector that is tried does otherwise."""
        return case.deviations.get(self.source, ())

    def expected_steps(self, played: Played) -> tuple[Step, ...]:
        """The steps of a case, as the connector that is tried tells them."""
        for deviation in self.deviation(played.case):
            if deviation.events is not None:
                return (Step(cql=(), events=deviation.events),)
        return played.case.steps

    def expected_rows(self, played: Played) -> dict[str, list[dict[str, Any]]]:
        """What must be in Postgres in the end, by table."""
        for deviation in self.deviation(played.case):
            if deviation.rows is not None:
                return {name: [dict(row) for row in rows] for name, rows in deviation.rows.items()}
        return self.contracted_rows(played, self.expected_steps(played))

    def contracted_rows(
        self, played: Played, steps: Sequence[Step]
    ) -> dict[str, list[dict[str, Any]]]:
        """What is in Postgres once all events of some steps are."""
        if played.case.rows is not None:
            return {name: [dict(row) for row in rows] for name, rows in played.case.rows.items()}
        events = [event for step in steps for event in step.events]
        return matching.rows(played.placed, events)

    def events_of(self, played: Played) -> list[Seen]:
        """What was seen in Kafka of a case."""
        return list(matching.mine(played.placed, self.seen))

    def gaps_of(self, played: Played) -> list[Gap]:
        """The gaps that were seen of a case."""
        return [
            one for one in self.gaps if played.placed.owns(one.table, dict(one.partition_key or {}))
        ]

    def rows_of(self, played: Played) -> dict[str, list[dict[str, Any]]]:
        """What is in Postgres of a case, by table; tables without a row are left out."""
        found = {
            table: [row for row in rows if played.placed.owns(table, row)]
            for table, rows in self.stored.items()
        }
        return {table: rows for table, rows in found.items() if rows}

    def match_events(self, played: Played, steps: Sequence[Step] | None = None) -> Outcome:
        """Compare a case's events with those seen."""
        wanted = self.expected_steps(played) if steps is None else steps
        return matching.events(played.placed, wanted, self.events_of(played), self.adapter.tells_op)

    def match_gaps(self, played: Played) -> Outcome:
        """Compare a case's gaps, of the steps done so far, with those seen."""
        done = zip(played.case.steps, played.times, strict=False)
        steps = [(step, *matching.clock(step, *times)) for step, times in done]
        return matching.gaps(played.placed, steps, self.gaps_of(played))

    def poll(self) -> None:
        """Take in what has come."""
        assert self.tail is not None
        for record in self.tail.poll():
            if record.topic == f"{self.road.name}.gaps":
                found = gap(record, self.decoder)
                assert found is not None, f"a gap without value: {record}"
                self.gaps.append(found)
            elif (one := self.adapter.read(record)) is not None:
                self.seen.append(one)

    def close(self) -> None:
        """Take all of it away."""
        if self.tail is not None:
            self.tail.close()
        destroyed = self.road.destroy()
        assert destroyed.code == 0, destroyed.output

    def _topics(self) -> list[str]:
        name = self.road.name
        if self.source == "messina":
            return [*self._data_topics(), f"{name}.gaps"]
        return list(self._data_topics())

    def _data_topics(self) -> Iterator[str]:
        for table in self.tables:
            yield f"{self.road.name}.{self.keyspace}.{table.name}"
            if table.statics and self.source == "messina":
                yield f"{self.road.name}.{self.keyspace}.{table.static_name}"

    def _do(self, played: Played, step: Step) -> None:
        begin = _now()
        start = played.times[0][0] if played.times else begin
        for n, cql in enumerate(step.cql):
            text = _filled(cql, played.placed, self.keyspace, begin, start)
            if n == 0 and step.values:
                # Bound, not written out: a blob's text would be twice its size.
                prepared = self._session.prepare(text.replace("%s", "?"))
                self._session.execute(prepared, step.values)
            else:
                self._session.execute(text)
        played.times.append((begin, _now()))

    def _await_events(self, waiting: Sequence[Played], late: bool = False) -> list[Played]:
        """Wait for what the steps so far cause; return the cases that miss some of it."""
        deadline = time.monotonic() + _WAVE_SECONDS
        left = list(waiting)
        while left and time.monotonic() < deadline:
            self.poll()
            left = [one for one in left if self._misses(one, late)]
        return left

    def _misses(self, played: Played, late: bool) -> bool:
        wanted: Sequence[Step] = self.expected_steps(played)
        if wanted is not played.case.steps:
            # Told as a whole: waited for in the end.
            return late and bool(self.match_events(played, wanted).missing)
        wanted = [step for step in wanted[: len(played.times)] if late or not step.late]
        if self.match_events(played, wanted).missing:
            return True
        tells = not any(deviation.gaps is False for deviation in self.deviation(played.case))
        return tells and bool(self.match_gaps(played).missing)

    def _await_second_look(self) -> None:
        """Wait until every slice was looked at twice, up to now."""
        if self.source != "messina":
            return
        now = _now()
        with Watermarks(
            self._endpoints.kafka.bootstrap_servers, self.road.name, self.decoder
        ) as marks:

            def behind() -> list[str]:
                marks.poll(0.2)
                self.poll()
                return [
                    f"{table.name}, slice {number}"
                    for table in self.tables
                    for number in range(self.slices)
                    if (mark := marks.slice(f"{self.keyspace}.{table.name}", number)) is None
                    or mark.swept_until_us < now
                ]

            deadline = time.monotonic() + _SECOND_LOOK_SECONDS
            while (left := behind()) and time.monotonic() < deadline:
                pass
            # Not an error here: a table that stopped is shown by its own cases.
            _log.info("second looks are done, but for %s", left or "none")

    def _await_rows(self, waiting: Sequence[Played]) -> None:
        deadline = time.monotonic() + _SINK_SECONDS
        while True:
            self._read_rows()
            if all(differences(self.expected_rows(p), self.rows_of(p)) == [] for p in waiting):
                return
            if time.monotonic() > deadline:
                return
            time.sleep(0.5)

    def _read_rows(self) -> None:
        names = [name for t in self.tables for name in (t.name, *_static_names(t, self.source))]
        with psycopg.connect(self._dsn, row_factory=dict_row) as connection:
            self.stored = {
                name: connection.execute(
                    f'SELECT * FROM "{self.keyspace}"."{name}"'.encode()
                ).fetchall()
                for name in names
            }


def differences(
    expected: Mapping[str, Sequence[Row]], found: Mapping[str, Sequence[Row]]
) -> list[str]:
    """How rows differ, in lines."""
    lines = []
    for table in sorted(expected.keys() | found.keys()):
        wanted, there = list(expected.get(table, ())), list(found.get(table, ()))
        lines += [f"{table} lacks {_shown(row)}" for row in wanted if row not in there]
        lines += [f"{table} has {_shown(row)}" for row in there if row not in wanted]
    return lines


def _shown(row: Row) -> str:
    text = str({name: value for name, value in row.items() if value is not None})
    return text if len(text) < 400 else f"{text[:397]}..."


def _static_names(table: Table, source: str) -> Iterator[str]:
    if table.statics and source == "messina":
        yield table.static_name


def _filled(cql: str, placed: Placed, keyspace: str, now: int, start: int) -> str:
    tables = (placed.case.table, *placed.case.others)

    def value(match: re.Match[str]) -> str:
        word, more = match.group(1), int(match.group(2) or 0)
        number = int(word[-1]) if word[-1].isdigit() else 0
        if word == "ks":
            return keyspace
        if word.startswith("t"):
            return f'{keyspace}."{tables[number].name}"'
        if word.startswith("k"):
            return str(placed.first + number)
        return str((start if word == "start" else now) + more)

    return _PLACE.sub(value, cql)


def _now() -> int:
    return time.time_ns() // 1000
