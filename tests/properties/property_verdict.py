"""The verdict: both sides, what was done and the gaps, without any server.

unexplained   rows that differ where no gap says that they may
untold        what was done and no gap tells
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from property_gaps import Seen, Told, covers
from property_tables import Key, Table, canonical
from property_types import multi_cell
from property_writers import Done

from messina.testing import audit
from messina.types import Canonical

Row = tuple[Canonical, ...]
Rows = Mapping[Key, Row]
"""The other columns of each row, or of each partition's static row, by its key."""

# How far the server's clock, of Paxos, and the driver's may be apart from the test's.
_CLOCK_US: Final = 500_000
# How far stated timestamps are from the time of the statement, at most.
_STATED_US: Final = 2_500_000
_DELETES: Final = ("range_delete", "partition_delete")


@dataclass(frozen=True)
class Difference:
    """A row that is not the same on both sides.

    Attributes:
        static: whether it is a static row, whose key is the partition's.
        source: None where it is not there.
        sink: None where it is not there.
    """

    table: Table
    key: Key
    static: bool
    source: Row | None
    sink: Row | None

    @property
    def partition(self) -> Key:
        """The partition's key."""
        return self.key[: len(self.table.partition)]

    @property
    def row(self) -> Key:
        """The clustering key."""
        return self.key[len(self.table.partition) :]

    def __str__(self) -> str:
        name = self.table.static_name if self.static else self.table.name
        return f"{name} {self.key}: source {_shown(self.source)}, sink {_shown(self.sink)}"


def differences(table: Table, static: bool, source: Rows, sink: Rows) -> list[Difference]:
    """The rows that differ."""
    found = audit.differences(source, sink)
    keys = [*found.lost, *found.wrong, *found.surplus]
    return [Difference(table, key, static, source.get(key), sink.get(key)) for key in keys]


def unexplained(found: Iterable[Difference], gaps: Sequence[Seen], now_us: int) -> list[Difference]:
    """Those that no gap explains which is due: a gap only ever takes something away."""
    return [one for one in found if not (_only_less(one) and _explained(one, gaps, now_us))]


def covering(one: Difference, gaps: Iterable[Seen], now_us: int) -> list[Seen]:
    """The gaps over a row that are due."""
    kinds = ("ttl",) if one.static else ("ttl", *_DELETES)
    return [
        gap
        for gap in gaps
        if gap.kind in kinds
        and gap.due_us <= now_us
        and covers(one.table, gap.place, one.partition, one.row, one.static)
    ]


def untold(
    done: Iterable[Done], gaps: Sequence[Seen], tables: Mapping[str, Table]
) -> list[tuple[Done, Told]]:
    """What was done and is not told by a gap, of what the log can't carry."""
    return [
        (one, told)
        for one in done
        if one.applied
        for statement in one.step.statements
        for told in statement.tells
        if not _is_told(one, told, gaps, tables[told.place.table])
    ]


def _explained(one: Difference, gaps: Sequence[Seen], now_us: int) -> bool:
    return bool(covering(one, gaps, now_us))


def _only_less(one: Difference) -> bool:
    """Whether the source lacks what the sink has, and has nothing that the sink lacks."""
    if one.source is None:
        return True
    if one.sink is None:
        return False
    columns = one.table.statics if one.static else one.table.regular
    return all(
        theirs == mine or mine is None or multi_cell(column.cql_type)
        for column, mine, theirs in zip(columns, one.source, one.sink, strict=True)
    )


def _is_told(one: Done, told: Told, gaps: Sequence[Seen], table: Table) -> bool:
    begin = one.begin_us + told.shift_us - _CLOCK_US
    end = one.end_us + told.shift_us + _CLOCK_US
    if told.kind == "ttl":
        # Of one key's writes in a round the gap that is due last.
        due = begin + told.ttl * 1_000_000
        return any(g.kind == "ttl" and g.place == told.place and g.due_us >= due for g in gaps)
    if not told.exact:
        # What another delete of the batch takes with a newer time has only that one's.
        begin, end = one.begin_us - _STATED_US, one.end_us + _STATED_US
    fits = [g for g in gaps if g.kind in _DELETES and begin <= g.written_us <= end]
    if told.exact:
        return any(g.kind == told.kind and g.place == told.place for g in fits)
    rows = [canonical(table.clustering, row) for row in table.rows]
    return all(
        any(covers(table, gap.place, told.place.partition, row, False) for gap in fits)
        for row in rows
        if covers(table, told.place, told.place.partition, row, False)
    )


def _shown(row: Row | None) -> str:
    text = str(row)
    return text if len(text) < 300 else f"{text[:297]}..."
