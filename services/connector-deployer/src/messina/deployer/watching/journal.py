"""What is remembered of breakers, in a compacted topic of one partition.

Each key has one writer: `breaker:<connector>` and `watcher` the leading watcher, in transactions
under a fixed `transactional.id`, so that one which was fenced can write no more; `word:<connector>`
whoever said something.
"""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from pydantic import ValidationError

from messina.deployer.errors import DeployerError
from messina.deployer.watching.model import Breaker, Lead, Remembered, Word
from messina.kafka import BrokerProblem, Positions, Topic, Topics, client_settings
from messina.kafka.topics import code_of, reason_of
from messina.pipeline import KafkaEndpoint

_BREAKER, _WORD, _WATCHER = "breaker:", "word:", "watcher"
_FENCED = frozenset(
    (
        KafkaError._FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,
    )
)
SETTINGS = {"cleanup.policy": "compact", "segment.ms": str(10 * 60 * 1000)}
"""Of the topic: Kafka compacts no segment that is being written to, a week long by its default."""


class Fenced(DeployerError):
    """Another watcher leads: what was to be recorded is not, and must not be done."""


class Journal:
    """The topic, read to its end again and again. Close it, or use it in a `with`.

    Args:
        kafka: where it is.
        topic: its name.
        timeout: seconds until a request is given up.
    """

    def __init__(self, kafka: KafkaEndpoint, topic: str, *, timeout: float = 5.0) -> None:
        self.topic = topic
        self._kafka = kafka
        self._timeout = timeout
        client = client_settings(kafka.security)
        # by default it would be ten seconds until brokers that are back are tried again
        soon = {**client, "reconnect.backoff.max.ms": "1000"}
        self._positions = Positions(kafka.bootstrap_servers, timeout=timeout, client=soon)
        self._consumer = Consumer(
            {
                **client,
                "bootstrap.servers": kafka.bootstrap_servers,
                "group.id": "messina-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "reconnect.backoff.max.ms": 1000,
                "log_level": 0,
            }
        )
        self._consumer.assign([TopicPartition(topic, 0, 0)])
        self._at = 0
        self._breakers: dict[str, Breaker] = {}
        self._words: dict[str, Word] = {}
        self._lead: Lead | None = None
        self.caught_up = False

    def close(self) -> None:
        """Close the connections."""
        self._consumer.close()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def remembered(self) -> Remembered:
        """Return what has been read."""
        return Remembered(breakers=dict(self._breakers), words=dict(self._words), lead=self._lead)

    def follow(self) -> None:
        """Take in what has come, without waiting."""
        while (message := self._consumer.poll(0)) is not None:
            self._take(message)

    def catch_up(self, within: float | None = None) -> Remembered:
        """Read on to where the topic ends now; return what is remembered.

        Raises:
            BrokerProblem: if that takes longer.
        """
        what = f"reading topic {self.topic}"
        deadline = time.monotonic() + (self._timeout if within is None else within)
        end = self._positions.ends(self.topic).get(0, 0)
        while self._at < end:
            left = deadline - time.monotonic()
            if left <= 0:
                reason = f"its end at {end} was not reached in time"
                raise BrokerProblem(what, self._kafka.bootstrap_servers, reason)
            message = self._consumer.poll(min(left, 0.2))
            if message is not None:
                self._take(message)
        self.caught_up = True
        return self.remembered()

    def _take(self, message: Any) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:
                self._at = max(self._at, message.offset())
            elif not error.retriable() and error.code() not in (
                KafkaError._ALL_BROKERS_DOWN,
                KafkaError._TRANSPORT,
                KafkaError.UNKNOWN_TOPIC_OR_PART,
            ):
                raise BrokerProblem(
                    f"reading topic {self.topic}", self._kafka.bootstrap_servers, error.str()
                )
            return
        self._at = message.offset() + 1
        key = (message.key() or b"").decode("utf-8", "replace")
        self._put(key, message.value())

    def _put(self, key: str, value: bytes | None) -> None:
        kind, colon, connector = key.partition(":")
        if value is None:
            if kind + colon == _BREAKER:
                self._breakers.pop(connector, None)
            elif kind + colon == _WORD:
                self._words.pop(connector, None)
            return
        try:
            if kind + colon == _BREAKER:
                self._breakers[connector] = Breaker.model_validate_json(value)
            elif kind + colon == _WORD:
                self._words[connector] = Word.model_validate_json(value)
            elif key == _WATCHER:
                self._lead = Lead.model_validate_json(value)
        except ValidationError:
            # of a newer version, or of somebody else's making: as if it had not been said
            return


