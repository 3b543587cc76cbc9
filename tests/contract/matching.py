"""Whether what was seen is what a case says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from case import PARTITIONS_A_CASE, Case, Event, Gap, Row, Step, Table
from seen import Seen, told

from messina.kafka import Bound
from messina.kafka import Gap as SeenGap

Key = tuple[str, tuple[tuple[str, Any], ...]]
"""A table of the sink, and a row's primary key in it."""

_STATED_US = 20_000_000
# Conditional writes have the server's time.
_CLOCK_US = 500_000


@dataclass
class Outcome:
    """What differs: lines for people."""

    missing: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            [f"missing: {one}" for one in self.missing] + [f"wrong: {one}" for one in self.wrong]
        )

    def __bool__(self) -> bool:
        return bool(self.missing or self.wrong)


@dataclass(frozen=True)
class Placed:
    """A case with partitions of its own.

    Attributes:
        case: what is done.
        first: its first partition's number.
        left_out: by table name, columns that this run does not carry.
    """

    case: Case
    first: int
    left_out: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def partition(self, at: int, table: Table | None = None) -> Row:
        """A partition's key."""
        return (table or self.case.table).partition(self.first + at)

    def owns(self, table: str, key: Row) -> bool:
        """Whether a row is this case's."""
        for one in (self.case.table, *self.case.others):
            if table in (one.name, one.static_name):
                mine = [one.partition(self.first + at) for at in range(PARTITIONS_A_CASE)]
                return any(all(key.get(k) == v for k, v in part.items()) for part in mine)
        return False

    def key(self, event: Event) -> Key:
        """The row of an event."""
        table = event.table or self.case.table
        key = dict(self.partition(event.at, table))
        if not event.static:
            key |= {name: event.values[name] for name in table.clustering}
        return (table.static_name if event.static else table.name), tuple(key.items())

    def row(self, event: Event) -> dict[str, Any]:
        """The whole row that an event tells, nulls too."""
        table = event.table or self.case.table
        names = table.statics if event.static else (*table.clustering, *table.regular)
        unknown = set(event.values) - set(names)
        assert not unknown, f"{self.case.name}: {table.name} has no column {unknown}"
        left_out = self.left_out.get(table.name, frozenset())
        row = dict(self.partition(event.at, table))
        return row | {name: event.values.get(name) for name in names if name not in left_out}

    def stored(self, event: Event) -> dict[str, Any]:
        """The row as Postgres has it."""
        table = event.table or self.case.table
        return {
            name: json.loads(value) if name in table.json and value is not None else value
            for name, value in self.row(event).items()
        }


def events(placed: Placed, steps: Sequence[Step], seen: Sequence[Seen], tells_op: bool) -> Outcome:
    """Compare the events of some steps with those that were seen of the case."""
    outcome = Outcome()
    found: dict[Key, list[Seen]] = {}
    for one in seen:
        found.setdefault((one.table, tuple(one.key.items())), []).append(one)
    expected: dict[Key, list[tuple[Step, list[Event]]]] = {}
    for step in steps:
        by_key: dict[Key, list[Event]] = {}
        for event in step.events:
            by_key.setdefault(placed.key(event), []).append(event)
        for key, those in by_key.items():
            expected.setdefault(key, []).append((step, those))
    for key, parts in expected.items():
        _row(placed, parts, found.pop(key, []), tells_op, outcome)
    for extra in found.values():
        outcome.wrong += [f"nobody expected {one}" for one in extra]
    return outcome


def _row(
    placed: Placed,
    parts: Sequence[tuple[Step, list[Event]]],
    seen: list[Seen],
    tells_op: bool,
    outcome: Outcome,
) -> None:
    rest = iter(seen)
    ahead = next(rest, None)
    for step, those in parts:
        if step.repeats:
            place = 0
            reached = False
            while ahead is not None:
                fits = _place(placed, those, place, ahead)
                if fits is None:
                    break
                place, reached = fits, fits == len(those) - 1
                ahead = next(rest, None)
            if reached:
                continue
            those = those[-1:]
        for event in those:
            if ahead is None:
                outcome.missing.append(_told(placed, event))
            elif not _same(placed, event, ahead, tells_op and not step.repeats):
                outcome.wrong.append(f"{ahead} instead of {_told(placed, event)}")
                return
            else:
                ahead = next(rest, None)
    while ahead is not None:
        outcome.wrong.append(f"nobody expected {ahead}")
        ahead = next(rest, None)


def _place(placed: Placed, those: list[Event], start: int, seen: Seen) -> int | None:
    for place in range(start, len(those)):
        if _same(placed, those[place], seen, False):
            return place
    return None


def _same(placed: Placed, event: Event, seen: Seen, tells_op: bool) -> bool:
    if (event.op == "d") != (seen.op == "d") or (tells_op and event.op != seen.op):
        return False
    if event.op == "d":
        return seen.after is None
    return seen.after is not None and dict(seen.after) == placed.row(event)


def _told(placed: Placed, event: Event) -> str:
    table, key = placed.key(event)
    row = dict(key) if event.op == "d" else placed.row(event)
    shown = {k: v for k, v in row.items() if v is not None}
    text = f"{event.op} {table} {shown}"
    return text if len(text) < 300 else f"{text[:297]}..."


def rows(placed: Placed, events_: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """What is in Postgres once all events are: the newest state of each row, by table."""
    newest: dict[Key, Event] = {}
    for event in events_:
        newest[placed.key(event)] = event
    tables: dict[str, list[dict[str, Any]]] = {}
    for (table, _), event in newest.items():
        if event.op != "d":
            tables.setdefault(table, []).append(placed.stored(event))
    return tables


def gaps(
    placed: Placed, steps: Sequence[tuple[Step, int, int]], seen: Sequence[SeenGap]
) -> Outcome:
    """Compare gaps with those seen; each step comes with the microseconds of its begin and end."""
    outcome = Outcome()
    left = list({one.id: one for one in seen}.values())
    for step, begin, end in steps:
        for gap in step.gaps:
            fits = [one for one in left if _covers(placed, gap, one, begin, end)]
            if fits:
                left.remove(fits[0])
            elif not gap.optional:
                outcome.missing.append(f"{gap}, written from {begin} to {end}")
    outcome.wrong += [f"nobody expected the gap {told(one)}" for one in left]
    return outcome


def _covers(placed: Placed, gap: Gap, seen: SeenGap, begin: int, end: int) -> bool:
    key = dict(seen.partition_key or {})
    return (
        seen.kind == gap.kind
        and seen.table == placed.case.table.name
        and dict(placed.partition(gap.at)).items() <= key.items()
        and (_bound(seen.after), _bound(seen.upto)) == (gap.start, gap.end)
        and seen.static == gap.static
        and seen.due_us - seen.written_us == gap.ttl * 1_000_000
        and begin <= seen.written_us <= end
        and gap.says in (seen.reason or "")
    )


def _bound(bound: Bound | None) -> tuple[Row, bool] | None:
    return None if bound is None else (dict(bound.key), bound.inclusive)


def clock(step: Step, begin: int, end: int) -> tuple[int, int]:
    """The times that a step's writes may have: its own, or about that where it states them."""
    slack = _STATED_US if any("TIMESTAMP" in cql for cql in step.cql) else _CLOCK_US
    return begin - slack, end + slack


def mine(placed: Placed, seen: Sequence[Seen]) -> Iterator[Seen]:
    """Those of a case."""
    return (one for one in seen if placed.owns(one.table, one.key))
