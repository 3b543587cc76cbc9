"""Backlogs: what consumer groups have still to read, in changes, and since when it waits.

Offsets alone do not say it: a transaction's end takes an offset too, so that a group that has read
everything still seems one behind. So what lies between a group's offsets and the topic's last
stable offset is read and counted, as far as it is short; of what is long, the first record only.
"""

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from messina.kafka.errors import BrokerProblem
from messina.kafka.topics import reason_of

COUNTED = 10_000
"""Offsets of a partition up to which what is left is counted one by one."""

_Place = tuple[str, int]
"""A topic and a partition of it."""


@dataclass(frozen=True)
class Backlog:
    """What a group has still to read of a topic.

    Attributes:
        changes: how many; where not `exact`, this many at most.
        exact: whether they were counted one by one.
        oldest_ms: when the oldest of them came into the topic; None where there is none.
        expired: offsets that the topic has dropped before the group read them.
    """

    changes: int = 0
    exact: bool = True
    oldest_ms: int | None = None
    expired: int = 0


@dataclass(frozen=True)
class Span:
    """What lies between a group and the end of a partition: offsets from `start`, before `end`."""

    start: int
    end: int
    expired: int = 0


@dataclass(frozen=True)
class _Counted:
    changes: int
    exact: bool
    oldest_ms: int | None


def span(begin: int, end: int, committed: int | None) -> Span:
    """Return what a group has before it in a partition.

    Args:
        begin: the partition's first offset that is still there.
        end: its last stable offset.
        committed: what the group reads next; None where it never read, and begins at `begin`.
    """
    start = begin if committed is None else committed
    return Span(max(start, begin), max(end, start, begin), expired=max(0, begin - start))


