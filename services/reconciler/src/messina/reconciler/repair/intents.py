"""Rows are written in the place of a connector that takes no signals: the intent protocol.

Two producers write one partition then. What keeps a repair from overtaking a newer change is that
it is not committed where an event of the same key came after the row was read and lies before it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from messina.kafka import Target, default_partition
from messina.reconciler.repair.asking import Asked, Due, Offsets, by_target, shown_row
from messina.reconciler.repair.form import Cell, Form, ValueUnknown
from messina.reconciler.repair.writing import Wire, Write, last_offsets, overtaken
from messina.reconciler.sides import Key
from messina.reconciler.store import Intent, Run, Store
from messina.types import ValueMismatch, canonical_bytes

ROUNDS = 5
TOO_BUSY = (
    "too busy: in each of {} tries another event of the row came between its read and its write; "
    "its own next change cures it"
)


class Exact(Protocol):
    """A table at the source, whose rows come as they are kept."""

    def exact(self, keys: Sequence[Key]) -> Iterator[Sequence[Cell] | None]:
        """The row of each key as it is now, as bytes of CQL's protocol; None where none is."""


@dataclass(frozen=True)
class Way:
    """Where and how the rows of one table are written.

    Attributes:
        topic: its topic.
        partitions: how many that has.
        form: of its records.
        source: where its rows are read.
    """

    topic: str
    partitions: int
    form: Form
    source: Exact


class ByIntents:
    """Writes rows as the connector would have, never over a newer event of theirs.

    Args:
        store: where the run is kept.
        run: which one; held by the store.
        wire: to the topics.
        ways: by table.
        rounds: how often a row is tried that others write meanwhile, and how often one that still
            differs once the sink has passed it.
    """

    def __init__(
        self,
        store: Store,
        run: Run,
        wire: Wire,
        ways: Mapping[Target, Way],
        rounds: int = ROUNDS,
    ) -> None:
        self.rounds = rounds
        self._audit = store.audit
        self._run = run
        self._wire = wire
        self._ways = dict(ways)

    def ask(self, due: Sequence[Due], patience: float) -> Asked:
        """Write rows; those that are too busy, or can't be written exactly, are left out."""
        answers: list[tuple[Target, Offsets]] = []
        late: dict[int, str] = {}
        for target, rows in by_target(due).items():
            self._written(target, rows, answers, late)
        return Asked(answers, late)

    def _written(
        self,
        target: Target,
        due: Sequence[Due],
        answers: list[tuple[Target, Offsets]],
        late: dict[int, str],
    ) -> None:
        tries: Counter[int] = Counter()
        groups = [list(due)]
        while groups:
            group = groups.pop()
            behind = self._tried(target, group, answers, late)
            if not behind:
                continue
            # Nothing of it was written: the others once more, and apart from those.
            rest = [row for row in group if row.found.id not in behind | late.keys()]
            tries.update(behind)
            late.update(
                (n, TOO_BUSY.format(self.rounds)) for n in behind if tries[n] >= self.rounds
            )
            busy = [row for row in group if row.found.id in behind - late.keys()]
            groups += [rows for rows in (busy, rest) if rows]

    def _tried(
        self,
        target: Target,
        rows: Sequence[Due],
        answers: list[tuple[Target, Offsets]],
        late: dict[int, str],
    ) -> set[int]:
        """Write rows at once; returns the numbers of those for which nothing was written."""
        way = self._ways[target]
        since = self._wire.ends(way.topic)
        group: list[Due] = []
        writes: list[Write] = []
        for row, cells in zip(rows, way.source.exact([row.key for row in rows]), strict=True):
            try:
                writes.append(_write(way, row, cells))
                group.append(row)
            except (ValueUnknown, ValueMismatch) as error:
                late[row.found.id] = (
                    f"it can't be written exactly: {error}; next: write it again at the source"
                )
        if not group:
            return set()
        ident = str(uuid4())
        self._audit.intend(
            self._run,
            [Intent(row.found.id, shown_row(row.table.shape, row.sink), ident) for row in group],
        )
        headers = {
            "messina.repair_id": ident.encode(),
            "messina.correlation_id": self._run.correlation_id.encode(),
        }
        offsets = self._wire.write(way.topic, writes, headers)
        last = last_offsets(writes, offsets)
        seen = self._wire.between(way.topic, since, last)
        behind = overtaken(writes, offsets, since, seen)
        if behind:
            self._wire.abort()
            return {group[place].found.id for place in behind}
        self._wire.commit()
        self._audit.signalled(self._run, [ident])
        answers.append((target, last))
        return set()


def _write(way: Way, row: Due, cells: Sequence[Cell] | None) -> Write:
    types = row.table.shape.types
    key = way.form.key([canonical_bytes(t, v) for t, v in zip(types, row.key, strict=False)])
    value = None if cells is None else way.form.value(cells)
    return Write(key, value, default_partition(key, way.partitions))
