"""The wire of repairs to Kafka: a producer with transactions, a consumer that sees all.

Transactions, and not an idempotent producer alone: a row that turns out to be older than what came
meanwhile never becomes visible, and what a killed process was about to write is aborted, by the
next repair of the pipeline at once, or by the brokers in twenty seconds. The id of the transactions
is the pipeline's: who begins a repair ends one that runs already.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from types import TracebackType
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from messina.kafka import BrokerProblem, Positions, read_between
from messina.kafka.topics import code_of, reason_of
from messina.reconciler.repair.errors import RepairOvertaken
from messina.reconciler.repair.writing import Seen, TooLarge, Write

_TRANSACTION_MS = 20_000
_SEND_MS = 15_000
_FENCED = (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH)
_TOO_LARGE = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE)
# What the client tells of connections that it makes anew: brokers may have been away in between.
_PASSING = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE)


class KafkaWire:
    """A wire to Kafka. Close it, or use it in a `with`.

    Args:
        bootstrap: addresses of brokers.
        pipeline: whose repairs they are.
        timeout: seconds until brokers are given up.
        client: further settings of the clients.
        size: the largest record, in bytes.

    Raises:
        BrokerProblem: if the brokers do not answer, here and in all that asks them.
        RepairOvertaken: if another repair of the pipeline has begun meanwhile.
    """

    def __init__(
        self,
        bootstrap: str,
        pipeline: str,
        *,
        timeout: float = 20.0,
        client: Mapping[str, str] | None = None,
        size: int = 2**20,
    ) -> None:
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._pipeline = pipeline
        self._client = client
        self._open = False
        common: dict[str, Any] = {
            **(client or {}),
            "bootstrap.servers": bootstrap,
            "log_level": 0,
        }
        self._positions = Positions(bootstrap, timeout=timeout, client=client)
        self._producer = Producer(
            {
                **common,
                "transactional.id": f"messina-repair-{pipeline}",
                "transaction.timeout.ms": _TRANSACTION_MS,
                "message.timeout.ms": _SEND_MS,
                "message.max.bytes": size,
                "linger.ms": 5,
            }
        )
        self._consumer = Consumer(
            {
                **common,
                "group.id": "messina-repair",
                "enable.auto.commit": False,
                "isolation.level": "read_uncommitted",
                "auto.offset.reset": "error",
            }
        )
        try:
            self._do("beginning to repair", lambda: self._producer.init_transactions(timeout))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections; what is not committed is aborted."""
        try:
            if self._open:
                self.abort()
        except (BrokerProblem, RepairOvertaken):
            pass  # the brokers abort it
        self._consumer.close()

    def __enter__(self) -> "KafkaWire":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ends(self, topic: str) -> Mapping[int, int]:
        """Where each partition ends, with what is not committed."""
        return self._positions.ends(topic, committed=False)

    def write(
        self, topic: str, writes: Sequence[Write], headers: Mapping[str, bytes]
    ) -> Sequence[int]:
        """Begin a transaction and write; returns each record's offset.

        Raises:
            TooLarge: if one of them is.
        """
        what = f"writing rows to topic {topic}"
        offsets: dict[int, int] = {}
        failed: list[KafkaError] = []

        def told(place: int) -> Callable[[KafkaError | None, Any], None]:
            def tell(error: KafkaError | None, message: Any) -> None:
                if error is not None:
                    failed.append(error)
                elif (message.offset() or 0) >= 0:
                    offsets[place] = message.offset()

            return tell

        def send() -> None:
            for place, each in enumerate(writes):
                while True:
                    try:
                        self._producer.produce(
                            topic,
                            value=each.value,
                            key=each.key,
                            partition=each.partition,
                            headers=dict(headers),
                            on_delivery=told(place),
                        )
                        break
                    except BufferError:
                        self._producer.poll(0.1)
                self._producer.poll(0)

        self._do(what, self._producer.begin_transaction)
        self._open = True
        try:
            self._do(what, send)
        except BrokerProblem as problem:
            cause = problem.__cause__
            if isinstance(cause, KafkaException) and code_of(cause) in _TOO_LARGE:
                raise TooLarge(problem.reason) from cause
            raise
        self._producer.flush(self._timeout)
        for error in failed:
            if error.code() in _TOO_LARGE:
                raise TooLarge(error.str())
        if failed or len(offsets) < len(writes):
            # one without an offset, too: where it lies is not known then
            late = f"where all of them are was not told within {self._timeout:.0f} s"
            raise BrokerProblem(what, self._bootstrap, failed[0].str() if failed else late)
        return [offsets[place] for place in range(len(writes))]

    def between(
        self, topic: str, since: Mapping[int, int], until: Mapping[int, int]
    ) -> Iterator[Seen]:
        """All records from an offset on, up to and with another, by partition."""
        what = f"reading what came to topic {topic} meanwhile"
        waiting = dict(until)
        deadline = time.monotonic() + self._timeout
        self._do(
            what,
            lambda: self._consumer.assign([TopicPartition(topic, n, since[n]) for n in until]),
        )
        while waiting:
            messages = self._do(what, lambda: self._consumer.consume(5_000, 0.05))
            for message in messages:
                error = message.error()
                if error is not None:
                    if error.code() in _PASSING:
                        continue
                    raise BrokerProblem(what, self._bootstrap, error.str())
                number, offset = message.partition(), message.offset()
                yield Seen(number, offset, message.key())
                if offset >= waiting.get(number, offset + 1):
                    del waiting[number]
            if waiting and time.monotonic() > deadline:
                reason = f"not all of it came within {self._timeout:.0f} s"
                raise BrokerProblem(what, self._bootstrap, reason)
        # or it would go on reading what nobody wants
        self._do(what, self._consumer.unassign)

    def found(
        self, topic: str, header: str, values: Collection[str], since_ms: int, until_ms: int
    ) -> set[str]:
        """Which values a header has in committed records that were written at some time."""
        wanted, seen = set(values), set[str]()
        records = read_between(self._bootstrap, topic, since_ms, until_ms, client=self._client)
        with closing(records):
            for record in records:
                seen |= wanted & {(record.headers.get(header) or b"").decode(errors="replace")}
                if seen == wanted:
                    break
        return seen

    def commit(self) -> None:
        """Commit what was written."""
        self._do("committing rows", lambda: self._producer.commit_transaction(self._timeout))
        self._open = False

    def abort(self) -> None:
        """Forget what was written."""
        self._open = False
        self._do("aborting rows", lambda: self._producer.abort_transaction(self._timeout))

    def _do(self, what: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except KafkaException as error:
            if code_of(error) in _FENCED:
                raise RepairOvertaken(self._pipeline) from error
            raise BrokerProblem(what, self._bootstrap, reason_of(error)) from error