class Backlogs:
    """Tells what groups have still to read. What was counted once is not read again.

    Args:
        bootstrap: addresses of brokers.
        timeout: seconds until the brokers are given up, and until counting ends as far as it came.
        client: further settings of the client.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 5.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._client = {**(client or {}), "bootstrap.servers": bootstrap, "log_level": "0"}
        self._admin = AdminClient(dict(self._client))
        self._known: dict[tuple[_Place, Span], _Counted] = {}

    def of(
        self, groups: Mapping[str, str], *, tombstones: bool = False
    ) -> dict[str, Backlog | None]:
        """Return the backlog of each topic; None where there is no such topic.

        Args:
            groups: by topic, the group that reads it.
            tombstones: whether a tombstone counts as a change; not where it follows a deletion.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        what = "asking how far consumer groups are"
        try:
            partitions = self._partitions(groups)
            spans = self._spans(partitions, groups)
            counted = self._counted(spans, tombstones=tombstones)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        except TimeoutError as error:
            reason = f"no answer within {self._timeout:.0f} s"
            raise BrokerProblem(what, self._bootstrap, reason) from error
        return {
            topic: (
                _together([(spans[place], counted[place]) for place in partitions[topic]])
                if topic in partitions
                else None
            )
            for topic in groups
        }

    def lengths(self, topics: Iterable[str]) -> dict[str, int | None]:
        """Return how many offsets each topic holds; None where there is no such topic.

        Of a topic without transactions and compaction, as dead letters are, that is its records.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        names = sorted(set(topics))
        try:
            partitions = self._partitions(names)
            ends, begins = self._ends(place for places in partitions.values() for place in places)
        except KafkaException as error:
            what = "asking how long topics are"
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        return {
            name: (
                sum(ends[place] - begins[place] for place in partitions[name])
                if name in partitions
                else None
            )
            for name in names
        }

    def _partitions(self, topics: Iterable[str]) -> dict[str, list[_Place]]:
        wanted = set(topics)
        if not wanted:
            return {}
        metadata = self._admin.list_topics(timeout=self._timeout)
        return {
            name: [(name, number) for number in topic.partitions]
            for name, topic in metadata.topics.items()
            if name in wanted and topic.error is None
        }

    def _spans(
        self, partitions: Mapping[str, list[_Place]], groups: Mapping[str, str]
    ) -> dict[_Place, Span]:
        committed = self._committed({groups[topic] for topic in partitions})
        ends, begins = self._ends(place for places in partitions.values() for place in places)
        return {
            place: span(begins[place], end, committed.get((groups[place[0]], *place)))
            for place, end in ends.items()
        }

    def _ends(self, places: Iterable[_Place]) -> tuple[dict[_Place, int], dict[_Place, int]]:
        """Where partitions end and where they begin."""
        asked = [TopicPartition(*place) for place in places]
        if not asked:
            return {}, {}
        answers = [
            self._admin.list_offsets(
                dict.fromkeys(asked, at),
                isolation_level=IsolationLevel.READ_COMMITTED,
                request_timeout=self._timeout,
            )
            for at in (
                OffsetSpec.latest(),  # type: ignore[no-untyped-call]
                OffsetSpec.earliest(),  # type: ignore[no-untyped-call]
            )
        ]
        ends, begins = (
            {(one.topic, one.partition): self._result(future).offset for one, future in a.items()}
            for a in answers
        )
        return ends, begins

    def _committed(self, groups: Iterable[str]) -> dict[tuple[str, str, int], int]:
        # one group a request is all that the client does: they are sent together
        futures = {
            group: self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group)], request_timeout=self._timeout
            )[group]
            for group in sorted(groups)
        }
        return {
            (group, found.topic, found.partition): found.offset
            for group, future in futures.items()
            for found in self._result(future).topic_partitions
            if found.offset >= 0
        }

    def _result(self, future: "Future[Any]") -> Any:
        return future.result(timeout=self._timeout + 1)

    def _counted(self, spans: Mapping[_Place, Span], *, tombstones: bool) -> dict[_Place, _Counted]:
        known = {
            place: self._known[place, one]
            for place, one in spans.items()
            if (place, one) in self._known
        }
        open_ones = {
            place: one for place, one in spans.items() if one.end > one.start and place not in known
        }
        fresh = self._read(open_ones, tombstones=tombstones) if open_ones else {}
        found = {
            place: known.get(place) or fresh.get(place) or _Counted(0, True, None)
            for place in spans
        }
        self._known = {
            (place, spans[place]): one for place, one in found.items() if place not in open_ones
        } | {(place, open_ones[place]): one for place, one in fresh.items() if one.exact}
        return found

    def _read(self, spans: Mapping[_Place, Span], *, tombstones: bool) -> dict[_Place, _Counted]:
        counts = {place: _Count(one, tombstones=tombstones) for place, one in spans.items()}
        deadline = time.monotonic() + self._timeout
        consumer = Consumer(
            {
                **self._client,
                "group.id": "messina-backlogs",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                # of a long backlog the first record is all that is wanted
                "max.partition.fetch.bytes": 65_536,
                "queued.max.messages.kbytes": 4_096,
                "fetch.wait.max.ms": 20,
            }
        )
        try:
            consumer.assign([TopicPartition(*place, one.start) for place, one in spans.items()])
            left = set(spans)
            while left and (rest := deadline - time.monotonic()) > 0:
                done = set()
                for message in _some(consumer, min(rest, 0.5)):
                    place = (str(message.topic()), _number(message.partition()))
                    if place in left and place not in done and counts[place].take(message):
                        done.add(place)
                if done:
                    left -= done
                    consumer.incremental_unassign([TopicPartition(*place) for place in done])
        finally:
            consumer.close()
        return {place: count.result() for place, count in counts.items()}


class _Count:
    """Counts what a group has before it in one partition."""

    def __init__(self, span: Span, *, tombstones: bool) -> None:
        self._span = span
        self._tombstones = tombstones
        self._changes = 0
        self._oldest_ms: int | None = None
        self._whole = False

    def take(self, message: Any) -> bool:
        """Take what came; return whether nothing more is needed."""
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                self._whole = True
            elif not error.retriable():
                raise KafkaException(error)
            return self._whole
        if message.offset() >= self._span.end:
            self._whole = True
            return True
        if message.value() is not None or self._tombstones:
            self._changes += 1
            if self._oldest_ms is None:
                self._oldest_ms = message.timestamp()[1]
        if message.offset() == self._span.end - 1:
            self._whole = True
        return self._whole or (self._oldest_ms is not None and self._long)

    @property
    def _long(self) -> bool:
        return self._span.end - self._span.start > COUNTED

    def result(self) -> _Counted:
        """Return what was counted, or else the most that it can be."""
        if self._whole:
            return _Counted(self._changes, True, self._oldest_ms)
        return _Counted(self._span.end - self._span.start, False, self._oldest_ms)


def _together(partitions: Iterable[tuple[Span, _Counted]]) -> Backlog:
    """Put the partitions of a topic together."""
    parts = list(partitions)
    times = [counted.oldest_ms for _, counted in parts if counted.oldest_ms is not None]
    return Backlog(
        changes=sum(counted.changes for _, counted in parts),
        exact=all(counted.exact for _, counted in parts),
        oldest_ms=min(times, default=None),
        expired=sum(one.expired for one, _ in parts),
    )


def _some(consumer: Consumer, timeout: float) -> list[Message]:
    """What is there, or else the first that comes: `consume` alone waits until it has so many."""
    first = consumer.poll(timeout)
    return [] if first is None else [first, *consumer.consume(500, timeout=0)]


def _number(partition: int | None) -> int:
    return -1 if partition is None else partition
