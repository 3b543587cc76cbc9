"""Where consumer groups stand, asked so that an outage of the brokers is no more than an error.

librdkafka (2.16) aborts its process when the admin client's request to a group's coordinator can't
be sent or comes back late, as when a broker was frozen or has just come back
(confluentinc/librdkafka#4605). This asks as a consumer of that group does, without joining it.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock

from confluent_kafka import Consumer, KafkaException, TopicPartition

from messina.kafka.errors import BrokerProblem
from messina.kafka.topics import reason_of

_AT_ONCE = 8
"""Groups that are asked at a time: one client asks for one group."""
_KEPT = 8
"""Clients that are kept for the next question: each has several threads, and takes 10 ms to make.
"""


class Standing:
    """Tells where groups stand, one request for each. Close it in the end.

    Args:
        bootstrap: addresses of brokers.
        timeout: seconds until the brokers are given up, however many groups are asked for.
        client: further settings of the clients.
    """

    def __init__(
        self, bootstrap: str, *, timeout: float = 20.0, client: Mapping[str, str] | None = None
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._client = client
        self._lock = Lock()
        self._idle: dict[str, Consumer] = {}

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for consumer in idle.values():
            consumer.close()

    def of(self, group: str, topics: Mapping[str, int]) -> dict[str, dict[int, int]]:
        """Return, by topic and partition, the offset that a group reads next, if it ever read.

        Args:
            group: which one.
            topics: how many partitions of each topic are asked for.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        return self.of_each({group: topics})[group]

    def of_each(
        self, groups: Mapping[str, Mapping[str, int]]
    ) -> dict[str, dict[str, dict[int, int]]]:
        """Return the same of several groups, asked at the same time."""
        found: dict[str, dict[str, dict[int, int]]] = {}
        for group, places in self.places(groups).items():
            found[group] = {topic: {} for topic in groups[group]}
            for one in places:
                if one.offset >= 0:
                    found[group][one.topic][one.partition] = one.offset
        return found

    def places(self, groups: Mapping[str, Mapping[str, int]]) -> dict[str, list[TopicPartition]]:
        """Return the same as the client tells it, with the notes that stand beside the offsets."""
        end = time.monotonic() + self._timeout
        asked = {
            group: [TopicPartition(topic, n) for topic in topics for n in range(topics[topic])]
            for group, topics in groups.items()
        }
        if len(asked) < 2:
            return {group: self._asked(group, places, end) for group, places in asked.items()}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="standing") as pool:
            answers = pool.map(lambda group: self._asked(group, asked[group], end), asked)
            return dict(zip(asked, answers, strict=True))

    def _asked(self, group: str, places: list[TopicPartition], end: float) -> list[TopicPartition]:
        if not places:
            return []
        try:
            with self._consumer(group) as consumer:
                answer = consumer.committed(places, timeout=max(0.0, end - time.monotonic()))
                for one in answer:
                    if one.error is not None:
                        raise KafkaException(one.error)
        except KafkaException as error:
            what = f"asking where group {group} stands"
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        return answer

    @contextmanager
    def _consumer(self, group: str) -> Iterator[Consumer]:
        """A client of a group, for one thread; it is kept where there is room."""
        with self._lock:
            consumer = self._idle.pop(group, None)
        if consumer is None:
            consumer = Consumer(
                {
                    "reconnect.backoff.max.ms": 1000,
                    **(self._client or {}),
                    "bootstrap.servers": self._bootstrap,
                    "group.id": group,
                    "enable.auto.commit": False,
                    "log_level": 0,
                }
            )
        try:
            yield consumer
        finally:
            with self._lock:
                keep = group not in self._idle and len(self._idle) < _KEPT
                if keep:
                    self._idle[group] = consumer
            if not keep:
                consumer.close()
