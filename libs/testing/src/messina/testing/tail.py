"""Reading topics as they grow."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from messina.kafka import Positions, Record
from messina.kafka.records import record_of

_BATCH = 500


class Tail:
    """The committed records of some topics, from their beginning, in the order of each partition.

    Close it, or use it in a `with`. A topic must exist; its partitions stay as many.

    Attributes:
        records: by topic, what has come so far.
    """

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self.records: dict[str, list[Record]] = {topic: [] for topic in topics}
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "messina-test-tail",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
                "log_level": 0,
            }
        )
        positions = Positions(bootstrap)
        self._consumer.assign(
            [
                TopicPartition(topic, partition, OFFSET_BEGINNING)
                for topic in topics
                for partition in positions.ends(topic)
            ]
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End reading."""
        self._consumer.close()

    def poll(self, wait: float = 0.1) -> tuple[Record, ...]:
        """Take in what has come, and return it; waits so many seconds at most for the first."""
        found: list[Record] = []
        while messages := self._consumer.consume(_BATCH, wait):
            for message in messages:
                error = message.error()
                if error is None:
                    record = record_of(message)
                    self.records[record.topic].append(record)
                    found.append(record)
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise AssertionError(f"the topics can't be read: {error.str()}")
            wait = 0.0
        return tuple(found)
