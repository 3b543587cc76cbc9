"""Reading topics: committed records only, up to an end that is known when reading starts."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from messina.kafka.errors import BrokerProblem
from messina.kafka.topics import reason_of


@dataclass(frozen=True)
class Record:
    """One record of a topic, as bytes."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp_ms: int
    headers: Mapping[str, bytes | None] = field(default_factory=dict)


def read(
    bootstrap: str,
    topic: str,
    *,
    start: Mapping[int, int] | None = None,
    timeout: float = 30.0,
    client: Mapping[str, str] | None = None,
) -> Generator[Record, None, None]:
    """Yield a topic's committed records, partition by partition as they come, and end at its end.

    The end is where the topic's committed records end when a partition has been read up to there:
    records that are committed while reading may or may not be among those yielded.

    Args:
        bootstrap: addresses of brokers.
        topic: what to read.
        start: by partition, the offset of the first record; others are read from their beginning.
        timeout: seconds without a record or an end until reading is given up.
        client: further settings of the client.

    Raises:
        BrokerProblem: if there is no such topic, or no answer.
    """
    what = f"reading topic {topic}"
    consumer = Consumer(
        {
            **(client or {}),
            "bootstrap.servers": bootstrap,
            "group.id": "messina-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    try:
        open_ends = set(_partitions(consumer, topic, bootstrap, timeout))
        consumer.assign(
            [
                TopicPartition(topic, number, (start or {}).get(number, OFFSET_BEGINNING))
                for number in sorted(open_ends)
            ]
        )
        while open_ends:
            message = consumer.poll(timeout)
            if message is None:
                raise BrokerProblem(what, bootstrap, f"nothing came for {timeout:.0f} s")
            error = message.error()
            if error is None:
                yield record_of(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                open_ends.discard(_known(message.partition()))
            else:
                raise BrokerProblem(what, bootstrap, error.str())
    except KafkaException as error:
        raise BrokerProblem(what, bootstrap, reason_of(error)) from error
    finally:
        consumer.close()


def record_of(message: Any) -> Record:
    """Return a client's message as a frozen record."""
    return Record(
        topic=message.topic(),
        partition=message.partition(),
        offset=message.offset(),
        key=message.key(),
        value=message.value(),
        timestamp_ms=message.timestamp()[1],
        headers=dict(message.headers() or ()),
    )


class Positions:
    """Where topics end, and where groups stand.

    Args:
        bootstrap: addresses of brokers.
        timeout: seconds until a request is given up.
        client: further settings of the client.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 20.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._admin = AdminClient(
            {**(client or {}), "bootstrap.servers": bootstrap, "log_level": 0}
        )

    def ends(self, topic: str, *, committed: bool = True) -> dict[int, int]:
        """Return, by partition, the offset behind the last record or marker.

        A transaction's marker takes an offset too: this can be past the last record.

        Args:
            topic: which one.
            committed: whether to stop before the first transaction that is open.
        """
        what = f"asking where topic {topic} ends"
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        return self._listed(what, topic, latest, committed)

    def beginnings(self, topic: str) -> dict[int, int]:
        """Return, by partition, the offset of the oldest record that is kept."""
        what = f"asking where topic {topic} begins"
        return self._listed(what, topic, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def at(self, topic: str, timestamp_ms: int) -> dict[int, int]:
        """Return, by partition, the offset of the first record of a time or later.

        A partition that has none is left out.
        """
        what = f"asking where topic {topic} was at a time"
        asked = OffsetSpec.for_timestamp(timestamp_ms)
        return {n: offset for n, offset in self._listed(what, topic, asked).items() if offset >= 0}

    def _listed(
        self, what: str, topic: str, asked: OffsetSpec, committed: bool = True
    ) -> dict[int, int]:
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        try:
            metadata = self._admin.list_topics(timeout=self._timeout).topics.get(topic)
            if metadata is None:
                raise BrokerProblem(what, self._bootstrap, "there is no such topic")
            futures = self._admin.list_offsets(
                {TopicPartition(topic, n): asked for n in metadata.partitions},
                isolation_level=level,
                request_timeout=self._timeout,
            )
            return {
                partition.partition: future.result(timeout=self._timeout + 5).offset
                for partition, future in futures.items()
            }
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Return, by partition, the offset that a group reads next, if it ever read there."""
        what = f"asking where group {group} stands"
        try:
            futures = self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group)], request_timeout=self._timeout
            )
            answer = futures[group].result(timeout=self._timeout + 5)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        return {
            found.partition: found.offset
            for found in answer.topic_partitions
            if found.topic == topic and found.offset >= 0
        }


def sink_group(connector: str) -> str:
    """Return the consumer group of a sink connector, as Connect names it."""
    return f"connect-{connector}"


def _partitions(consumer: Consumer, topic: str, bootstrap: str, timeout: float) -> list[int]:
    metadata = consumer.list_topics(topic, timeout=timeout).topics.get(topic)
    if metadata is None or metadata.error is not None:
        raise BrokerProblem(f"reading topic {topic}", bootstrap, "there is no such topic")
    return list(metadata.partitions)


def _known(partition: int | None) -> int:
    return -1 if partition is None else partition
