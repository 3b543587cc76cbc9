"""Many signals on their way at once, for one who does not stand and wait for each.

`Signals` waits for what it sent. `Asking` keeps its connections open, takes answers in as they come
(`poll`), and whoever asked looks at what became of it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from messina.kafka.avro import AvroDecoder
from messina.kafka.errors import BrokerProblem, KafkaProblem, SignalRefused, SignalTimeout
from messina.kafka.records import Positions, record_of
from messina.kafka.signals import Answer, Signal, SignalDone, signal_done
from messina.kafka.topics import reason_of

_AT_ONCE = 1_000


@dataclass
class Asked:
    """A signal on its way.

    Attributes:
        signal: what was sent.
        since: when, by `time.monotonic`.
        answer: all slices' answers, once they are there.
        problem: why there will be none.
    """

    signal: Signal
    since: float
    answer: Answer | None = None
    problem: KafkaProblem | None = None
    heard: dict[int, SignalDone] = field(default_factory=dict, repr=False)

    @property
    def open(self) -> bool:
        """Whether it is still waited for."""
        return self.answer is None and self.problem is None

    def waited(self) -> float:
        """For how many seconds."""
        return time.monotonic() - self.since

    def take(self, done: SignalDone) -> None:
        """Take a slice's answer."""
        if done.error is not None:
            table = f"{done.keyspace}.{done.table}"
            self.problem = SignalRefused(done.id, table, done.error)
            return
        self.heard[done.slice] = done
        if len(self.heard) == done.slices:
            self.answer = Answer.of(self.heard)

    def late(self) -> SignalTimeout:
        """What is to be said when it was waited for too long."""
        slices = next((done.slices for done in self.heard.values()), None)
        return SignalTimeout(
            self.signal.id, self.signal.table, self.waited(), sorted(self.heard), slices
        )


class Asking:
    """A pipeline's signals, many at a time. Close it, or use it in a `with`; of one thread only.

    Args:
        bootstrap: addresses of brokers.
        prefix: the pipeline's name.
        decoder: decodes the answers.
        timeout: seconds until a request to the brokers is given up.
        client: further settings of the clients: TLS, authentication.

    Raises:
        BrokerProblem: if the brokers do not answer, here and in all that asks them.
    """

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        decoder: AvroDecoder,
        *,
        timeout: float = 20.0,
        client: Mapping[str, str] | None = None,
    ) -> None:
        self.topic = f"{prefix}.signals"
        self.done_topic = f"{prefix}.signals.done"
        self._bootstrap = bootstrap
        self._decoder = decoder
        self._asked: dict[str, Asked] = {}
        settings = {**(client or {}), "bootstrap.servers": bootstrap, "log_level": 0}
        # Answers before this moment are to what others asked.
        ends = Positions(bootstrap, timeout=timeout, client=client).ends(self.done_topic)
        self._producer = Producer(
            {
                **settings,
                "enable.idempotence": True,
                "delivery.timeout.ms": int(timeout * 1000),
                "linger.ms": 5,
            }
        )
        self._consumer = Consumer(
            {
                **settings,
                "group.id": "messina-signals",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
            }
        )
        self._consumer.assign([TopicPartition(self.done_topic, p, o) for p, o in ends.items()])

    def close(self) -> None:
        """Close the connections, once what was asked is in Kafka, or 5 s have passed."""
        self._producer.flush(5)
        self._consumer.close()

    def __enter__(self) -> "Asking":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def ask(self, signals: Iterable[Signal]) -> tuple[Asked, ...]:
        """Send signals; what becomes of each is seen after a `poll`.

        Raises:
            BrokerProblem: if they can't be sent.
        """
        now = time.monotonic()
        asked = tuple(Asked(signal, now) for signal in signals)
        what = f"sending {len(asked)} signals to topic {self.topic}"
        try:
            for each in asked:
                self._asked[each.signal.id] = each
                self._producer.produce(
                    self.topic,
                    each.signal.payload(),
                    each.signal.id.encode(),
                    partition=0,
                    on_delivery=self._delivered(each),
                )
            self._producer.poll(0)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        except BufferError as error:
            raise BrokerProblem(what, self._bootstrap, "too many at a time") from error
        return asked

    def poll(self, timeout: float = 0.0) -> None:
        """Take in what was answered, waiting so many seconds for the first of it.

        Raises:
            BrokerProblem: if the answers can't be read.
            DecodingProblem: if a record is no answer.
        """
        what = f"reading topic {self.done_topic}"
        self._producer.poll(0)
        try:
            messages = self._consumer.consume(_AT_ONCE, timeout)
            while messages:
                for message in messages:
                    error = message.error()
                    if error is None:
                        self._take(signal_done(record_of(message), self._decoder))
                    elif not error.retriable():
                        raise BrokerProblem(what, self._bootstrap, error.str())
                messages = self._consumer.consume(_AT_ONCE, 0)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error

    def forget(self, asked: Asked) -> None:
        """Wait no longer for an answer; the signal may be served all the same."""
        self._asked.pop(asked.signal.id, None)

    def _take(self, done: SignalDone) -> None:
        asked = self._asked.get(done.id)
        if asked is not None:
            asked.take(done)
            if not asked.open:
                del self._asked[done.id]

    def _delivered(self, asked: Asked) -> Callable[[KafkaError | None, Any], None]:
        def delivered(error: KafkaError | None, message: Any) -> None:
            if error is not None:
                reason = " ".join(error.str().split())
                asked.problem = BrokerProblem(
                    f"sending a signal to topic {self.topic}", self._bootstrap, reason
                )
                self.forget(asked)

        return delivered
