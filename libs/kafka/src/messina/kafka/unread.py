"""How much of topics somebody has not read yet, counted in committed records.

The difference of two offsets does not say it: transaction markers and aborted records have offsets
too, so that whoever has read everything still seems to lag.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from messina.kafka.errors import BrokerProblem
from messina.kafka.topics import reason_of

Place = tuple[str, int]
"""A topic and one of its partitions."""


@dataclass(frozen=True)
class Stretch:
    """A part of a partition.

    Attributes:
        begin: the first offset; None for the partition's beginning.
        end: the offset behind the last.
        limit: counting it ends here: so many, or more; None for the limit of the others.
    """

    begin: int | None
    end: int
    limit: int | None = None


@dataclass(frozen=True)
class Unread:
    """What a stretch holds.

    Attributes:
        records: committed records in it, counted up to the limit.
        open: whether a transaction is open in it: what it holds is not known yet.
        whole: whether all of it was counted that is committed: no limit, nor the time, ended it.
        oldest_ms: when the first of the records came into the topic; None where there is none.
    """

    records: int
    open: bool = False
    whole: bool = True
    oldest_ms: int | None = None

    @property
    def none(self) -> bool:
        """Whether there is nothing, for sure."""
        return self.records == 0 and not self.open and self.whole


def unread(
    bootstrap: str,
    stretches: Mapping[Place, Stretch],
    *,
    limit: int = 1,
    tombstones: bool = True,
    timeout: float = 30.0,
    within: float | None = None,
    client: Mapping[str, str] | None = None,
) -> dict[Place, Unread]:
    """Count the committed records in parts of partitions.

    Args:
        bootstrap: addresses of brokers.
        stretches: what is asked for.
        limit: counting a partition ends here: so many, or more.
        tombstones: whether records without a value count.
        timeout: seconds without a record or an end until counting is given up.
        within: seconds after which counting ends as far as it came; None for no such end.
        client: further settings of the client.

    Raises:
        BrokerProblem: if the brokers do not answer.
    """
    counts = {place: _Count(part, limit, tombstones) for place, part in stretches.items()}
    left = {place for place, part in stretches.items() if (part.begin or 0) < part.end}
    if not left:
        return {place: count.result() for place, count in counts.items()}
    what = f"counting unread records of {len({topic for topic, _ in left})} topics"
    consumer = Consumer(
        {
            **(client or {}),
            "bootstrap.servers": bootstrap,
            "group.id": "messina-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            # of what is long, the first records are all that is wanted
            "max.partition.fetch.bytes": 65_536,
            "queued.max.messages.kbytes": 4_096,
            "fetch.wait.max.ms": 20,
            "log_level": 0,
        }
    )
    begins = [
        TopicPartition(*place, OFFSET_BEGINNING if part.begin is None else part.begin)
        for place, part in stretches.items()
        if place in left
    ]
    try:
        consumer.assign(begins)
        end = None if within is None else time.monotonic() + within
        given_up = time.monotonic() + timeout
        while left and (end is None or time.monotonic() < end):
            until = given_up if end is None else end
            done = set()
            for message in _some(consumer, max(0.0, until - time.monotonic())):
                place = (str(message.topic()), int(message.partition() or 0))
                if place not in left or place in done:
                    continue
                if counts[place].take(message):
                    done.add(place)
                if message.error() is None or place in done:
                    given_up = time.monotonic() + timeout
            if end is None and time.monotonic() >= given_up:
                raise BrokerProblem(what, bootstrap, f"nothing came for {timeout:.0f} s")
            if done:
                left -= done
                consumer.incremental_unassign([TopicPartition(*place) for place in done])
    except KafkaException as error:
        raise BrokerProblem(what, bootstrap, reason_of(error)) from error
    finally:
        consumer.close()
    for place in left:
        counts[place].cut()
    return {place: count.result() for place, count in counts.items()}


class _Count:
    """Counts the records of one stretch."""

    def __init__(self, part: Stretch, limit: int, tombstones: bool) -> None:
        self._end = part.end
        self._limit = limit if part.limit is None else part.limit
        self._tombstones = tombstones
        self._records = 0
        self._oldest_ms: int | None = None
        self._open = False
        self._whole = True

    def take(self, message: Message) -> bool:
        """Take what came; return whether nothing more is needed."""
        error, offset = message.error(), int(message.offset() or 0)
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                # readers of committed records get no further than an open transaction
                self._open = offset < self._end
                return True
            if not error.retriable():
                raise KafkaException(error)
            return False
        if offset >= self._end:
            return True
        if message.value() is not None or self._tombstones:
            self._records += 1
            if self._oldest_ms is None:
                self._oldest_ms = message.timestamp()[1]
        if offset == self._end - 1:
            return True
        if self._records >= self._limit:
            self.cut()
            return True
        return False

    def cut(self) -> None:
        """End before all of it was seen."""
        self._whole = False

    def result(self) -> Unread:
        """Return what was counted."""
        return Unread(self._records, self._open, self._whole, self._oldest_ms)


def _some(consumer: Consumer, timeout: float) -> list[Message]:
    """What is there, or else the first that comes: `consume` alone waits until it has so many."""
    first = consumer.poll(timeout)
    return [] if first is None else [first, *consumer.consume(500, timeout=0)]
