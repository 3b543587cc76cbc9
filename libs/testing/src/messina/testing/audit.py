"""Whether what a topic showed is right: verdicts over the records that a reader saw.

A reader of committed records sees a partition up to its last stable offset. Between two
transactions lies a marker, which takes an offset that no reader sees; so each missing offset is a
place up to which some reader may have read, and what was complete at all of them was never half
visible to anybody.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

Key = tuple[Any, ...]

TOMBSTONE = ""
GONE = "d"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record of a topic as a reader saw it.

    Attributes:
        key: the values of the row's primary key.
        op: `c`, `u`, `d`, `r`, or nothing for a tombstone.
        state: what is compared of the row; None where it is gone.
        written_us: when the newest write behind it was made.
        signal: the signal that asked for it.
        seen_at: when the reader had it, in seconds since 1970.
    """

    partition: int
    offset: int
    key: Key
    op: str
    state: Any = None
    written_us: int = 0
    signal: str | None = None
    seen_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Torn:
    """A batch of which a reader could see a part.

    Attributes:
        upto: the offset up to which the reader had read.
        rows: how many of its rows were there.
        deleted: whether a row was missing because a delete of it had come.
    """

    batch: Hashable
    partition: int
    upto: int
    rows: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class OrderFault:
    """A key that went back, or came from two partitions.

    Attributes:
        before: the newest state that had been seen.
        after: the older one that followed, or the newer one in another partition.
    """

    key: Key
    partition: int
    offset: int
    before: Any
    after: Any


def in_order(sightings: Iterable[Sighting]) -> dict[int, list[Sighting]]:
    """Sort by partition, each as it came.

    Raises:
        ValueError: if a partition's offsets do not grow, which means that the reader is wrong.
    """
    partitions: dict[int, list[Sighting]] = {}
    for sighting in sightings:
        run = partitions.setdefault(sighting.partition, [])
        if run and run[-1].offset >= sighting.offset:
            raise ValueError(
                f"partition {sighting.partition} was read out of order: offset {sighting.offset} "
                f"after {run[-1].offset}"
            )
        run.append(sighting)
    return dict(sorted(partitions.items()))


def torn_batches(
    sightings: Iterable[Sighting],
    batch_of: Callable[[Key], Hashable],
    size: int,
    moments: Mapping[int, Iterable[int]],
) -> list[Torn]:
    """Return the batches that some reader could see in part, each once.

    Args:
        sightings: of one topic.
        batch_of: the batch that a key belongs to; its rows all lie in one partition.
        size: how many rows each batch has.
        moments: by partition, last stable offsets that were met besides those at missing offsets.
    """
    torn: dict[Hashable, Torn] = {}
    for partition, run in in_order(sightings).items():
        tracker = _Batches(partition, batch_of, size)
        for upto, sighting in _with_boundaries(run, sorted(set(moments.get(partition, ())))):
            if sighting is not None:
                tracker.see(sighting)
            else:
                for found in tracker.open(upto):
                    torn.setdefault(found.batch, found)
    return list(torn.values())


class _Batches:
    """The batches of a partition and how many of their rows are there."""

    def __init__(self, partition: int, batch_of: Callable[[Key], Hashable], size: int) -> None:
        self._partition = partition
        self._batch_of = batch_of
        self._size = size
        self._rows: dict[Hashable, set[Key]] = {}
        self._deleted: dict[Hashable, set[Key]] = {}
        self._open: set[Hashable] = set()

    def see(self, sighting: Sighting) -> None:
        if sighting.op == TOMBSTONE:
            return
        batch = self._batch_of(sighting.key)
        rows = self._rows.setdefault(batch, set())
        deleted = self._deleted.setdefault(batch, set())
        if sighting.op == GONE:
            rows.discard(sighting.key)
            deleted.add(sighting.key)
        else:
            rows.add(sighting.key)
            deleted.discard(sighting.key)
        if len(rows) in (0, self._size):
            self._open.discard(batch)
        else:
            self._open.add(batch)

    def open(self, upto: int) -> Iterator[Torn]:
        for batch in self._open:
            yield Torn(
                batch, self._partition, upto, len(self._rows[batch]), bool(self._deleted[batch])
            )


