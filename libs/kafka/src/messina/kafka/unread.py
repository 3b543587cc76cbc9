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
    """

    begin: int | None
    end: int


@dataclass(frozen=True)
class Unread:
    """What a stretch holds.

    Attributes:
        records: committed records in it, counted up to the limit.
        open: whether a transaction is open in it: what it holds is not known yet.
    """

    records: int
    open: bool = False

    @property
    def none(self) -> bool:
        """Whether there is nothing, for sure."""
        return self.records == 0 and not self.open


def unread(
    bootstrap: str,
    stretches: Mapping[Place, Stretch],
    *,
    limit: int = 1,
    timeout: float = 30.0,
    client: Mapping[str, str] | None = None,
) -> dict[Place, Unread]:
    """Count the committed records in parts of partitions.

    Args:
        bootstrap: addresses of brokers.
        stretches: what is asked for.
        limit: counting a partition ends here: so many, or more.
        timeout: seconds without a record or an end until counting is given up.
        client: further settings of the client.

    Raises:
        BrokerProblem: if the brokers do not answer.
    """
    found = {place: Unread(0) for place, part in stretches.items() if (part.begin or 0) >= part.end}
    still = {place: part for place, part in stretches.items() if place not in found}
    if not still:
        return found
    what = f"counting unread records of {len({topic for topic, _ in still})} topics"
    consumer = Consumer(
        {
            **(client or {}),
            "bootstrap.servers": bootstrap,
            "group.id": "messina-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
            "log_level": 0,
        }
    )
    counts = dict.fromkeys(still, 0)
    try:
        consumer.assign(
            [
                TopicPartition(
                    topic, number, OFFSET_BEGINNING if part.begin is None else part.begin
                )
                for (topic, number), part in still.items()
            ]
        )
        deadline = time.monotonic() + timeout
        while still:
            message = consumer.poll(max(0.0, deadline - time.monotonic()))
            if message is None:
                raise BrokerProblem(what, bootstrap, f"nothing came for {timeout:.0f} s")
            deadline = time.monotonic() + timeout
            place = (str(message.topic()), int(message.partition() or 0))
            if place not in still:
                continue
            result = _taken(message, counts, place, still[place].end, limit, (what, bootstrap))
            if result is not None:
                found[place] = result
                del still[place]
                consumer.pause([TopicPartition(*place)])
    except KafkaException as error:
        raise BrokerProblem(what, bootstrap, reason_of(error)) from error
    finally:
        consumer.close()
    return found


def _taken(
    message: Message,
    counts: dict[Place, int],
    place: Place,
    end: int,
    limit: int,
    told: tuple[str, str],
) -> Unread | None:
    """Take in one message; return what its partition holds, once that is known."""
    error, offset = message.error(), int(message.offset() or 0)
    if error is not None:
        if error.code() == KafkaError._PARTITION_EOF:
            return Unread(counts[place], open=offset < end)
        raise BrokerProblem(*told, error.str())
    if offset < end:
        counts[place] += 1
    if counts[place] >= limit or offset + 1 >= end:
        return Unread(counts[place])
    return None
