"""Batches of rows that differ: meant, asked for, awaited, looked at.

What a batch is about to do is in Postgres before it is done. So whoever goes on after a kill finds
each row either settled, or open: then both sides are looked at, and it is asked for anew if it
still differs. To ask twice does no harm: an event is the row as it stands when it is read. Whether
it had been asked for before the kill is read off Kafka, so that the audit says what cured it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from messina.kafka import Target
from messina.reconciler.keytexts import key_of_text
from messina.reconciler.recheck import Candidate, Clock, Gate, Table, decide
from messina.reconciler.repair.asking import Asking, Due, Offsets, Reaching, Reasons
from messina.reconciler.report import OnProgress, Progress
from messina.reconciler.store import Run, Settled, Store, StoredDiscrepancy, Unsure
from messina.types import ValueMismatch

BATCH = 2_000
"""How many rows are held at once."""
PATIENCE_S = 60.0
_TICK = 0.1
_CLOCKS_MS = 300_000
"""So far Postgres' clock may be from that of who writes to Kafka, and a write from its intent."""
_FIRST_LOOK = 0.5
_NO_VALUE = (
    "its key has bytes that are no value of their type, so nothing can ask for it; next: write the "
    "row under another key, and delete this one"
)
_IMPOSSIBLE = (
    "no row of the source can have this key, so nothing can ask for it; next: delete it from "
    "Postgres by hand"
)


@dataclass(frozen=True)
class Road:
    """How rows are asked for, and how far they are."""

    asking: Asking
    applied: Reaching
    gate: Gate
    reasons: Reasons


