"""Signals beside everything else, and whether each was answered."""

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from campaign_lane import Lane
from confluent_kafka import Producer

from messina.kafka import AvroDecoder, RegistryClient, read
from messina.kafka.signals import Signal, signal_done
from messina.scylla.ring import MAX_TOKEN, MIN_TOKEN
from messina.testing import until

# Of the ring, in one signal.
_SHARE = 2_000


class Sender:
    """Sends signals of a pipeline; what was sent is in Kafka once `flush` returned."""

    def __init__(self, lane: Lane) -> None:
        self._topic = lane.spec.signals_topic
        self._producer = Producer(
            {
                "bootstrap.servers": lane.stack.endpoints.kafka.bootstrap_servers,
                "enable.idempotence": True,
                "linger.ms": 0,
                "log_level": 0,
            }
        )
        self._lock = threading.Lock()
        self.sent: list[str] = []

    def send(self, signal: Signal) -> None:
        """Send one, at once."""
        with self._lock:
            self.sent.append(signal.id)
        self._producer.produce(self._topic, signal.payload(), signal.id.encode(), partition=0)
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until all are in Kafka."""
        assert self._producer.flush(30) == 0, "signals were not acknowledged"


class Signaller:
    """Asks for keys of one table and for ranges of tokens of another, from a thread of its own."""

    def __init__(self, lane: Lane, keys: tuple[str, int], ranges: str) -> None:
        self._lane = lane
        self._keys = keys
        self._ranges = ranges
        self._sender = Sender(lane)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    @property
    def sent(self) -> list[str]:
        """The ids of all signals so far."""
        return list(self._sender.sent)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(30)
        self._sender.flush()

    def _work(self) -> None:
        chance = random.Random()
        table, count = self._keys
        while not self._stop.wait(chance.uniform(0.05, 0.5)):
            asked = chance.sample(range(count), 3)
            self._sender.send(
                Signal(
                    table=f"{self._lane.keyspace}.{table}",
                    keys=tuple({"id": key} for key in asked),
                )
            )
            if chance.random() < 0.2:
                first = chance.randrange(MIN_TOKEN, MAX_TOKEN - 2**64 // _SHARE)
                self._sender.send(
                    Signal(
                        table=f"{self._lane.keyspace}.{self._ranges}",
                        token_range=(first, first + 2**64 // _SHARE),
                    )
                )


@dataclass(frozen=True)
class Answers:
    """What came back.

    Attributes:
        missing: signals without an answer from each of their slices.
        refused: reasons.
        repeated: answers that came more than once, as after a crash.
    """

    signals: int
    answers: int
    missing: int
    refused: tuple[str, ...]
    repeated: int


def answered(lane: Lane, signals: Sequence[str], within: float = 90) -> Answers:
    """Wait until each signal has its answers, or time is up."""
    last = Answers(len(signals), 0, len(signals), (), 0)

    def complete() -> bool:
        nonlocal last
        last = _heard(lane, signals)
        return not last.missing or bool(last.refused)

    try:
        until(complete, within=within, what="all signals are answered", every=1.0)
    except AssertionError:
        assert last.missing
    return last


def _heard(lane: Lane, signals: Sequence[str]) -> Answers:
    endpoints = lane.stack.endpoints
    wanted = set(signals)
    slices: dict[str, set[int]] = {}
    expected: dict[str, int] = {}
    refused = []
    count = repeated = 0
    with RegistryClient(endpoints.registry.url, endpoints.registry.kind) as registry:
        decoder = AvroDecoder(registry)
        for record in read(endpoints.kafka.bootstrap_servers, lane.spec.signals_done_topic):
            done = signal_done(record, decoder)
            if done.id not in wanted:
                continue
            count += 1
            if done.error is not None:
                refused.append(done.error)
            repeated += done.slice in slices.setdefault(done.id, set())
            slices[done.id].add(done.slice)
            expected[done.id] = done.slices
    missing = sum(len(slices.get(id_, ())) < expected.get(id_, 1) for id_ in wanted)
    return Answers(len(wanted), count, missing, tuple(refused[:5]), repeated)
