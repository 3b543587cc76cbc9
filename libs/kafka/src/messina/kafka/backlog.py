"""Backlogs: what consumer groups have still to read, in changes, and since when it waits.

Offsets alone do not say it: a transaction's end takes an offset too, so that a group that has read
everything still seems one behind. So what lies between a group's offsets and the topic's last
stable offset is read and counted, as far as it is short; of what is long, the first record only.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from messina.kafka.errors import BrokerProblem
from messina.kafka.standing import Standing
from messina.kafka.topics import reason_of
from messina.kafka.unread import Place, Stretch, unread

COUNTED = 10_000
"""Offsets of a partition up to which what is left is counted one by one."""


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

    @property
    def long(self) -> bool:
        """Whether it is too long to be counted one by one."""
        return self.end - self.start > COUNTED


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
    """Tells what groups have still to read. What was counted once is not read again. Close it.

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
        self._standing = Standing(bootstrap, timeout=timeout, client=client)
        self._known: dict[tuple[Place, Span], _Counted] = {}

    def close(self) -> None:
        """Close the connections to groups."""
        self._standing.close()

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

    def _partitions(self, topics: Iterable[str]) -> dict[str, list[Place]]:
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
        self, partitions: Mapping[str, list[Place]], groups: Mapping[str, str]
    ) -> dict[Place, Span]:
        asked: dict[str, dict[str, int]] = {}
        for topic, places in partitions.items():
            asked.setdefault(groups[topic], {})[topic] = len(places)
        stands = self._standing.of_each(asked)
        ends, begins = self._ends(place for places in partitions.values() for place in places)
        return {
            (topic, n): span(begins[topic, n], end, stands[groups[topic]][topic].get(n))
            for (topic, n), end in ends.items()
        }

    def _ends(self, places: Iterable[Place]) -> tuple[dict[Place, int], dict[Place, int]]:
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

    def _result(self, future: "Future[Any]") -> Any:
        return future.result(timeout=self._timeout + 1)

    def _counted(self, spans: Mapping[Place, Span], *, tombstones: bool) -> dict[Place, _Counted]:
        found: dict[Place, _Counted] = {}
        for place, one in spans.items():
            if one.end == one.start:
                found[place] = _Counted(0, True, None)
            elif (place, one) in self._known:
                found[place] = self._known[place, one]
        asked = {
            place: Stretch(one.start, one.end, limit=1 if one.long else None)
            for place, one in spans.items()
            if place not in found
        }
        counted = unread(
            self._bootstrap,
            asked,
            limit=COUNTED,
            tombstones=tombstones,
            within=self._timeout,
            client=self._client,
        )
        for place, what in counted.items():
            one = spans[place]
            most = what.records if what.whole else one.end - one.start
            found[place] = _Counted(most, what.whole, what.oldest_ms)
        self._known = {
            (place, spans[place]): one
            for place, one in found.items()
            if one.exact or place not in asked
        }
        return found


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