class Mender:
    """Repairs what a run has found.

    Args:
        store: where the run is kept.
        run: which one; held by the store.
        tables: both sides of each part, by the store's names: table, and whether its statics.
        road: how rows are asked for.
        clock: the time.
        progress: called with how many rows are settled.
        patience: seconds that an answer, and then the sink, is waited for.
        batch: how many rows are held at once.
    """

    def __init__(
        self,
        store: Store,
        run: Run,
        tables: Mapping[tuple[str, bool], Table],
        road: Road,
        clock: Clock,
        progress: OnProgress,
        *,
        patience: float = PATIENCE_S,
        batch: int = BATCH,
    ) -> None:
        self._store = store
        self._run = run
        self._tables = tables
        self._road = road
        self._clock = clock
        self._progress = progress
        self._patience = patience
        self._batch = batch
        self._stuck: dict[Target, str] = {}
        self._total = self._done = 0

    def mend(self) -> None:
        """Repair all that is due; what came of it is in the store's audit.

        Raises:
            KafkaProblem: if Kafka can't be had.
            ScyllaError: if the source can't be read.
            PostgresError: if the sink or the store can't be read or written.
        """
        audit, last = self._store.audit, 0
        self._know_what_was_asked()
        self._total = sum(number for *_, number in audit.due_counts(self._run))
        doubtful: list[Due] = []
        while batch := audit.due(self._run, last, self._batch):
            last = batch[-1].id
            doubtful += self._mended(batch)
        self._judge(doubtful)

    def _know_what_was_asked(self) -> None:
        """Note as asked for what a process that was killed had asked for, and could not note."""
        by_part: dict[tuple[str, bool], list[Unsure]] = {}
        for each in self._store.audit.unsure(self._run):
            by_part.setdefault((each.table, each.static), []).append(each)
        for part, unsure in by_part.items():
            table = self._tables.get(part)
            if table is None or table.target is None:
                continue
            times = [int(each.meant_at.timestamp() * 1_000) for each in unsure]
            idents = {each.signal_id for each in unsure}
            found = self._road.asking.found(
                table.target, idents, min(times) - _CLOCKS_MS, max(times) + _CLOCKS_MS
            )
            if found:
                self._store.audit.signalled(self._run, sorted(found))

    def _mended(self, batch: Sequence[StoredDiscrepancy]) -> list[Due]:
        """Repair a batch; returns what the sink has passed and still differs, which is open."""
        due: list[Due] = []
        settled: list[Settled] = []
        for row in self._looked(self._readable(batch, settled)):
            if row.source == row.sink:
                settled.append(row.settled("not_needed"))
            elif not row.possible:
                reason = _IMPOSSIBLE if row.source is None else _NO_VALUE
                settled.append(row.settled("not_cured", reason))
            elif row.target in self._stuck:
                reason = f"not asked for: {self._stuck[row.target]}"
                settled.append(row.settled("not_cured", reason))
            else:
                due.append(row)
        self._settle(settled)
        for _ in range(self._road.asking.rounds):
            due = self._round(due) if due else due
        return due

    def _round(self, due: Sequence[Due]) -> list[Due]:
        """Ask for rows once; returns those that differ behind their event."""
        asked = self._road.asking.ask(due, self._patience)
        self._stuck.update(asked.silent)
        passed = self._passed(asked.answers, due)
        settled: list[Settled] = []
        doubtful: list[Due] = []
        for row in self._looked(due):
            if row.source == row.sink:
                settled.append(row.settled("verified"))
            elif row.found.id in asked.late:
                settled.append(row.settled("not_cured", asked.late[row.found.id]))
            elif row.target not in passed:
                reason = f"the sink has not taken it within {self._patience:.0f} s: "
                reason += self._stuck[row.target]
                settled.append(row.settled("not_cured", reason))
            else:
                # forget its values: there may be many such rows
                doubtful.append(replace(row, source=None, sink=None))
        self._settle(settled)
        return doubtful

    def _passed(self, answers: Sequence[tuple[Target, Offsets]], due: Sequence[Due]) -> set[Target]:
        """Wait until sinks have passed the events, or rows are equal; returns whose have."""
        waiting = list(answers)
        began = self._clock.now()
        look = began + _FIRST_LOOK
        while True:
            self._road.applied.poll()
            waiting = [
                (target, offsets)
                for target, offsets in waiting
                if not self._road.applied.reached(target, offsets)
            ]
            now = self._clock.now()
            if waiting and now >= look:
                # What is equal is cured: the event that is still to come has the row as it is.
                look = now + 2 * (look - began)
                late = {target for target, _ in waiting}
                differ = {
                    row.target
                    for row in self._looked([row for row in due if row.target in late])
                    if row.source != row.sink
                }
                waiting = [each for each in waiting if each[0] in differ]
            if not waiting:
                break
            if now - began >= self._patience:
                for target in {target for target, _ in waiting}:
                    self._stuck[target] = self._road.reasons.stuck(target)
                break
            self._clock.sleep(_TICK)
        return {target for target, _ in answers} - {target for target, _ in waiting}

    def _judge(self, doubtful: Sequence[Due]) -> None:
        """Decide what differed behind its event: it may just have changed once more."""
        candidates = (Candidate(row.table, row.key, row) for row in doubtful)
        for verdict in decide(candidates, self._road.gate, self._clock):
            row = verdict.candidate.ref
            assert isinstance(row, Due)
            (now,) = self._looked([row])
            if verdict.outcome == "equal":
                settled = now.settled("verified")
            elif verdict.outcome == "unsettled":
                settled = now.settled("not_cured", "it never stood still, so nobody could say")
            else:
                reason = "the sink has passed its event, and the row still differs"
                why = self._road.reasons.differs(row.target)
                settled = now.settled("not_cured", reason + why)
            self._settle([settled])

    def _readable(
        self, batch: Sequence[StoredDiscrepancy], settled: list[Settled]
    ) -> Iterator[Due]:
        """What is a row of a table that is there; the rest is settled."""
        for found in batch:
            table = self._tables.get((found.table, found.static))
            if table is None or table.target is None:
                reason = "the pipeline does not carry this table now"
                settled.append(Settled(found.id, "not_cured", None, reason))
                continue
            try:
                key, possible = key_of_text(table.shape, found.key_json)
            except ValueMismatch as error:
                reason = f"this is no key of the table now: {error}"
                settled.append(Settled(found.id, "not_cured", None, reason))
            else:
                yield Due(found, table, table.target, key, possible)

    def _looked(self, due: Iterator[Due] | Sequence[Due]) -> Iterator[Due]:
        """The rows as both sides have them now: the source first, as the sink follows it."""
        by_table: dict[int, list[Due]] = {}
        for row in due:
            by_table.setdefault(id(row.table), []).append(row)
        for rows in by_table.values():
            table = rows[0].table
            keys = [row.key for row in rows]
            sources = list(table.source.lookup(keys))
            for row, source, sink in zip(rows, sources, table.sink.lookup(keys), strict=True):
                yield replace(row, source=source, sink=sink)

    def _settle(self, settled: Sequence[Settled]) -> None:
        if settled:
            self._store.audit.settle(self._run, settled)
            self._done += len(settled)
            outcomes = Counter[str](each.outcome for each in settled)
            self._progress(Progress("repair", "repair", self._done, self._total, outcomes=outcomes))
