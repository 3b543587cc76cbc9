"""Healing: batches of due gaps, each on its own way from comparing to closing.

A batch is a generator that yields while it has to wait; `Healing.step` lets each go on a little.
So one process has many batches on their way, and one that waits for a table that stands holds back
nothing else. What fails is put off, alone where that can be told apart.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from messina.kafka import Applied, Asked, Asking, KafkaProblem, Signal, SignalRefused, Target
from messina.postgres import PostgresError, StatementFailed
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.gaps.batches import (
    LANES,
    MOST,
    MOST_TOKENS,
    Batch,
    Gate,
    Steps,
    keys_a_batch,
)
from messina.reconciler.gaps.patience import Later, Patience, Seen, Tally, unseen
from messina.reconciler.gaps.portions import portions, some
from messina.reconciler.gaps.reading import UNREAD, Tables, TableSides
from messina.reconciler.gaps.tokens import heal_tokens
from messina.reconciler.gaps.values import OpenGap, canonical, of_row, rearmed
from messina.reconciler.sides import Key, Row
from messina.reconciler.store.gaps import DueGaps, GapTable
from messina.scylla import QueryFailed, ScyllaError
from messina.telemetry import get_logger
from messina.types import UnsupportedType

Clock = Callable[[], int]
Unequal = Callable[[TableSides, Mapping[str, Key]], dict[str, Row | None]]

_KEYS_A_BATCH = 5_000
_EXPECTED = (ScyllaError, StatementFailed, ReconcilerError, UnsupportedType, ValueError)
_TRIES_OF_LIVING = 4
_LOOK_S = 0.2
_SLOWEST = 500
"""Rows a second that even a source connector with much else to do reads again."""


@dataclass
class Healing:
    """Heals the gaps of one pipeline that are due.

    Args:
        table: the open gaps.
        tables: the source's tables and the sink's.
        asking: the pipeline's signals.
        applied: how far the sinks are.
        keyspace: the source's.
        patience: how long is waited.
        now_us: the time, in microseconds since 1970.
        healed: told of gaps that were closed, and when.
        failed: told of gaps that were tried in vain, and when.
    """

    table: GapTable
    tables: Tables
    asking: Asking
    applied: Applied
    keyspace: str
    patience: Patience = field(default_factory=Patience)
    now_us: Clock = lambda: time.time_ns() // 1_000
    tally: Tally = field(default_factory=Tally)
    healed: Seen = unseen
    failed: Seen = unseen

    def __post_init__(self) -> None:
        self._batches: list[Batch] = []
        self._gates: dict[tuple[Target, int | None], Gate] = {}
        self._look_at = 0.0
        self._log = get_logger(__name__)

    @property
    def busy(self) -> int:
        """How many gaps are on their way."""
        return sum(len(batch.gaps) for batch in self._batches)

    def step(self) -> bool:
        """Take what is due, and let each batch go on; return whether anything was done.

        Raises:
            PostgresError: if the table of gaps can't be had.
            KafkaProblem: if the brokers or the registry do not answer.
        """
        begun = self._begin()
        for batch in list(self._batches):
            self._advance(batch)
        ended = any(batch.ended for batch in self._batches)
        self._batches = [batch for batch in self._batches if not batch.ended]
        return begun or ended

    def give_back(self) -> None:
        """Free what is on its way, as it was: somebody else may take it."""
        gaps = [gap for batch in self._batches for gap in batch.gaps]
        self._batches = []
        if gaps:
            self.table.give_back(gaps)

    def _begin(self) -> bool:
        if time.monotonic() < self._look_at:
            return False
        self._look_at = time.monotonic() + _LOOK_S
        begun = False
        now = self.now_us()
        found = self.table.due(now)
        most = {**MOST, "keys": keys_a_batch(found, self._batches)}
        for due in found:
            until = now
            if due.work == "range" and self.tables.has(self._target(due)):
                until = self._gate(due)
            if until < 0 or self._full(due):
                continue
            gaps = self.table.take(due, now, until, most[due.work])
            if gaps:
                self._start(due, gaps)
                begun = True
        return begun

    def _full(self, due: DueGaps) -> bool:
        """Whether enough of a slice is on its way: one that stands holds back no other."""
        beside = [
            batch.due.slice
            for batch in self._batches
            if (batch.due.table, batch.due.static, batch.due.work)
            == (due.table, due.static, due.work)
        ]
        full = beside.count(due.slice) >= LANES[due.work]
        return full or due.work == "tokens" and len(beside) >= MOST_TOKENS

    def _start(self, due: DueGaps, gaps: list[OpenGap]) -> None:
        batch = Batch(due, gaps, iter(()))
        batch.steps = self._steps(batch)
        self._batches.append(batch)

    def _gate(self, due: DueGaps) -> int:
        """Up to which moment all changes of a slice are in Postgres."""
        target, only = self._target(due), self._only(due)
        gate = self._gates.setdefault((target, only), Gate())
        now = time.monotonic()
        if gate.waiting_us is None and due.latest_us > gate.until_us:
            gate.waiting_us, gate.since = due.latest_us, now
        if gate.waiting_us is not None:
            if self.applied.passed(target, gate.waiting_us, "fast", only):
                gate.until_us, gate.waiting_us = gate.waiting_us, None
            elif now - gate.since > self.patience.answer:
                gate.waiting_us = None
                reason = self.applied.why_not(target, only)
                why = f"changes before it are not in Postgres yet: {reason}"
                waiting = self.table.take(due, self.now_us(), due.latest_us, due.count)
                self._put_off((gap, why) for gap in waiting)
        return gate.until_us

    def _target(self, due: DueGaps) -> Target:
        return Target(f"{self.keyspace}.{due.table}", due.static)

    def _only(self, due: DueGaps) -> int | None:
        """The slice, where the table has it; its topic may have been made anew with fewer."""
        known = 0 <= due.slice < self.applied.slices(self._target(due))
        return due.slice if known else None

    def _advance(self, batch: Batch) -> None:
        try:
            next(batch.steps)
            return
        except StopIteration:
            pass
        except SignalRefused as refusal:
            self._halve(batch, refusal)
        except (Later, *_EXPECTED) as problem:
            self.tables.forget(self._target(batch.due))
            self._halve(batch, problem)
        except (KafkaProblem, PostgresError):
            raise
        except Exception as problem:  # noqa: BLE001  # one gap must not hold back all others
            self._log.exception("a gap met an error of healing's own")
            self._halve(batch, problem)
        batch.ended = True

    def _halve(self, batch: Batch, problem: Exception) -> None:
        """What one gap of many may have caused is tried in halves; of one, it is told."""
        late = isinstance(problem, Later | ScyllaError)
        if len(batch.gaps) > 1 and not late:
            middle = len(batch.gaps) // 2
            for half in (batch.gaps[:middle], batch.gaps[middle:]):
                self._start(batch.due, half)
            return
        reason = str(problem) or type(problem).__name__
        self._put_off((gap, reason) for gap in batch.gaps)

    def _put_off(self, failed: Iterable[tuple[OpenGap, str]]) -> None:
        now = self.now_us()
        rows = [(gap, now + self.patience.pause_us(gap), error) for gap, error in failed]
        if not rows:
            return
        self.tally.put_off += len(rows)
        self.table.put_off(rows)
        self.failed([gap for gap, _, _ in rows], now)
        gap, _, error = rows[0]
        self._log.warning(
            "gaps were not healed",
            table=gap.table,
            gaps=len(rows),
            kind=gap.kind,
            attempts=gap.attempts + 1,
            reason=error,
        )

    def _close(self, gaps: Sequence[OpenGap]) -> None:
        if gaps:
            self.table.close(gaps)
            self.tally.closed += len(gaps)
            self.healed(gaps, self.now_us())

    def _steps(self, batch: Batch) -> Steps:
        """All that is done about a batch."""
        target = self._target(batch.due)
        sides = self.tables.get(target)
        if batch.due.work == "tokens":
            with self.tables.alone(sides) as sink:
                gap, ask = batch.gaps[0], self._ask(target)
                wrong = yield from heal_tokens(
                    sides,
                    sink,
                    self.tables.session,
                    gap,
                    ask,
                    lambda keys: self._verified(
                        sides, target, keys, self._unequal, self._only(batch.due)
                    ),
                    lambda token: self.table.advance(gap, token),
                    lambda keys: self._apart(sides, gap, keys),
                )
            if wrong:
                raise Later(f"rows differ still after they were read again: {some(sorted(wrong))}")
            self._close(batch.gaps)
            return
        only = self._only(batch.due)
        if batch.due.work == "range" and only is not None and self._moved(sides, batch, only):
            only = None
            yield from self._passed(target, max(gap.due_us for gap in batch.gaps), None)
        wanted = (
            self._named(sides, batch) if batch.due.work == "keys" else self._compared(sides, batch)
        )
        self._close([gap for gap in batch.gaps if not wanted.get(gap.ident, ["?"])])
        gaps = [gap for gap in batch.gaps if wanted.get(gap.ident)]
        batch.gaps[:] = gaps
        keys = {key: None for gap in gaps for key in wanted[gap.ident]}
        if not keys:
            return
        yield from self._ask(target)(list(keys))
        # a row whose time was up is gone; what a range holds must be there
        unequal = self._unequal if batch.due.work == "range" else self._left
        wrong = yield from self._verified(sides, target, list(keys), unequal, only)
        failed = [
            (gap, f"rows differ still after they were read again: {some(bad)}")
            for gap in gaps
            if (bad := [key for key in wanted[gap.ident] if key in wrong])
        ]
        idents = {gap.ident for gap, _ in failed}
        healed = [gap for gap in gaps if gap.ident not in idents]
        if batch.due.work == "keys":
            healed = self._rearmed(sides, healed)
        self._close([gap for gap in healed if gap.ident not in batch.partly])
        batch.gaps[:] = []
        self._put_off(failed)
        # the rest of what differs is for the next turn, which is at once
        self.table.give_back(gap for gap in healed if gap.ident in batch.partly)

    def _apart(self, sides: TableSides, gap: OpenGap, keys: Iterable[str]) -> None:
        """Give rows that stay unequal gaps of their own, which are tried again now and then."""
        partition = [column.name for column in sides.part.schema.partition_key]
        alone = [of_row(gap, key, partition) for key in keys]
        now = self.now_us()
        self.table.note(replace(each, next_us=now + self.patience.pause_us(each)) for each in alone)

    def _named(self, sides: TableSides, batch: Batch) -> dict[object, list[str]]:
        """The keys that gaps name; those that name none of this table are put off."""
        wanted: dict[object, list[str]] = {}
        failed = []
        for gap in batch.gaps:
            try:
                text = canonical(gap.key())
                sides.key_of(text)
                wanted[gap.ident] = [text]
            except ValueError as error:
                failed.append((gap, str(error)))
        self._leave(batch, failed)
        return wanted

    def _compared(self, sides: TableSides, batch: Batch) -> dict[object, list[str]]:
        """The keys of rows that differ, for each gap; what can't be compared is put off."""
        wanted: dict[object, list[str]] = {}
        failed = []
        asked = []
        for gap in batch.gaps:
            try:
                asked.append((gap, sides.read(sides.stretch(gap))))
            except ValueError as error:
                failed.append((gap, str(error)))
        room = _KEYS_A_BATCH
        for gap, read in asked:
            try:
                differing = read.differing()
                keys = [sides.json_of(key) for key in differing[:room]]
            except (ValueError, QueryFailed) as error:
                # a partition full of tombstones can't be read: the others can
                failed.append((gap, str(error)))
                continue
            wanted[gap.ident] = [key for key in keys if key is not None]
            if len(differing) > len(keys):
                batch.partly.add(gap.ident)
            room -= len(keys)
        no_room = [g for g in batch.gaps if g.ident in batch.partly and not wanted[g.ident]]
        self._give_back(batch, no_room)
        self.tally.compared += len(wanted)
        self._leave(batch, failed)
        return wanted

    def _give_back(self, batch: Batch, gaps: list[OpenGap]) -> None:
        idents = {gap.ident for gap in gaps}
        batch.gaps[:] = [gap for gap in batch.gaps if gap.ident not in idents]
        if gaps:
            self.table.give_back(gaps)

    def _leave(self, batch: Batch, failed: list[tuple[OpenGap, str]]) -> None:
        idents = {gap.ident for gap, _ in failed}
        batch.gaps[:] = [gap for gap in batch.gaps if gap.ident not in idents]
        self._put_off(failed)

    def _ask(self, target: Target) -> Callable[..., Steps]:
        """How rows of a table are read again; it is done when they are in Postgres."""

        def ask(
            keys: Sequence[str] = (), ranges: Sequence[tuple[int, int]] = (), rows: int = 0
        ) -> Steps:
            signals = [
                *(
                    Signal(table=target.table, static=target.static, keys=part)
                    for part in portions(keys)
                ),
                *(
                    Signal(table=target.table, static=target.static, token_range=part)
                    for part in ranges
                ),
            ]
            self.tally.signalled += len(keys)
            yield from self._served(target, self.asking.ask(signals), rows)

        return ask

    def _served(self, target: Target, asked: Sequence[Asked], rows: int) -> Steps:
        patience = max(self.patience.answer, rows / _SLOWEST)
        since = time.monotonic()
        try:
            while any(each.open for each in asked):
                if time.monotonic() - since > patience:
                    late = next(each for each in asked if each.open)
                    raise Later(str(late.late()))
                yield
        finally:
            for each in asked:
                self.asking.forget(each)
        last: dict[int, int | None] = {}
        for each in asked:
            if each.answer is None:
                raise each.problem or Later("no answer")
            for slice_, offset in each.answer.last_offsets.items():
                known = last.get(slice_)
                last[slice_] = offset if known is None else max(known, offset or -1)
        while not self.applied.reached(target, last):
            if time.monotonic() - since > patience:
                why = self.applied.why_not(target)
                raise Later(f"rows that were read again are not in Postgres yet: {why}")
            yield

    def _verified(
        self,
        sides: TableSides,
        target: Target,
        keys: Sequence[str],
        unequal: Unequal,
        only: int | None,
    ) -> Generator[None, None, set[str]]:
        """Look whether rows are equal now; return the keys of those that are not."""
        seen = unequal(sides, {key: sides.key_of(key) for key in keys})
        if not seen:
            return set()
        # A row that was written since may differ for a moment: that is its own event's business.
        yield from self._passed(target, self.now_us(), only)
        again = unequal(sides, {key: sides.key_of(key) for key in seen})
        return {key for key, row in again.items() if row == seen[key] or row == UNREAD}

    def _passed(self, target: Target, moment_us: int, only: int | None) -> Steps:
        """Wait until all changes before a moment are in Postgres."""
        since = time.monotonic()
        while not self.applied.passed(target, moment_us, "fast", only):
            if time.monotonic() - since > self.patience.answer:
                reason = self.applied.why_not(target, only)
                raise Later(f"changes are not in Postgres yet: {reason}")
            yield

    def _moved(self, sides: TableSides, batch: Batch, only: int) -> bool:
        """Whether gaps lie elsewhere than they say: the topic was made anew with other slices."""
        slices = self.applied.slices(self._target(batch.due))
        return any(sides.slice_of(gap, slices) not in (None, only) for gap in batch.gaps)

    def _unequal(self, sides: TableSides, keys: Mapping[str, Key]) -> dict[str, Row | None]:
        """The source's rows of keys that differ, also of those that the sink lacks."""
        source = sides.lookup_source(list(keys.values()))
        sink = sides.lookup_sink(list(keys.values()))
        rows = zip(keys, source, sink, strict=True)
        return {name: row for name, row, other in rows if row != other}

    def _left(self, sides: TableSides, keys: Mapping[str, Key]) -> dict[str, Row | None]:
        """The same, of rows that the sink has: it is asked first, for most are gone."""
        names = list(keys)
        sink = sides.lookup_sink([keys[name] for name in names])
        there = [(name, row) for name, row in zip(names, sink, strict=True) if row is not None]
        source = sides.lookup_source([keys[name] for name, _ in there])
        return {name: row for (name, other), row in zip(there, source, strict=True) if row != other}

    def _rearmed(self, sides: TableSides, gaps: Sequence[OpenGap]) -> list[OpenGap]:
        """Look at rows that live on; return the gaps that are done with.

        Where something of a row expires later, a gap of then is made. Of a row without a value that
        tells, it is not known: it is tried again a few times, as clocks may differ.
        """
        keys = {gap.ident: sides.key_of(canonical(gap.key())) for gap in gaps}
        rows = sides.lookup_sink(list(keys.values()))
        living = [(gap, row) for gap, row in zip(gaps, rows, strict=True) if row is not None]
        left = sides.lives([keys[gap.ident] for gap, _ in living])
        now = self.now_us()
        made, unknown = [], []
        for (gap, row), seconds in zip(living, left, strict=True):
            if seconds is not None:
                made.append(rearmed(gap, now + (seconds + 1) * 1_000_000))
            elif not sides.tells_ttl(row) and gap.attempts < _TRIES_OF_LIVING:
                unknown.append((gap, "the row is there still, and does not say for how long"))
        self.table.note(made)
        self.tally.rearmed += len(made)
        self._put_off(unknown)
        idents = {gap.ident for gap, _ in unknown}
        return [gap for gap in gaps if gap.ident not in idents]
