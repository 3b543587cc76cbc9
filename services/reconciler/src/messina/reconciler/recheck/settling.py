"""The second pass: candidates are read again until they are equal, or have stood still and differ.

A change on its way explains a difference for a while. A candidate is a discrepancy only when its
row in the source has not changed for the whole of the settling time and the sink still differs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from messina.reconciler.report import ColumnDifference, Discrepancy, Progress
from messina.reconciler.scanning import OnProgress
from messina.reconciler.sides import Key, Row, Shape, Side
from messina.types import show

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_BATCH = 1_000
_PATIENCE = 10
"""A row that changes all the time is given up, undecided, after so many settling times."""


@dataclass(frozen=True)
class Clock:
    """Time as the second pass sees it; `now` in seconds."""

    now: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass
class Table:
    """A table's candidates and what became of them."""

    shape: Shape
    source: Side
    sink: Side
    candidates: tuple[Key, ...]

    def __post_init__(self) -> None:
        self.watched: dict[Key, _Watch] = {key: _Watch() for key in self.candidates}
        self.discrepancies: list[Discrepancy] = []
        self.in_flight = 0
        self.unsettled = 0


class _Watch:
    """What is known of one candidate: the source's row when it last changed, and when that was."""

    __slots__ = ("began", "row", "seen", "since")

    def __init__(self) -> None:
        self.seen = False
        self.row: Row | None = None
        self.since = 0.0
        self.began = 0.0

    def look(self, row: Row | None, now: float) -> None:
        if not self.seen:
            self.began = now
        if not self.seen or self.row != row:
            self.seen, self.row, self.since = True, row, now


def settle(
    tables: Sequence[Table], settling: timedelta, clock: Clock, progress: OnProgress
) -> None:
    """Decide every candidate of all tables; the tables hold the outcome."""
    limit = settling.total_seconds()
    pause = _FIRST_PAUSE
    while True:
        for table in tables:
            _round(table, limit, clock)
            if table.candidates:
                decided = len(table.candidates) - len(table.watched)
                progress(Progress(table.shape.table, "recheck", decided, len(table.candidates)))
        if not any(table.watched for table in tables):
            return
        clock.sleep(min(pause, max(limit, _FIRST_PAUSE)))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _round(table: Table, limit: float, clock: Clock) -> None:
    for keys in _batches(list(table.watched)):
        # The source first: what it has now, the sink may have a moment later.
        now = clock.now()
        sources = list(table.source.lookup(keys))
        for key, source, sink in zip(keys, sources, table.sink.lookup(keys), strict=True):
            watch = table.watched[key]
            watch.look(source, now)
            if source == sink:
                table.in_flight += 1
            elif now - watch.since >= limit:
                table.discrepancies.append(discrepancy(table.shape, key, source, sink))
            elif now - watch.began >= limit * _PATIENCE:
                table.unsettled += 1
            else:
                continue
            del table.watched[key]


def discrepancy(shape: Shape, key: Key, source: Row | None, sink: Row | None) -> Discrepancy:
    """A row that differs, in words."""
    names = zip(shape.key_names, shape.types, key, strict=False)
    shown = tuple((name, show(cql_type, value)) for name, cql_type, value in names)
    if source is None:
        return Discrepancy(shape.table, "extra_in_sink", shown)
    if sink is None:
        return Discrepancy(shape.table, "missing_in_sink", shown)
    columns = tuple(
        ColumnDifference(name, show(cql_type, left), show(cql_type, right))
        for name, cql_type, left, right in zip(shape.names, shape.types, source, sink, strict=True)
        if left != right
    )
    return Discrepancy(shape.table, "different", shown, columns)


def _batches(keys: list[Key]) -> Iterator[list[Key]]:
    for start in range(0, len(keys), _BATCH):
        yield keys[start : start + _BATCH]
