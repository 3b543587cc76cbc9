"""Reading topics: committed records only, up to an end that is known when reading starts."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import stamina
from confluent_kafka import (
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from messina.kafka.errors import BrokerProblem, TopicMissing
from messina.kafka.standing import Standing
from messina.kafka.topics import reason_of

_MOVING = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
}
"""A partition whose leader is new, or not known everywhere yet: the same question is answered soon.
The Java client asks again by itself (InvalidMetadataException); librdkafka's admin client doesn't.
"""


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
    partitions: Iterable[int] | None = None,
    timeout: float = 30.0,
    client: Mapping[str, str] | None = None,
) -> Generator[Record, None, None]:
    """Yield a topic's committed records, partition by partition as they come, and end at its end.

    The end is where the topic ends when reading begins, so that one that is written to all the time
    has one, too; records that are committed while reading may or may not be among those yielded.

    Args:
        bootstrap: addresses of brokers.
        topic: what to read.
        start: by partition, the offset of the first record; others are read from their beginning.
        partitions: which ones; None reads all.
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
        wanted = set(_partitions(consumer, topic, bootstrap, timeout))
        if partitions is not None:
            wanted &= set(partitions)
        ends = _open_ends(consumer, topic, sorted(wanted), start or {}, timeout)
        consumer.assign([TopicPartition(topic, n, first) for n, (first, _) in ends.items()])
        while ends:
            message = consumer.poll(timeout)
            if message is None:
                raise BrokerProblem(what, bootstrap, f"nothing came for {timeout:.0f} s")
            error, number = message.error(), _known(message.partition())
            if error is None:
                if number not in ends:
                    continue
                yield record_of(message)
                if _known(message.offset()) + 1 >= ends[number][1]:
                    del ends[number]
            elif error.code() == KafkaError._PARTITION_EOF:
                # Behind the last record may be the marker of its transaction, which is never seen.
                ends.pop(number, None)
            else:
                raise BrokerProblem(what, bootstrap, error.str())
    except KafkaException as error:
        raise BrokerProblem(what, bootstrap, reason_of(error)) from error
    finally:
        consumer.close()


