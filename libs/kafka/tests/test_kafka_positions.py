"""Where topics end, when their leaders move."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import IsolationLevel, KafkaError, KafkaException, TopicPartition

from messina.kafka import BrokerProblem, Positions, TopicMissing

NOBODY = "127.0.0.1:9"


class Admin:
    """A client whose brokers answer with errors first: a broker of one cannot be made to."""

    def __init__(self, codes: list[int], topic: str) -> None:
        self.codes = codes
        self.topic = topic

    def list_topics(self, timeout: float) -> Any:
        """One topic of one partition."""
        return SimpleNamespace(topics={self.topic: SimpleNamespace(partitions={0: None})})

    def list_offsets(
        self, asked: dict[TopicPartition, Any], **options: Any
    ) -> "dict[TopicPartition, Future[Any]]":
        """The next error, and 7 when there is none left."""
        assert options["isolation_level"] == IsolationLevel.READ_COMMITTED
        answers: dict[TopicPartition, Future[Any]] = {}
        for place in asked:
            answers[place] = Future()
            if self.codes:
                answers[place].set_exception(KafkaException(KafkaError(self.codes.pop(0))))
            else:
                answers[place].set_result(SimpleNamespace(offset=7))
        return answers


def positions(monkeypatch: pytest.MonkeyPatch, *codes: int) -> Positions:
    """Positions of brokers that answer with these errors first."""
    made = Positions(NOBODY)
    monkeypatch.setattr(made, "_admin", Admin(list(codes), "t"))
    return made


def test_a_leader_that_moves_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that does not lead a partition any more, or not yet, is no problem but a wait."""
    codes = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
    assert positions(monkeypatch, *codes).ends("t") == {0: 7}


def test_another_error_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another try does not cure is told, with the topic and where."""
    denied = positions(monkeypatch, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(BrokerProblem, match=f"topic t end at {NOBODY} failed: .*authoriz"):
        denied.ends("t")


def test_a_topic_that_is_not_there_names_what_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline's topics are made when it is applied: brokers that answer need no `status`."""
    with pytest.raises(TopicMissing, match=r"no topic u; next: messina deploy apply FILE$"):
        positions(monkeypatch).ends_of(["t", "u"])
