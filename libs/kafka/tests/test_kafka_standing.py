"""Where groups stand, as a consumer hears it, of librdkafka's own stand-in for a broker."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from messina.kafka import BrokerProblem
from messina.kafka.standing import Standing


@pytest.fixture()
def broker() -> Iterator[str]:
    """The address of a broker with a topic `t` of four partitions."""
    producer = Producer(
        {"bootstrap.servers": "-", "test.mock.num.brokers": 1, "log_level": 0}  # its own
    )
    node = next(iter(producer.list_topics("t", timeout=20).brokers.values()))
    yield f"{node.host}:{node.port}"
    del producer


def test_a_group_stands_where_it_has_committed(broker: str) -> None:
    """Partitions that it never read are left out; so is all of a group that never was."""
    reader = Consumer({"bootstrap.servers": broker, "group.id": "g", "log_level": 0})
    reader.commit(offsets=[TopicPartition("t", 1, 7)], asynchronous=False)
    reader.close()
    standing = Standing(broker, timeout=20)
    try:
        assert standing.of("g", {"t": 4}) == {"t": {1: 7}}
        assert standing.of("nobody", {"t": 4}) == {"t": {}}
    finally:
        standing.close()


def test_without_a_broker_it_is_told() -> None:
    """It is a problem of that question, after its time."""
    standing = Standing("127.0.0.1:1", timeout=1)
    try:
        with pytest.raises(BrokerProblem, match="where group g stands"):
            standing.of("g", {"t": 1})
    finally:
        standing.close()
