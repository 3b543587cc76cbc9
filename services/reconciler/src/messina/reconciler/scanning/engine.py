"""Leads the scan: what is read when, by whom, and what is told of it meanwhile."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from messina import scylla
from messina.pipeline import Endpoints
from messina.reconciler.parts import Part
from messina.reconciler.report import OnProgress, Progress
from messina.reconciler.scanning.matching import Matched
from messina.reconciler.scanning.options import Options
from messina.reconciler.scanning.planning import Estimated, plan_ranges
from messina.reconciler.scanning.pool import Cluster, Here, Pool, Processes, result
from messina.reconciler.scanning.spill import spill_folder
from messina.reconciler.scanning.worker import Task, Work
from messina.reconciler.sink import PostgresSide
from messina.scylla import TokenRange

_FEW_ROWS, _FEW_BYTES = 50_000, 16 * 2**20
"""Of tables below that, other processes would cost more than they bring."""
_MOST_BUCKETS = 1_024
_ROW = 64
_TICK = 0.2

Finished = Callable[[int, int, Matched], None]
"""Told of a range that was compared: the number of its task, its place there, what it holds."""


@dataclass(frozen=True)
class Planned:
    """A part with the ranges that are compared of it, and its estimate."""

    part: Part
    ranges: tuple[TokenRange, ...]
    estimated: Estimated

    def task(self) -> Task:
        """The work of it."""
        return Task(self.part, self.ranges, max(1, min(len(self.ranges), _MOST_BUCKETS)))


def plan(session: scylla.Session, part: Part, sink: PostgresSide, options: Options) -> Planned:
    """Cut a part into ranges, by what both sides say of its size.

    Raises:
        ScyllaError: if the source can't be asked.
        PostgresError: if the sink can't be asked.
    """
    schema, size = part.schema, sink.size()
    known = scylla.estimate(session, schema.keyspace, schema.table)
    each_is_a_row = part.static or len(schema.partition_key) == len(schema.primary_key)
    rows = max(size.rows, known.partitions if each_is_a_row else 0)
    total = max(size.bytes, 0 if part.static else known.bytes)
    estimated = Estimated(rows or total // _ROW, total)
    return Planned(part, plan_ranges(estimated, options), estimated)


def scan(
    planned: Sequence[Planned],
    endpoints: Endpoints,
    schema: str,
    options: Options,
    session: scylla.Session,
    progress: OnProgress,
    finished: Finished,
    cluster: Cluster | None = None,
) -> None:
    """Read all ranges of both sides once.

    Rows that change while they are read may be candidates without being different.

    Args:
        planned: what is compared; a part without ranges is not read.
        endpoints: where both sides are.
        schema: the sink's.
        options: how they are read.
        session: with the source, for what is done in this process.
        progress: called with each step's progress.
        finished: called in this process with each range that was compared.
        cluster: whose workers read; None: processes of this machine.

    Raises:
        ScyllaError: if the source can't be read.
        PostgresError: if the sink can't be read.
        ReconcilerError: if Postgres' table changed meanwhile, or a process was killed.
    """
    if not any(each.ranges for each in planned):
        return
    with ExitStack() as opened:
        folder = opened.enter_context(spill_folder(options.spill))
        work = Work(tuple(each.task() for each in planned), endpoints, schema, options, folder)
        told = _Told(planned, progress)
        rows = sum(each.estimated.rows for each in planned)
        size = sum(each.estimated.bytes for each in planned)
        pool: Pool
        small = options.parallel is None and rows <= _FEW_ROWS and size <= _FEW_BYTES
        if cluster is not None:
            pool = cluster.pool(work, opened)
        elif options.processes == 1 or small:
            pool = Here(work, session, opened, lambda: told.tell(pool))
        else:
            pool = Processes(work, opened)
        _lead(work, pool, told, finished)


def _lead(work: Work, pool: Pool, told: "_Told", finished: Finished) -> None:
    """Each part's sink first, as one stream; then its ranges, while the next one's is read."""
    numbers = [number for number, task in enumerate(work.tasks) if task.ranges]
    sinks = iter(numbers)
    ready: list[Iterator[tuple[int, int]]] = []
    running: dict[Future[Any], tuple[int, int | None]] = {}
    left = {number: len(work.tasks[number].ranges) for number in numbers}
    held = Counter(
        (number, work.tasks[number].bucket(place))
        for number in numbers
        for place in range(left[number])
    )
    more = True
    while True:
        while len(running) <= pool.width and (ranged := _next(ready)) is not None:
            number, place = ranged
            running[pool.compare(number, place)] = ranged
        reading = sum(place is None for _, place in running.values())
        while more and len(running) <= pool.width and reading < max(1, pool.width - 1):
            sink = next(sinks, None)
            more = sink is not None
            if sink is not None:
                running[pool.read_sink(sink)] = (sink, None)
                reading += 1
        if not running:
            return
        done, _ = wait(running, timeout=_TICK, return_when=FIRST_COMPLETED)
        for future in done:
            number, at = running.pop(future)
            found = result(future)
            if at is None:
                assert isinstance(found, int)
                told.sink_is_read(number, pool, found)
                ready.append(iter([(number, each) for each in range(left[number])]))
            else:
                assert isinstance(found, Matched)
                finished(number, at, found)
                bucket = work.tasks[number].bucket(at)
                held[number, bucket] -= 1
                if not held[number, bucket]:  # nobody reads it again
                    work.spill(number).drop(bucket)
                left[number] -= 1
                if not left[number]:
                    told.source_is_read(number, pool)
        told.tell(pool)


def _next(ready: list[Iterator[tuple[int, int]]]) -> tuple[int, int] | None:
    while ready:
        if (found := next(ready[0], None)) is not None:
            return found
        ready.pop(0)
    return None


class _Told:
    """Tells how far a scan is: totals are estimates until a step has ended."""

    def __init__(self, planned: Sequence[Planned], progress: OnProgress) -> None:
        self._names = [each.part.shape().table for each in planned]
        self._rows = [each.estimated.rows or None for each in planned]
        self._progress = progress
        self._sinks: set[int] = set()
        self._sources: set[int] = set()
        self._last = 0.0
        self._read: dict[int, int] = {}

    def tell(self, pool: Pool) -> None:
        """Tell of what is under way, now and then."""
        if time.monotonic() - self._last < _TICK:
            return
        self._last = time.monotonic()
        for number, name in enumerate(self._names):
            in_sink, in_source = pool.rows(number)
            total = self._rows[number]
            if in_sink and number not in self._sinks:
                self._progress(Progress(name, "sink", in_sink, _honest(in_sink, total)))
            if in_source and number not in self._sources:
                total = self._read.get(number, total)
                self._progress(Progress(name, "source", in_source, _honest(in_source, total)))

    def sink_is_read(self, number: int, pool: Pool, kept: int) -> None:
        """Tell that all of a part's sink was read; the source has about as many in the ranges."""
        self._sinks.add(number)
        self._read[number] = kept
        rows, _ = pool.rows(number)
        self._progress(Progress(self._names[number], "sink", rows, rows))

    def source_is_read(self, number: int, pool: Pool) -> None:
        """Tell that all ranges of a part were compared."""
        self._sources.add(number)
        _, rows = pool.rows(number)
        self._progress(Progress(self._names[number], "source", rows, rows))


def _honest(done: int, total: int | None) -> int | None:
    return total if total is not None and total >= done else None
