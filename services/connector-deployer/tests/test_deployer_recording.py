"""How a watcher begins to lead, with librdkafka's own stand-in for a broker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from messina.deployer.watching import journal
from messina.deployer.watching.journal import Recorder
from messina.deployer.watching.model import Breaker
from messina.kafka import BrokerProblem
from messina.pipeline import KafkaEndpoint

TOPIC = "p.watch"


@contextmanager
def broker(rtt_ms: int) -> Iterator[KafkaEndpoint]:
    """A broker that takes so many milliseconds for each answer."""
    slow = {"test.mock.num.brokers": 1, "test.mock.broker.rtt": rtt_ms, "log_level": 0}
    producer = Producer({"bootstrap.servers": "-", **slow})
    node = next(iter(producer.list_topics(TOPIC, timeout=20).brokers.values()))
    yield KafkaEndpoint(bootstrap_servers=f"{node.host}:{node.port}")
    del producer


@pytest.fixture()
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The real clients that were made."""
    clients: list[Any] = []

    def make(settings: dict[str, Any]) -> Producer:
        clients.append(Producer(settings))
        return clients[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(journal, "Producer", make)
    return clients


def test_brokers_that_need_longer_are_begun_with_by_the_same_client(made: list[Any]) -> None:
    """What one try has begun the next one ends: a new client would begin anew each time."""
    with broker(rtt_ms=300) as kafka:
        recorder = Recorder(kafka, TOPIC, timeout=0.5)
        tries = 1
        while True:
            try:
                recorder.begin()
                break
            except BrokerProblem:
                tries += 1
                assert tries < 100
    assert tries > 1
    assert len(made) == 1


def test_a_client_that_was_refused_is_not_tried_again(made: list[Any]) -> None:
    """After an error that no other try cures the next one has a client of its own, and leads."""
    with broker(rtt_ms=0) as kafka:
        recorder = Recorder(kafka, TOPIC, timeout=20)
        recorder.begin()
        with pytest.raises(BrokerProblem, match=r"recording in topic p\.watch"):
            recorder.begin()  # a client begins once only
        recorder.begin()
        recorder.record([Breaker(connector="a")])
    assert len(made) == 2


def test_a_right_that_is_given_later_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not use the transactional id leads once it may. No broker here has rights."""
    rights = iter((False, True))

    class Refused:
        def __init__(self) -> None:
            self.dead = False

        def init_transactions(self, timeout: float) -> None:
            """As librdkafka's: once it was refused it is refused for ever."""
            self.dead = self.dead or not next(rights)
            if self.dead:
                code = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
                raise KafkaException(KafkaError(code, fatal=True))

    monkeypatch.setattr(journal, "Producer", lambda settings: Refused())
    recorder = Recorder(KafkaEndpoint(bootstrap_servers="k:1"), TOPIC)
    with pytest.raises(BrokerProblem, match="authorization"):
        recorder.begin()
    recorder.begin()
