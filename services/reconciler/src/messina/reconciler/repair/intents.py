"""Rows are written in the place of a connector that takes no signals: the intent protocol.

Two producers write one partition then. What keeps a repair from overtaking a newer change is that
it is not committed where an event of the same key came after the row was read and lies before it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from messina.kafka import Target, default_partition
from messina.reconciler.repair.asking import Asked, Due, Offsets, by_target, shown_row
from messina.reconciler.repair.form import Cell, Form, ValueUnknown
from messina.reconciler.repair.writing import (
    Seen,
    TooLarge,
    Wire,
    Write,
    last_offsets,
    overtaken,
)
from messina.reconciler.sides import Key
from messina.reconciler.store import Intent, Run, Store
from messina.types import ValueMismatch, canonical_bytes

ROUNDS = 5
REPAIR_ID = "messina.repair_id"
"""The header by which a record of a repair is known."""
TOO_BUSY = (
    "too busy: in each of {} tries another event of the row came between its read and its write; "
    "its own next change cures it"
)
_AGAIN = "nothing was written; next: the same command with --resume"
_MOST_BYTES = 8 * 2**20
"""Of a transaction: the brokers give it twenty seconds."""
_HEAD = 5
"""Bytes of a key in which its schema is named."""


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
        formless: tables without one, and why.
        rounds: how often a row is tried that others write meanwhile, and how often one that still
            differs once the sink has passed it.
    """

    def __init__(
        self,
        store: Store,
        run: Run,
        wire: Wire,
        ways: Mapping[Target, Way],
        formless: Mapping[Target, str] | None = None,
        rounds: int = ROUNDS,
    ) -> None:
        self.rounds = rounds
        self._audit = store.audit
        self._run = run
        self._wire = wire
        self._ways = dict(ways)
        self._formless = dict(formless or {})

    def found(
        self, target: Target, idents: Collection[str], since_ms: int, until_ms: int
    ) -> set[str]:
        """Which transactions were committed: their records say whose they are."""
        way = self._ways.get(target)
        if way is None:
            return set()
        return self._wire.found(way.topic, REPAIR_ID, idents, since_ms, until_ms)

    def ask(self, due: Sequence[Due], patience: float) -> Asked:
        """Write rows; those that are too busy, or can't be written exactly, are left out."""
        answers: list[tuple[Target, Offsets]] = []
        late: dict[int, str] = {}
        for target, rows in by_target(due).items():
            if target in self._formless:
                late.update((row.found.id, self._formless[target]) for row in rows)
            else:
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
        groups: list[Sequence[Due]] = [due]
        while groups:
            groups += self._tried(target, groups.pop(), tries, answers, late)

    def _tried(
        self,
        target: Target,
        rows: Sequence[Due],
        tries: Counter[int],
        answers: list[tuple[Target, Offsets]],
        late: dict[int, str],
    ) -> list[Sequence[Due]]:
        """Write rows at once; returns, in groups, those that are still to be written."""
        way = self._ways[target]
        since = self._wire.ends(way.topic)
        if len(since) != way.partitions:
            # the connector's records of a row may lie elsewhere from now on
            why = f"its topic has {len(since)} partitions now, not {way.partitions}: {_AGAIN}"
            late.update((row.found.id, why) for row in rows)
            return []
        group, writes, rest = _taken(way, rows, late)
        left = [rest] if rest else []
        if not group:
            return left
        ident = str(uuid4())
        self._audit.intend(
            self._run,
            [Intent(row.found.id, shown_row(row.table.shape, row.sink), ident) for row in group],
        )
        headers = {
            REPAIR_ID: ident.encode(),
            "messina.correlation_id": self._run.correlation_id.encode(),
        }
        try:
            offsets = self._wire.write(way.topic, writes, headers)
        except TooLarge as error:
            self._wire.abort()
            if len(group) == 1:
                late[group[0].found.id] = f"its record does not fit in topic {way.topic}: {error}"
                return left
            middle = len(group) // 2
            return [group[:middle], group[middle:], *left]
        last = last_offsets(writes, offsets)
        others: set[bytes] = set()
        seen = _noted(self._wire.between(way.topic, since, last), writes[0].key[:_HEAD], others)
        behind = {group[place].found.id for place in overtaken(writes, offsets, since, seen)}
        if others:
            # a row that has another key there can't be told from others
            self._wire.abort()
            why = f"keys of another schema came to its topic meanwhile: {_AGAIN}"
            late.update((row.found.id, why) for row in group)
            return left
        if behind:
            self._wire.abort()
            tries.update(behind)
            late.update(
                (n, TOO_BUSY.format(self.rounds)) for n in behind if tries[n] >= self.rounds
            )
            # Nothing of it was written: the others once more, and apart from those.
            calm = [row for row in group if row.found.id not in behind]
            busy = [row for row in group if row.found.id in behind - late.keys()]
            return [each for each in (busy, calm, *left) if each]
        self._wire.commit()
        self._audit.signalled(self._run, [ident])
        answers.append((target, last))
        return left


def _taken(
    way: Way, rows: Sequence[Due], late: dict[int, str]
) -> tuple[list[Due], list[Write], Sequence[Due]]:
    """Read rows, as many as a transaction has room for.

    Returns:
        Those that can be written, what is to be written of each, and those there was no room for.
    """
    group: list[Due] = []
    writes: list[Write] = []
    size = 0
    cells = way.source.exact([row.key for row in rows])
    for place, (row, found) in enumerate(zip(rows, cells, strict=True)):
        try:
            write = _write(way, row, found)
        except (ValueUnknown, ValueMismatch) as error:
            late[row.found.id] = (
                f"it can't be written exactly: {error}; next: write it again at the source"
            )
            continue
        group.append(row)
        writes.append(write)
        size += len(write.key) + len(write.value or b"")
        if size >= _MOST_BYTES:
            return group, writes, rows[place + 1 :]
    return group, writes, ()


def _noted(seen: Iterable[Seen], head: bytes, others: set[bytes]) -> Iterator[Seen]:
    """What was seen; what keys that were written otherwise begin with is put into `others`."""
    for each in seen:
        if each.key is not None and each.key[:_HEAD] != head:
            others.add(each.key[:_HEAD])
        yield each


def _write(way: Way, row: Due, cells: Sequence[Cell] | None) -> Write:
    types = row.table.shape.types
    key = way.form.key([canonical_bytes(t, v) for t, v in zip(types, row.key, strict=False)])
    value = None if cells is None else way.form.value(cells)
    return Write(key, value, default_partition(key, way.partitions))
