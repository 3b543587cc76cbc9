"""The second pass: candidates are looked at again until they are equal, or truly differ.

A change on its way explains a difference. So a candidate is a discrepancy only if its row in the
source was the same before and after a moment at which all that was written before the look is in
Postgres (the gate says when), and the sink's row still differs, and is as old as that. Values alone
would not show that a row stood still: one that goes back and forth is told by the source's write
times, and by the sink's row version, as a row that is not there has no write time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Literal, Protocol

from messina.kafka import Target
from messina.reconciler.keytexts import key_text
from messina.reconciler.report import ColumnDifference, Discrepancy, OnProgress, Progress
from messina.reconciler.sides import Key, Row, Shape, Side, Witnessed
from messina.types import digest, show

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 4.0
_TICK = 0.5
_BATCH = 1_000
_FEW = 2_000
"""So many candidates are looked at now and then while they wait; of more, only when it is time."""
_HELD = 100_000
"""How many candidates are held at once: what bounds the memory, at about 400 bytes each."""
_CLOCKS_US = 1_000_000
"""What the clocks of the writers, the workers and this process may differ by."""
_FUTURE_US = 60_000_000
"""A write time further ahead than this is not waited for."""
HIDDEN = "(masked)"
_NO_OUTCOME: Mapping[str, int] = {}


@dataclass(frozen=True)
class Clock:
    """Time as the second pass sees it: seconds of a clock of its own, and the time of day."""

    now: Callable[[], float]
    sleep: Callable[[float], None]
    wall_us: Callable[[], int]


@dataclass(eq=False)
class Table:
    """A table whose candidates are decided, and what became of those that `settle` was given."""

    shape: Shape
    source: Side
    sink: Side
    candidates: tuple[Key, ...] = ()
    target: Target | None = None
    """What its watermarks go by; None where it has none."""
    discrepancies: list[Discrepancy] = field(default_factory=list)
    differing: int = 0
    """How many there are, also of those that are not kept."""
    in_flight: int = 0
    unsettled: int = 0


class Gate(Protocol):
    """Says when what was written before a moment has had its chance."""

    def poll(self) -> None:
        """Take in what is new."""

    def passed(self, table: Table, since: float, moment_us: int) -> bool:
        """Whether it has.

        Args:
            table: whose row was read.
            since: when, by the clock's seconds.
            moment_us: when at the latest that row was written, by the writers' clock.
        """

    def patience(self) -> float:
        """After how many seconds a row that never stood still is given up."""

    def why_not(self, table: Table) -> str:
        """What is waited for."""

    def gave_up(self, table: Table) -> None:
        """Take note that a row of a table is given up."""


@dataclass(frozen=True)
class ByTime:
    """The gate of who hears no watermarks: what stood still for so long has had its chance."""

    settle: timedelta
    clock: Clock

    def poll(self) -> None:
        """Nothing to take in."""

    def passed(self, table: Table, since: float, moment_us: int) -> bool:
        """Whether the row was read so long ago."""
        return self.clock.now() - since >= self.settle.total_seconds()

    def patience(self) -> float:
        """Ten such times."""
        return 10 * self.settle.total_seconds()

    def why_not(self, table: Table) -> str:
        """What is waited for."""
        return f"rows are to stand still for {self.settle.total_seconds():.0f} s"

    def gave_up(self, table: Table) -> None:
        """Nothing but the row itself is to blame."""


@dataclass(frozen=True)
class Candidate:
    """A row that looked different; `ref` is whatever its owner knows it by."""

    table: Table
    key: Key
    ref: object = None


@dataclass(frozen=True)
class Verdict:
    """What became of a candidate.

    `equal`: both sides were seen equal; `different`: `discrepancy` says how; `unsettled`: the row
    never stood still, or what was on its way never arrived, for as long as the patience lasted.
    """

    candidate: Candidate
    outcome: Literal["equal", "different", "unsettled"]
    discrepancy: Discrepancy | None = None

    @property
    def told(self) -> str:
        """The outcome, or how the row differs."""
        return self.outcome if self.discrepancy is None else self.discrepancy.kind


class _Watch:
    """What is known of one candidate: both rows as they were last seen to change.

    Once two looks have seen the same, it is `armed`: the time to wait for counts from the second of
    them, before which the sink was read. So if the sink's row is the same in the end, it is older
    than what the source then had, and all that could have changed it since has been applied.
    """

    __slots__ = ("armed", "began", "candidate", "due", "moment_us", "pause", "seen", "since")

    def __init__(self, candidate: Candidate, now: float) -> None:
        self.candidate = candidate
        self.seen: bytes | None = None
        self.armed = False
        # Counted from the first look: how long others took before it is not this row's doing.
        self.began: float | None = None
        self.since = self.due = now
        self.moment_us = 0
        self.pause = _FIRST_PAUSE

    def look(self, source: Witnessed, sink: Witnessed, now: float, wall_us: int) -> bool:
        """Take what both sides have; return whether it is what it was."""
        self.began = now if self.began is None else self.began
        seen = _mark(source) + _mark(sink)
        if seen != self.seen:
            self.seen, self.armed, self.pause = seen, False, _FIRST_PAUSE
            return False
        if not self.armed:
            newest = min(max(source.marks, default=0), wall_us + _FUTURE_US)
            self.armed, self.since = True, now
            self.moment_us = max(wall_us, newest) + _CLOCKS_US
        return True

    def waited(self, now: float, *, same: bool) -> float:
        """For how long it has been waited for: of one that stands still, since it does."""
        began = self.since if same else self.began
        return 0.0 if began is None else now - began


def decide(
    candidates: Iterable[Candidate],
    gate: Gate,
    clock: Clock,
    progress: Callable[[Candidate, str], None] | None = None,
) -> Iterator[Verdict]:
    """Decide candidates; each verdict is yielded as soon as it is made.

    Args:
        candidates: what looked different; taken as there is room for them.
        gate: says when a difference counts.
        clock: the time.
        progress: called now and then with one that is waiting, and what it waits for.

    Raises:
        ScyllaError: if the source can't be read.
        PostgresError: if the sink can't be read.
        KafkaProblem: if the gate has its answers from Kafka, and they can't be had.
    """
    coming = iter(candidates)
    held: dict[int, _Watch] = {}
    numbers = 0
    while True:
        for candidate in islice(coming, _HELD - len(held)):
            held[numbers] = _Watch(candidate, clock.now())
            numbers += 1
        if not held:
            return
        gate.poll()
        now = clock.now()
        ready = {
            number
            for number, watch in held.items()
            if watch.armed and gate.passed(watch.candidate.table, watch.since, watch.moment_us)
        }
        few = len(held) <= _FEW
        due = [
            number
            for number, watch in held.items()
            if number in ready or (watch.due <= now and (few or not watch.armed))
        ]
        for table, numbered in _by_table(held, due):
            for batch in _batches(numbered):
                for number, verdict in _looked(table, held, batch, ready, gate, clock):
                    del held[number]
                    yield verdict
        if held:
            if progress is not None:
                waiting = next(iter(held.values())).candidate
                progress(waiting, gate.why_not(waiting.table))
            next_due = min(watch.due for watch in held.values()) if len(held) <= _FEW else now
            clock.sleep(min(max(next_due - clock.now(), _FIRST_PAUSE), _TICK))


def _looked(
    table: Table,
    held: dict[int, _Watch],
    numbers: Sequence[int],
    ready: set[int],
    gate: Gate,
    clock: Clock,
) -> Iterator[tuple[int, Verdict]]:
    """Look at candidates of one table, and yield what is decided."""
    keys = [held[number].candidate.key for number in numbers]
    now, wall_us = clock.now(), clock.wall_us()
    # The source first: what it has now, the sink may have a moment later.
    sources = list(table.source.witnessed(keys))
    sinks = list(table.sink.witnessed(keys))
    differ: list[tuple[int, Witnessed, Witnessed]] = []
    for number, source, sink in zip(numbers, sources, sinks, strict=True):
        watch = held[number]
        same = watch.look(source, sink, now, wall_us)
        if source.row == sink.row:
            yield number, Verdict(watch.candidate, "equal")
        elif same and number in ready:
            differ.append((number, source, sink))
        elif watch.waited(now, same=same) >= gate.patience():
            gate.gave_up(table)
            yield number, Verdict(watch.candidate, "unsettled")
        else:
            watch.due = now + watch.pause
            watch.pause = min(watch.pause * 2, _LONGEST_PAUSE)
    # Once more the source, as it may have changed before the sink was read.
    keys = [held[number].candidate.key for number, _, _ in differ]
    for (number, source, sink), again in zip(differ, table.source.witnessed(keys), strict=True):
        watch = held[number]
        if watch.look(again, sink, clock.now(), clock.wall_us()):
            found = discrepancy(table.shape, watch.candidate.key, source.row, sink.row)
            yield number, Verdict(watch.candidate, "different", found)


def settle(
    tables: Sequence[Table],
    gate: Gate,
    clock: Clock,
    progress: OnProgress,
    most: int | None = None,
) -> None:
    """Decide every candidate of all tables; the tables hold the outcome, of `most` rows at most."""
    kept = 0
    decided = {id(table): 0 for table in tables}

    def tell(table: Table, waiting: str = "", outcomes: Mapping[str, int] = _NO_OUTCOME) -> None:
        name, total = table.shape.table, len(table.candidates)
        progress(Progress(name, "recheck", decided[id(table)], total, waiting, outcomes))

    candidates = (Candidate(table, key) for table in tables for key in table.candidates)
    for verdict in decide(candidates, gate, clock, lambda one, why: tell(one.table, why)):
        table = verdict.candidate.table
        if verdict.discrepancy is not None:
            table.differing += 1
            if most is None or kept < most:
                table.discrepancies.append(verdict.discrepancy)
                kept += 1
        table.in_flight += verdict.outcome == "equal"
        table.unsettled += verdict.outcome == "unsettled"
        decided[id(table)] += 1
        tell(table, outcomes={verdict.told: 1})


def discrepancy(shape: Shape, key: Key, source: Row | None, sink: Row | None) -> Discrepancy:
    """A row that differs, in words; of masked columns only that they differ."""
    names = zip(shape.key_names, shape.types, key, strict=False)
    shown = tuple((name, show(cql_type, value)) for name, cql_type, value in names)
    text = key_text(shape, key)
    if source is None:
        return Discrepancy(shape.table, "extra_in_sink", shown, key_json=text)
    if sink is None:
        return Discrepancy(shape.table, "missing_in_sink", shown, key_json=text)
    columns = tuple(
        ColumnDifference(
            name,
            HIDDEN if name in shape.masked else show(cql_type, left),
            HIDDEN if name in shape.masked else show(cql_type, right),
        )
        for name, cql_type, left, right in zip(shape.names, shape.types, source, sink, strict=True)
        if left != right
    )
    return Discrepancy(shape.table, "different", shown, columns, text)


def _mark(witnessed: Witnessed) -> bytes:
    there = b"" if witnessed.row is None else digest(witnessed.row)
    return there + digest(witnessed.marks)


def _by_table(held: dict[int, _Watch], due: Iterable[int]) -> Iterator[tuple[Table, list[int]]]:
    found: dict[int, tuple[Table, list[int]]] = {}
    for number in due:
        table = held[number].candidate.table
        found.setdefault(id(table), (table, []))[1].append(number)
    yield from found.values()


def _batches(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _BATCH):
        yield numbers[start : start + _BATCH]
