"""Signals: asking a pipeline's source connectors to read rows again, and hearing that they did.

A signal names rows of one table, by their keys or by a range of tokens. Every slice of the table
that it touches serves it in its normal order of events and answers on `<prefix>.signals.done` once
its events are committed. A signal is done when all of those slices have answered. Serving one twice
does no harm, so after a timeout the same signal may be sent again.
"""

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from messina.kafka.avro import AvroDecoder
from messina.kafka.errors import BrokerProblem, DecodingProblem, SignalRefused, SignalTimeout
from messina.kafka.records import Positions, Record, read_between, record_of
from messina.kafka.topics import reason_of
from messina.scylla.ring import MAX_TOKEN, MIN_TOKEN, slices_of

Key = Mapping[str, Any]
"""A row's key: each of its columns with its value as canonical JSON."""

MOST_KEYS = 500
"""How many keys are asked for in one signal, where `key_signals` makes it."""
MOST_BYTES = 250_000
"""How many bytes its keys have: topics take a megabyte in one record."""

Token = Annotated[int, Field(ge=MIN_TOKEN, le=MAX_TOKEN)]


class Signal(BaseModel):
    """A request to read rows of a table again: either by their keys or by their tokens.

    A range of tokens finds the rows that the source has; one that only the sink has is asked for by
    its key.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default_factory=lambda: str(uuid4())
    )
    """What its answers, and its events' `messina.signal_id`, are known by."""
    op: Literal["reread"] = "reread"
    table: Annotated[str, Field(pattern=r"^[^.]+\.[^.]+$")]
    """The table with its keyspace."""
    keys: tuple[Key, ...] | None = Field(default=None, min_length=1)
    """Full primary keys; partition keys where `static`."""
    token_range: tuple[Token, Token] | None = None
    """The first and the last token, both included."""
    static: bool = False
    """Whether the partitions' static columns are meant, and not their rows."""

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if (self.keys is None) == (self.token_range is None):
            raise ValueError("either keys or token_range")
        if self.token_range is not None and self.token_range[0] > self.token_range[1]:
            raise ValueError("token_range: the first token is greater than the last")
        return self

    def payload(self) -> bytes:
        """Return it as the connector reads it."""
        document: dict[str, Any] = {"id": self.id, "op": self.op, "table": self.table}
        if self.keys is not None:
            document["keys"] = [dict(key) for key in self.keys]
        if self.token_range is not None:
            # As texts: many a reader of JSON loses an integer's digits beyond 2^53.
            document["token_range"] = [str(token) for token in self.token_range]
        if self.static:
            document["static"] = True
        return json.dumps(
            document, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()

    def slices(self, slices: int) -> range | None:
        """Return which of so many slices a range of tokens touches; None for keys.

        Of keys only the answers tell (`SignalDone.slices`): a key's token follows from its columns'
        types.
        """
        return None if self.token_range is None else slices_of(*self.token_range, slices)


class SignalDone(BaseModel):
    """One slice's answer to a signal, made after its events were committed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    keyspace: str
    table: str
    slice: int
    slices: int
    """How many slices answer this signal."""
    rows: int
    """How many rows were read, those that are gone included."""
    last_offset: int | None = None
    """In the slice's partition of the table's topic, an offset that no event of the signal lies
    behind; None where nothing was ever written there, or where it is unknown."""
    error: str | None = None
    """Why the signal was refused: nothing of it was served."""


@dataclass(frozen=True)
class Sent:
    """A signal on its way.

    Attributes:
        signal: what was sent.
        offset: where it lies in the signals topic: a slice is past it once its `signals_until` is
            greater.
        since: by partition of the answers' topic, where it ended before the signal was sent.
    """

    signal: Signal
    offset: int
    since: Mapping[int, int]


@dataclass(frozen=True)
class Answer:
    """All slices' answers to one signal.

    Attributes:
        signal_id: the signal.
        rows: how many rows were read.
        last_offsets: by slice, an offset that no event of the signal lies behind. Once a sink has
            committed more than these offsets, the signal's events are applied.
    """

    signal_id: str
    rows: int
    last_offsets: Mapping[int, int | None]

    @classmethod
    def of(cls, done: Mapping[int, SignalDone]) -> "Answer":
        """Put the answers of all slices together."""
        first = next(iter(done.values()))
        return cls(
            signal_id=first.id,
            rows=sum(answer.rows for answer in done.values()),
            last_offsets={slice_: answer.last_offset for slice_, answer in sorted(done.items())},
        )


@dataclass(frozen=True)
class Heard:
    """What came back on several signals, by their ids.

    Attributes:
        answers: of those that are done.
        refused: why the connector refused others: nothing of them was served.
        missing: of those that not all slices have answered in time, the slices that have.
    """

    answers: Mapping[str, Answer]
    refused: Mapping[str, str]
    missing: Mapping[str, tuple[int, ...]]


def key_signals(
    table: str,
    keys: Iterable[Key],
    *,
    static: bool = False,
    most: int = MOST_KEYS,
    most_bytes: int = MOST_BYTES,
) -> Iterator[Signal]:
    """Yield signals for keys, in their order, each small enough for the topic.

    Args:
        table: the table with its keyspace.
        keys: full primary keys; partition keys where `static`.
        static: whether the partitions' static columns are meant.
        most: so many keys in one signal at most.
        most_bytes: so many bytes of keys in one signal; a key that is longer goes alone.
    """
    batch: list[Key] = []
    size = 0
    for key in keys:
        length = len(json.dumps(dict(key), ensure_ascii=False).encode())
        if batch and (len(batch) >= most or size + length > most_bytes):
            yield Signal(table=table, keys=tuple(batch), static=static)
            batch, size = [], 0
        batch.append(key)
        size += length
    if batch:
        yield Signal(table=table, keys=tuple(batch), static=static)


def signal_done(record: Record, decoder: AvroDecoder) -> SignalDone:
    """Return the answer that a record of a pipeline's `signals.done` topic holds.

    Raises:
        DecodingProblem: if it holds none.
    """
    try:
        if record.value is None:
            raise DecodingProblem("it has no value")
        return SignalDone.model_validate(decoder.decode(record.value))
    except (DecodingProblem, ValidationError) as error:
        reason = " ".join(str(error).split())
        where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
        raise DecodingProblem(f"no answer to a signal at {where}: {reason}") from error


class Signals:
    """A pipeline's signals.

    Args:
        bootstrap: addresses of brokers.
        prefix: the pipeline's name.
        decoder: decodes the answers.
        timeout: seconds until a request to the brokers is given up.
        client: further settings of the clients: TLS, authentication.
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
        self._timeout = timeout
        self._client = client
        self._settings = {**(client or {}), "bootstrap.servers": bootstrap, "log_level": 0}
        self._positions = Positions(bootstrap, timeout=timeout, client=client)

    def send(self, signal: Signal) -> Sent:
        """Send a signal; it is in Kafka when this returns.

        Raises:
            BrokerProblem: if it is not known to be there.
        """
        return self.send_all([signal])[0]

    def send_all(self, signals: Iterable[Signal]) -> tuple[Sent, ...]:
        """Send signals, in their order; all are in Kafka when this returns.

        Raises:
            BrokerProblem: if not all are known to be there; some may be, and be served.
        """
        wanted = tuple(signals)
        what = f"sending {len(wanted)} signals to topic {self.topic}"
        since = self._positions.ends(self.done_topic)
        offsets: dict[int, int] = {}
        errors: list[KafkaError] = []

        def delivery(number: int) -> Callable[[KafkaError | None, Any], None]:
            def delivered(error: KafkaError | None, message: Any) -> None:
                if error is None:
                    offsets[number] = message.offset()
                else:
                    errors.append(error)

            return delivered

        try:
            producer = Producer(
                {
                    **self._settings,
                    "enable.idempotence": True,
                    "delivery.timeout.ms": int(self._timeout * 1000),
                    "linger.ms": 0,
                }
            )
            for number, signal in enumerate(wanted):
                producer.produce(
                    self.topic,
                    signal.payload(),
                    signal.id.encode(),
                    partition=0,
                    on_delivery=delivery(number),
                )
                producer.poll(0)
            producer.flush(self._timeout + 5)
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        except BufferError as error:
            raise BrokerProblem(what, self._bootstrap, "too many at a time") from error
        if errors:
            raise BrokerProblem(what, self._bootstrap, " ".join(errors[0].str().split()))
        if len(offsets) < len(wanted):
            reason = f"{len(wanted) - len(offsets)} of them had no answer"
            raise BrokerProblem(what, self._bootstrap, reason)
        return tuple(Sent(signal, offsets[n], since) for n, signal in enumerate(wanted))

    def found(self, ids: Collection[str], since_ms: int, until_ms: int) -> set[str]:
        """Return which signals are in Kafka, of those sent at some time: they are served.

        Args:
            ids: of which ones.
            since_ms, until_ms: when they were sent, in milliseconds since 1970.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        wanted, seen = set(ids), set[str]()
        records = read_between(self._bootstrap, self.topic, since_ms, until_ms, client=self._client)
        with closing(records):
            for record in records:
                seen |= wanted & {(record.key or b"").decode(errors="replace")}
                if seen == wanted:
                    break
        return seen

    def wait_done(self, sent: Sent, timeout: float = 60.0) -> Answer:
        """Wait until every slice that a signal touches has answered.

        Raises:
            SignalRefused: if the connector refused it.
            SignalTimeout: if slices did not answer in time; they may still do it.
            BrokerProblem: if the answers could not be read.
        """
        return self.wait_all([sent], timeout)[sent.signal.id]

    def wait_all(self, sent: Iterable[Sent], timeout: float = 60.0) -> dict[str, Answer]:
        """Wait until several signals are done; the answers are by id.

        Raises:
            SignalRefused: if the connector refused one of them.
            SignalTimeout: if slices did not answer in time; they may still do it.
            BrokerProblem: if the answers could not be read.
        """
        asked = {each.signal.id: each for each in sent}
        collected = _Collected(asked)
        for done in self._answers(list(asked.values()), timeout):
            collected.take(done)
            for id_, reason in collected.refused.items():
                raise SignalRefused(id_, asked[id_].signal.table, reason)
            if not collected.waiting:
                break
        for id_ in collected.waiting:
            heard = collected.heard[id_]
            slices = next((done.slices for done in heard.values()), None)
            raise SignalTimeout(id_, asked[id_].signal.table, timeout, sorted(heard), slices)
        return collected.answers

    def hear(self, sent: Iterable[Sent], timeout: float = 60.0) -> Heard:
        """Wait as `wait_all`, and return what came: one that is refused or late spoils no other.

        Raises:
            BrokerProblem: if the answers could not be read.
        """
        asked = {each.signal.id: each for each in sent}
        collected = _Collected(asked)
        for done in self._answers(list(asked.values()), timeout):
            collected.take(done)
            if not collected.waiting:
                break
        missing = {id_: tuple(sorted(collected.heard[id_])) for id_ in collected.waiting}
        return Heard(collected.answers, collected.refused, missing)

    def _answers(self, sent: list[Sent], timeout: float) -> Iterator[SignalDone]:
        """Yields what was answered since the first of them was sent, until time is up."""
        what = f"reading topic {self.done_topic}"
        starts = {
            partition: min(each.since.get(partition, 0) for each in sent)
            for partition in {p for each in sent for p in each.since}
        }
        if not sent:
            return
        deadline = time.monotonic() + timeout
        consumer = Consumer(
            {
                **self._settings,
                "group.id": "messina-signals",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 100,
            }
        )
        try:
            consumer.assign([TopicPartition(self.done_topic, p, o) for p, o in starts.items()])
            while (left := deadline - time.monotonic()) > 0:
                message = consumer.poll(min(left, 1.0))
                if message is None:
                    continue
                error = message.error()
                if error is None:
                    yield signal_done(record_of(message), self._decoder)
                elif not error.retriable():
                    raise BrokerProblem(what, self._bootstrap, error.str())
        except KafkaException as error:
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
        finally:
            consumer.close()


class _Collected:
    """Answers as they come in."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.waiting = set(ids)
        self.heard: dict[str, dict[int, SignalDone]] = {id_: {} for id_ in self.waiting}
        self.answers: dict[str, Answer] = {}
        self.refused: dict[str, str] = {}

    def take(self, done: SignalDone) -> None:
        """Take an answer; one to a signal of somebody else is passed over."""
        if done.id not in self.waiting:
            return
        if done.error is not None:
            self.refused[done.id] = done.error
            self.waiting.discard(done.id)
            return
        heard = self.heard[done.id]
        heard[done.slice] = done
        if len(heard) == done.slices:
            self.answers[done.id] = Answer.of(heard)
            self.waiting.discard(done.id)