class Recorder:
    """Writes to the topic as its leader, once it has begun.

    Args:
        kafka: where it is.
        topic: its name, which is the transactional id as well.
        timeout: seconds until a request, or a transaction, is given up.
    """

    def __init__(self, kafka: KafkaEndpoint, topic: str, *, timeout: float = 5.0) -> None:
        self._topic = topic
        self._bootstrap = kafka.bootstrap_servers
        self._timeout = timeout
        self._settings = {
            **client_settings(kafka.security),
            "bootstrap.servers": kafka.bootstrap_servers,
            "transactional.id": topic,
            "transaction.timeout.ms": int(timeout * 2000),
            "delivery.timeout.ms": int(timeout * 1000),
            "socket.timeout.ms": int(timeout * 1000),
            "reconnect.backoff.max.ms": 1000,
            "linger.ms": 0,
            "log_level": 0,
        }
        self._producer = Producer(self._settings)

    def begin(self) -> None:
        """Fence whoever began before. Where the brokers need longer: again, with the same one.

        Raises:
            BrokerProblem: if the brokers do not answer, or refuse it: `begin` again, later.
        """
        try:
            self._producer.init_transactions(self._timeout)
        except KafkaException as error:
            first = error.args[0]
            if not (isinstance(first, KafkaError) and first.retriable()):
                # a client that was refused answers nothing else any more
                self._producer = Producer(self._settings)
            raise self._problem(error) from error

    def record(self, breakers: Iterable[Breaker], lead: Lead | None = None) -> None:
        """Write, all or nothing; when it returns, it is written, and this one led till then.

        Raises:
            Fenced: if another one leads; nothing was written.
            BrokerProblem: if it is not known to be written: this recorder is of no more use.
        """
        entries = [(f"{_BREAKER}{one.connector}", one.model_dump_json()) for one in breakers]
        entries += [] if lead is None else [(_WATCHER, lead.model_dump_json())]
        try:
            self._producer.begin_transaction()
            for key, value in entries:
                self._producer.produce(self._topic, value.encode(), key.encode(), partition=0)
            self._producer.commit_transaction(self._timeout)
        except KafkaException as error:
            raise self._problem(error) from error

    def _problem(self, error: KafkaException) -> DeployerError | BrokerProblem:
        if code_of(error) in _FENCED:
            return Fenced(f"another watcher leads now: {reason_of(error)}")
        return BrokerProblem(f"recording in topic {self._topic}", self._bootstrap, reason_of(error))


def create(kafka: KafkaEndpoint, topic: str, *, timeout: float = 10.0) -> None:
    """Make the topic, where it is not there.

    Raises:
        BrokerProblem: if the brokers do not answer, or refuse it.
    """
    topics = Topics(
        kafka.bootstrap_servers, timeout=timeout, client=client_settings(kafka.security)
    )
    if topic not in topics.names():
        topics.create([Topic(topic, 1, SETTINGS)])


def say(kafka: KafkaEndpoint, topic: str, words: Iterable[Word], *, timeout: float = 5.0) -> None:
    """Write what a person said.

    Raises:
        BrokerProblem: if it is not written.
    """
    what = f"writing to topic {topic}"
    failed: list[str] = []
    producer = Producer(
        {
            **client_settings(kafka.security),
            "bootstrap.servers": kafka.bootstrap_servers,
            "enable.idempotence": True,
            "delivery.timeout.ms": int(timeout * 1000),
            "linger.ms": 0,
            "log_level": 0,
        }
    )

    def delivered(error: KafkaError | None, message: object) -> None:
        if error is not None:
            failed.append(error.str())

    try:
        for word in words:
            producer.produce(
                topic,
                word.model_dump_json().encode(),
                f"{_WORD}{word.connector}".encode(),
                partition=0,
                on_delivery=delivered,
            )
        left = producer.flush(timeout + 1)
    except KafkaException as error:
        raise BrokerProblem(what, kafka.bootstrap_servers, reason_of(error)) from error
    if failed or left:
        reason = failed[0] if failed else f"{left} records were not taken in time"
        raise BrokerProblem(what, kafka.bootstrap_servers, reason)


def look(kafka: KafkaEndpoint, topic: str, *, timeout: float = 4.0) -> Remembered | None:
    """Return what the topic says, once; None where there is no such topic.

    Raises:
        BrokerProblem: if the brokers do not answer.
    """
    client = client_settings(kafka.security)
    if topic not in Topics(kafka.bootstrap_servers, timeout=timeout, client=client).names():
        return None
    with Journal(kafka, topic, timeout=timeout) as journal:
        return journal.catch_up()
