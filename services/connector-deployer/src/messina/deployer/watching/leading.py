"""Which of several watchers leads: the one that a consumer group gives the topic's partition."""

from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from messina.kafka import BrokerProblem, client_settings
from messina.kafka.topics import reason_of
from messina.pipeline import KafkaEndpoint

SESSION_S = 6.0
"""Seconds after which one that says nothing is taken for gone: the brokers' least, by default."""
_REFUSED = frozenset(
    (
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.INVALID_SESSION_TIMEOUT,
        KafkaError.INVALID_GROUP_ID,
        KafkaError.INCONSISTENT_GROUP_PROTOCOL,
    )
)
LOOP_S = 12.0
"""Seconds after which one whose loop does not go round gives up its place."""


class Membership:
    """A place in the group. Close it, or use it in a `with`.

    Who has the partition keeps it when others come.

    Args:
        kafka: where the group is.
        topic: of one partition; the group is called as it.
    """

    def __init__(self, kafka: KafkaEndpoint, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._leads = False
        self._refused: str | None = None
        self._consumer = self._join()

    @property
    def leads(self) -> bool:
        """Whether the group gave it the partition, as far as is known here."""
        return self._leads

    def poll(self) -> bool:
        """Take in what the group says; return whether it leads. To be called every few seconds.

        Raises:
            BrokerProblem: if the group does not take it, for good.
        """
        try:
            while (message := self._consumer.poll(0)) is not None:
                error = message.error()
                if error is not None and error.code() in _REFUSED:
                    self._refused = error.str()
                elif error is not None and error.fatal():
                    self.rejoin()
                    break
        except KafkaException as error:
            raise self._problem(reason_of(error)) from error
        if self._refused is not None:
            # until it is let in: one that never leads would look as if it stood by
            raise self._problem(self._refused)
        return self._leads

    def _problem(self, reason: str) -> BrokerProblem:
        return BrokerProblem(f"joining group {self._topic}", self._kafka.bootstrap_servers, reason)

    def rejoin(self) -> None:
        """Leave, and come again as the last."""
        self._leads = False
        self._consumer.close()
        self._leads = False
        self._consumer = self._join()

    def close(self) -> None:
        """Leave: another one leads at once."""
        self._leads = False
        self._consumer.close()

    def __enter__(self) -> "Membership":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _join(self) -> Consumer:
        consumer = Consumer(
            {
                **client_settings(self._kafka.security),
                "bootstrap.servers": self._kafka.bootstrap_servers,
                "group.id": self._topic,
                "enable.auto.commit": False,
                "auto.offset.reset": "latest",
                "session.timeout.ms": int(SESSION_S * 1000),
                "heartbeat.interval.ms": 1500,
                "max.poll.interval.ms": int(LOOP_S * 1000),
                "partition.assignment.strategy": "cooperative-sticky",
                "reconnect.backoff.max.ms": 1000,
                "log_level": 0,
            }
        )
        consumer.subscribe(
            [self._topic], on_assign=self._given, on_revoke=self._taken, on_lost=self._taken
        )
        return consumer

    def _given(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        self._refused = None
        if partitions:
            consumer.incremental_assign(partitions)
            # it is here for its place, not for records
            consumer.pause(partitions)
            # a topic that somebody has made with more partitions has one leader all the same
            self._leads = self._leads or _first(partitions)

    def _taken(self, consumer: Any, partitions: list[TopicPartition]) -> None:
        if partitions:
            self._leads = self._leads and not _first(partitions)
            consumer.incremental_unassign(partitions)


def _first(partitions: list[TopicPartition]) -> bool:
    return any(one.partition == 0 for one in partitions)