def _with_boundaries(
    run: Sequence[Sighting], moments: Sequence[int]
) -> Iterator[tuple[int, Sighting | None]]:
    """Each sighting, and between them the offsets up to which somebody may have read."""
    ahead = list(reversed(moments))
    expected = run[0].offset
    for sighting in run:
        while ahead and ahead[-1] <= sighting.offset:
            yield ahead.pop(), None
        if sighting.offset != expected:
            yield expected, None
        yield sighting.offset, sighting
        expected = sighting.offset + 1
    yield expected, None


def order_faults(sightings: Iterable[Sighting]) -> list[OrderFault]:
    """Return where a key's state, a number that only grows at the source, went back.

    A delete is no state and is passed over: judge deletes by `deletes`.
    """
    newest: dict[Key, Sighting] = {}
    faults = []
    for run in in_order(sightings).values():
        for sighting in run:
            if sighting.op in (TOMBSTONE, GONE):
                continue
            before = newest.get(sighting.key)
            if before is not None and (
                before.partition != sighting.partition or before.state > sighting.state
            ):
                faults.append(
                    OrderFault(
                        sighting.key,
                        sighting.partition,
                        sighting.offset,
                        before.state,
                        sighting.state,
                    )
                )
            if before is None or sighting.state >= before.state:
                newest[sighting.key] = sighting
    return faults


def last_states(sightings: Iterable[Sighting]) -> dict[Key, Any]:
    """Return what the last record of each key says: its state; a key that is gone is not there."""
    states: dict[Key, Any] = {}
    for run in in_order(sightings).values():
        for sighting in run:
            if sighting.op in (TOMBSTONE, GONE):
                states.pop(sighting.key, None)
            else:
                states[sighting.key] = sighting.state
    return states


@dataclass(frozen=True, slots=True)
class Differences:
    """How what is there differs from what should be."""

    lost: Mapping[Key, Any]
    wrong: Mapping[Key, tuple[Any, Any]]
    surplus: Mapping[Key, Any]

    def __bool__(self) -> bool:
        return bool(self.lost or self.wrong or self.surplus)

    def __str__(self) -> str:
        parts = (("lost", self.lost), ("wrong", self.wrong), ("surplus", self.surplus))
        return ", ".join(f"{len(found)} {name} {list(found.items())[:5]}" for name, found in parts)


def differences(expected: Mapping[Key, Any], found: Mapping[Key, Any]) -> Differences:
    """Compare two states of a table, or of a topic and a table."""
    return Differences(
        lost={key: state for key, state in expected.items() if key not in found},
        wrong={
            key: (state, found[key])
            for key, state in expected.items()
            if key in found and found[key] != state
        },
        surplus={key: state for key, state in found.items() if key not in expected},
    )


def deletes(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return the deletes: each is a fault where nothing is ever deleted."""
    return [sighting for sighting in sightings if sighting.op == GONE]


def duplicates(sightings: Iterable[Sighting]) -> int:
    """Count the events that say of their key what the event before them had said."""
    last: dict[Key, tuple[bool, Any]] = {}
    count = 0
    for sighting in sightings:
        if sighting.op == TOMBSTONE:
            continue
        says = (sighting.op == GONE, sighting.state)
        count += last.get(sighting.key) == says
        last[sighting.key] = says
    return count


def transactions(sightings: Iterable[Sighting]) -> list[int]:
    """Return how many records lie between two missing offsets, for each stretch between such."""
    sizes = []
    for run in in_order(sightings).values():
        for _, stretch in groupby(enumerate(run), lambda pair: pair[1].offset - pair[0]):
            sizes.append(sum(1 for _ in stretch))
    return sizes


def latencies(sightings: Iterable[Sighting], since_us: int, until_us: int) -> dict[int, float]:
    """Return, by partition, the longest that a write of some time took until it was first seen."""
    first: set[tuple[Key, Any]] = set()
    worst: dict[int, float] = {}
    for sighting in sightings:
        if sighting.op == TOMBSTONE or (sighting.key, sighting.state) in first:
            continue
        first.add((sighting.key, sighting.state))
        if since_us <= sighting.written_us < until_us:
            took = sighting.seen_at - sighting.written_us / 1e6
            worst[sighting.partition] = max(worst.get(sighting.partition, 0.0), took)
    return worst


def first_seen_after(sightings: Iterable[Sighting], since_us: int) -> dict[int, float]:
    """Return, by partition, when the first record of a write of that time or later was seen."""
    seen: dict[int, float] = {}
    for sighting in sightings:
        if sighting.op != TOMBSTONE and sighting.written_us >= since_us:
            seen.setdefault(sighting.partition, sighting.seen_at)
    return seen
