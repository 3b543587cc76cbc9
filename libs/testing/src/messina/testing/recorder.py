"""A reader that follows topics while a test breaks things, and keeps all it saw."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from messina.kafka import AvroDecoder, Positions, RegistryClient
from messina.kafka.events import SIGNAL_HEADER
from messina.pipeline import Endpoints
from messina.testing.audit import GONE, TOMBSTONE, Sighting

StateOf = Callable[[Mapping[str, Any]], Any]

_BATCH = 500
_POLL_SECONDS = 0.2


class Recorder:
    """Reads committed records of topics from their beginning, in a thread of its own.

    Each time it comes to the end of what is committed it notes that last stable offset, and
    a second thread asks for it at random moments: what lies before one of them, anybody could see.

    Args:
        endpoints: where broker and registry are.
        topics: by name, what is kept of a row: its state.
    """

    def __init__(self, endpoints: Endpoints, topics: Mapping[str, StateOf]) -> None:
        self._bootstrap = endpoints.kafka.bootstrap_servers
        self._topics = dict(topics)
        self._registry = RegistryClient(endpoints.registry.url, endpoints.registry.kind)
        self._decoder = AvroDecoder(self._registry)
        self._sightings: dict[str, list[Sighting]] = {topic: [] for topic in topics}
        self._moments: dict[str, list[tuple[int, int]]] = {topic: [] for topic in topics}
        self._newest: dict[str, dict[int, int]] = {topic: {} for topic in topics}
        self._keys: dict[str, set[tuple[Any, ...]]] = {topic: set() for topic in topics}
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._guarded, args=(work,), name=name, daemon=True)
            for name, work in (("recorder", self._follow), ("sampler", self._sample))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)
        self._registry.close()
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise what ended a thread, if something did."""
        if self._failure is not None:
            raise self._failure

    def sightings(self, topic: str) -> list[Sighting]:
        """All that was seen of a topic so far."""
        return list(self._sightings[topic])

    def moments(self, topic: str) -> dict[int, list[int]]:
        """The last stable offsets that were met, by partition."""
        found: dict[int, list[int]] = {}
        for partition, offset in list(self._moments[topic]):
            found.setdefault(partition, []).append(offset)
        return found

    def rows(self, topic: str) -> int:
        """How many keys were seen."""
        return len(self._keys[topic])

    def seen_since(self, topic: str, micros: int) -> set[int]:
        """The partitions in which a write of that time or later was seen."""
        self.check()
        newest = dict(self._newest[topic])
        return {partition for partition, written in newest.items() if written >= micros}

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            self._failure = failure

    def _follow(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                "group.id": "messina-recorder",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )
        try:
            consumer.assign(
                [
                    TopicPartition(topic, partition, OFFSET_BEGINNING)
                    for topic in self._topics
                    for partition in consumer.list_topics(topic, timeout=20)
                    .topics[topic]
                    .partitions
                ]
            )
            while not self._stop.is_set():
                messages = consumer.consume(_BATCH, timeout=_POLL_SECONDS)
                self._take(messages, time.time())
        finally:
            consumer.close()

    def _take(self, messages: Sequence[Any], now: float) -> None:
        for message in messages:
            error = message.error()
            if error is None:
                self._see(message, now)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._moments[message.topic()].append((message.partition(), message.offset()))
            elif not error.retriable():
                raise AssertionError(f"reading {message.topic()} failed: {error}")

    def _see(self, message: Any, now: float) -> None:
        topic = message.topic()
        key = tuple(self._decoder.decode(message.key()).values())
        partition, offset = message.partition(), message.offset()
        if message.value() is None:
            sighting = Sighting(partition, offset, key, TOMBSTONE, seen_at=now)
        else:
            envelope = self._decoder.decode(message.value())
            gone = envelope["op"] == GONE
            signal = dict(message.headers() or ()).get(SIGNAL_HEADER)
            sighting = Sighting(
                partition,
                offset,
                key,
                envelope["op"],
                None if gone else self._topics[topic](envelope["after"]),
                envelope["source"]["ts_us"] or 0,
                None if signal is None else signal.decode(),
                now,
            )
            newest = self._newest[topic]
            newest[partition] = max(newest.get(partition, 0), sighting.written_us)
            self._keys[topic].add(key)
        self._sightings[topic].append(sighting)

    def _sample(self) -> None:
        chance = random.Random()
        positions = Positions(self._bootstrap)
        while not self._stop.wait(chance.uniform(0.05, 0.6)):
            for topic in self._topics:
                self._moments[topic].extend(positions.ends(topic).items())
