"""Writing rows into a topic that another producer writes, too: the core, which does no I/O.

A row that is written here was read a moment before. What the other producer wrote of it in between
may be newer, and would be overwritten. So rows are written in a transaction, the records that came
meanwhile are looked at before it is committed, and where one is of the same key it is not.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Write:
    """A record that is to be written; a value of None is a tombstone."""

    key: bytes
    value: bytes | None
    partition: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A record that is in the topic, whoever wrote it, committed or not."""

    partition: int
    offset: int
    key: bytes | None


class TooLarge(Exception):
    """Of what was to be written something is larger than the topic takes; nothing is committed."""


class Wire(Protocol):
    """A topic, as a repair writes it."""

    def ends(self, topic: str) -> Mapping[int, int]:
        """Where each partition ends, with what is not committed: the next offset."""

    def write(
        self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]
    ) -> Sequence[int]:
        """Begin a transaction and write; returns each record's offset.

        Raises:
            TooLarge: if one of them is; the transaction is to be aborted then.
        """

    def between(
        self, topic: str, since: Mapping[int, int], until: Mapping[int, int]
    ) -> Iterable[Seen]:
        """All records from an offset on, up to and with another, by partition."""

    def found(
        self, topic: str, header: str, values: Collection[str], since_ms: int, until_ms: int
    ) -> set[str]:
        """Which values a header has in committed records that were written at some time."""

    def commit(self) -> None:
        """Commit what was written."""

    def abort(self) -> None:
        """Forget what was written."""


def overtaken(
    writes: Sequence[Write],
    offsets: Sequence[int],
    since: Mapping[int, int],
    seen: Iterable[Seen],
) -> frozenset[int]:
    """Return which writes, by place, lie behind a record of their key that came meanwhile.

    Args:
        writes: what was written.
        offsets: where: each write's own.
        since: by partition, where it ended before the rows were read.
        seen: what the topic has since then.
    """
    places = {(each.partition, each.key): place for place, each in enumerate(writes)}
    own = {(each.partition, offset) for each, offset in zip(writes, offsets, strict=True)}
    found = set()
    for record in seen:
        if record.key is None or (record.partition, record.offset) in own:
            continue
        place = places.get((record.partition, record.key))
        if place is not None and since[record.partition] <= record.offset < offsets[place]:
            found.add(place)
    return frozenset(found)


def last_offsets(writes: Sequence[Write], offsets: Sequence[int]) -> dict[int, int]:
    """By partition, the offset of the last write there."""
    last: dict[int, int] = {}
    for each, offset in zip(writes, offsets, strict=True):
        last[each.partition] = max(offset, last.get(each.partition, -1))
    return last
