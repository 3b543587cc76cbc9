"""From the topic of gaps into the table: first stored, then committed, so that none is lost.

The consumer group gives the topic's one partition to one of several processes. What is stored twice
is one row.
"""

import time
from collections.abc import Mapping

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from messina.kafka import AvroDecoder, BrokerProblem, DecodingProblem, Record
from messina.kafka.gaps import gap
from messina.kafka.records import record_of
from messina.kafka.topics import reason_of
from messina.reconciler.gaps.values import OpenGap, open_gap, unknown_gap
from messina.reconciler.store.gaps import GapTable
from messina.telemetry import get_logger

_AT_ONCE = 2_000


def group_of(pipeline: str) -> str:
    """Return the consumer group of those who heal a pipeline's gaps."""
    return f"messina-heal-{pipeline}"


class Intake:
    """Takes gaps out of the topic. Close it, or use it in a `with`; of one thread only.

    Args:
        bootstrap: addresses of brokers.
        pipeline: the pipeline's name.
        decoder: decodes the records.
        table: where they go.
        client: further settings of the client.

    Attributes:
        taken: how many records were stored.
        at_end: whether all that was in the topic has been stored, as far as this process knows.
        assigned: whether it is this process that stores it: of several one does.

    Raises:
        BrokerProblem: if the brokers do not answer, here and in all that asks them.
    """

    def __init__(
        self,
        bootstrap: str,
        pipeline: str,
        decoder: AvroDecoder,
        table: GapTable,
        *,
        client: Mapping[str, str] | None = None,
    ) -> None:
        self.topic = f"{pipeline}.gaps"
        self.group = group_of(pipeline)
        self.taken = 0
        self.at_end = False
        self.assigned = False
        self._bootstrap = bootstrap
        self._decoder = decoder
        self._table = table
        self._log = get_logger(__name__)
        self._consumer = Consumer(
            {
                **(client or {}),
                "bootstrap.servers": bootstrap,
                "group.id": self.group,
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
                # one that was killed is missed after so long
                "session.timeout.ms": 6_000,
                "heartbeat.interval.ms": 2_000,
                "log_level": 0,
            }
        )
        self._consumer.subscribe([self.topic], on_assign=self._assigned, on_revoke=self._revoked)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def __enter__(self) -> "Intake":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def take(self, timeout: float) -> int:
        """Store what came since, waiting up to so many seconds for it; return how many records.

        Raises:
            BrokerProblem: if the topic can't be read, or the offset not committed.
            RegistryProblem: if a schema can't be had.
            PostgresError: if it can't be stored; it comes again then.
        """
        what = f"reading topic {self.topic}"
        try:
            messages = self._consumer.consume(_AT_ONCE, timeout)
            records = []
            for message in messages:
                error = message.error()
                if error is None:
                    records.append(record_of(message))
                    self.at_end = False
                elif error.code() == KafkaError._PARTITION_EOF:
                    self.at_end = True
                elif not error.retriable():
                    raise BrokerProblem(what, self._bootstrap, error.str())
            if records:
                gaps = [found for record in records if (found := self._open(record)) is not None]
                self._table.note(gaps)
                ends: dict[int, int] = {}
                for record in records:
                    ends[record.partition] = max(ends.get(record.partition, 0), record.offset + 1)
                places = [TopicPartition(self.topic, p, end) for p, end in ends.items()]
                self._consumer.commit(offsets=places, asynchronous=False)
                self.taken += len(records)
            return len(records)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._log.info("gaps are taken in", topic=self.topic, partitions=len(places))
        self.assigned = bool(places)

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self.assigned = False

    def _open(self, record: Record) -> OpenGap | None:
        """The gap of a record; one that tells of none becomes something for a person."""
        try:
            found = gap(record, self._decoder)
        except DecodingProblem as problem:
            self._log.error("a record of the gaps topic is no gap", reason=str(problem))
            return unknown_gap(
                record.topic, record.partition, record.offset, str(problem), time.time_ns() // 1_000
            )
        return None if found is None else open_gap(found)