def read_between(
    bootstrap: str,
    topic: str,
    since_ms: int,
    until_ms: int,
    *,
    timeout: float = 30.0,
    client: Mapping[str, str] | None = None,
) -> Generator[Record, None, None]:
    """Yield a topic's committed records of a time, one partition after the other.

    Where records do not lie in the order of their times, those behind the first later one are left.

    Args:
        bootstrap: addresses of brokers.
        topic: what to read.
        since_ms, until_ms: the time, in milliseconds since 1970, both included.
        timeout: seconds without a record or an end until reading is given up.
        client: further settings of the client.

    Raises:
        BrokerProblem: if there is no such topic, or no answer.
    """
    positions = Positions(bootstrap, timeout=timeout, client=client)
    for number, offset in sorted(positions.at(topic, since_ms).items()):
        start = {number: offset}
        records = read(
            bootstrap, topic, start=start, partitions=[number], timeout=timeout, client=client
        )
        with closing(records):
            for record in records:
                if record.timestamp_ms > until_ms:
                    break
                yield record


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
    """Where topics end, and where groups stand. What asks groups is closed in the end.

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
        self._standing = Standing(bootstrap, timeout=timeout, client=client)

    def close(self) -> None:
        """Close the connections to groups."""
        self._standing.close()

    def ends(self, topic: str, *, committed: bool = True) -> dict[int, int]:
        """Return, by partition, the offset behind the last record or marker.

        A transaction's marker takes an offset too: this can be past the last record.

        Args:
            topic: which one.
            committed: whether to stop before the first transaction that is open.
        """
        return self.ends_of([topic], committed=committed)[topic]

    def ends_of(
        self, topics: Iterable[str], *, committed: bool = True
    ) -> dict[str, dict[int, int]]:
        """Return the same of several topics, in one request."""
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        return self._listed("end", topics, latest, committed)

    def beginnings_of(self, topics: Iterable[str]) -> dict[str, dict[int, int]]:
        """Return, by topic and partition, the offset of the oldest record that is kept."""
        return self._listed("begin", topics, OffsetSpec.earliest())  # type: ignore[no-untyped-call]

    def at(self, topic: str, timestamp_ms: int) -> dict[int, int]:
        """Return, by partition, the offset of the first record of a time or later.

        It may be that of a marker a little before. A partition that has none is left out.
        """
        return self.at_of([topic], timestamp_ms)[topic]

    def at_of(self, topics: Iterable[str], timestamp_ms: int) -> dict[str, dict[int, int]]:
        """Return the same of several topics, in one request."""
        found = self._listed("were at a time", topics, OffsetSpec.for_timestamp(timestamp_ms))
        return {
            topic: {number: offset for number, offset in offsets.items() if offset >= 0}
            for topic, offsets in found.items()
        }

    def _listed(
        self, where: str, topics: Iterable[str], asked: OffsetSpec, committed: bool = True
    ) -> dict[str, dict[int, int]]:
        names = sorted(set(topics))
        if not names:
            return {}
        what = f"asking where topic {', '.join(names)} {where}"
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        try:
            for attempt in stamina.retry_context(
                on=_moving,
                attempts=None,
                timeout=self._timeout,
                wait_initial=0.05,
                wait_max=1.0,
                wait_jitter=0.1,
            ):
                with attempt:
                    return self._listed_once(what, names, asked, level)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        raise AssertionError("it answers, or raises")

    def _listed_once(
        self, what: str, names: Iterable[str], asked: OffsetSpec, level: IsolationLevel
    ) -> dict[str, dict[int, int]]:
        known = self._admin.list_topics(timeout=self._timeout).topics
        if missing := [name for name in names if name not in known]:
            raise TopicMissing(what, self._bootstrap, missing)
        futures = self._admin.list_offsets(
            {TopicPartition(name, n): asked for name in names for n in known[name].partitions},
            isolation_level=level,
            request_timeout=self._timeout,
        )
        found: dict[str, dict[int, int]] = {name: {} for name in names}
        for place, future in futures.items():
            answer = future.result(timeout=self._timeout + 5)
            found[place.topic][place.partition] = answer.offset
        return found

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Return, by partition, the offset that a group reads next, if it ever read there."""
        try:
            known = self._admin.list_topics(timeout=self._timeout).topics
        except KafkaException as error:
            what = f"asking where group {group} stands"
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        partitions = len(known[topic].partitions) if topic in known else 0
        return self._standing.of(group, {topic: partitions})[topic]

    def committed_of(
        self, groups: Mapping[str, Mapping[str, int]]
    ) -> dict[str, dict[str, dict[int, int]]]:
        """Return the same of several groups, each in one request, by group and topic.

        Args:
            groups: by group, how many partitions of each topic are asked for.
        """
        return self._standing.of_each(groups)


def sink_group(connector: str) -> str:
    """Return the consumer group of a sink connector, as Connect names it."""
    return f"connect-{connector}"


def _partitions(consumer: Consumer, topic: str, bootstrap: str, timeout: float) -> list[int]:
    metadata = consumer.list_topics(topic, timeout=timeout).topics.get(topic)
    if metadata is None or metadata.error is not None:
        raise TopicMissing(f"reading topic {topic}", bootstrap, [topic])
    return list(metadata.partitions)


def _open_ends(
    consumer: Consumer,
    topic: str,
    partitions: Iterable[int],
    start: Mapping[int, int],
    timeout: float,
) -> dict[int, tuple[int, int]]:
    """Of the partitions that hold something: where to begin, and where they end now."""
    ends = {}
    for number in partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=timeout)
        first = max(start.get(number, low), low)
        if first < high:
            ends[number] = (first, high)
    return ends


def _moving(error: Exception) -> bool:
    first = error.args[0] if isinstance(error, KafkaException) and error.args else None
    return isinstance(first, KafkaError) and first.code() in _MOVING


def _known(partition: int | None) -> int:
    return -1 if partition is None else partition
