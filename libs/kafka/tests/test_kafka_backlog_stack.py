"""Backlogs and the newest watermarks, on real brokers."""

import secrets
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from messina.kafka import Backlog, Backlogs, Positions, Topic, Topics
from messina.kafka import backlog as module
from messina.pipeline import Endpoints

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture()
def brokers(endpoints: Endpoints) -> str:
    return endpoints.kafka.bootstrap_servers


@pytest.fixture()
def topic(brokers: str) -> Iterator[str]:
    """A topic with two partitions, deleted in the end."""
    topics = Topics(brokers)
    name = f"b-{secrets.token_hex(4)}"
    topics.create([Topic(name, 2)])
    yield name
    topics.delete([name])
    topics.delete_groups([f"g-{name}"])


def write(brokers: str, topic: str, *transactions: tuple[list[str | None], bool]) -> None:
    """Write transactions into partition 0: values, and whether they are committed."""
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": topic})
    producer.init_transactions()
    for values, commit in transactions:
        producer.begin_transaction()
        for value in values:
            producer.produce(topic, value, "k", partition=0)
        producer.flush()
        if commit:
            producer.commit_transaction()
        else:
            producer.abort_transaction()


def commit(brokers: str, topic: str, offset: int) -> None:
    """Let the group stand at an offset of partition 0."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": f"g-{topic}"})
    consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
    consumer.close()


def test_changes_are_counted_not_offsets(brokers: str, topic: str) -> None:
    """Markers, aborted records and tombstones are no changes; a group behind the last has none."""
    begin = time.time_ns() // 1_000_000
    write(brokers, topic, (["a", "b", None], True), (["x"], False), (["c"], True))
    backlogs = Backlogs(brokers)
    group = {topic: f"g-{topic}"}
    assert Positions(brokers).ends(topic)[0] == 8
    (never,) = backlogs.of(group).values()
    assert never is not None
    assert (never.changes, never.exact, never.expired) == (3, True, 0)
    assert never.oldest_ms is not None
    assert never.oldest_ms >= begin
    (deletions,) = Backlogs(brokers).of(group, tombstones=True).values()
    assert deletions is not None
    assert deletions.changes == 4
    commit(brokers, topic, 1)
    (some,) = backlogs.of(group).values()
    assert some is not None
    assert some.changes == 2
    commit(brokers, topic, 7)
    assert backlogs.of(group) == {topic: Backlog()}
    assert backlogs.of(group) == {topic: Backlog()}, "and again, from memory"


def test_a_long_backlog_is_not_read(
    brokers: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a backlog that is long only the first record is read: its number is an upper bound."""
    monkeypatch.setattr(module, "COUNTED", 10)
    write(brokers, topic, ([str(n) for n in range(30)], True))
    (found,) = Backlogs(brokers).of({topic: f"g-{topic}"}).values()
    assert found is not None
    assert (found.changes, found.exact) == (31, False)
    assert found.oldest_ms is not None


def test_what_is_not_there_is_none(brokers: str, topic: str) -> None:
    """A topic that does not exist has no backlog and no length; an empty one has none of 0."""
    backlogs = Backlogs(brokers)
    assert backlogs.of({topic: "g", "no-such-topic": "g"}) == {
        topic: Backlog(),
        "no-such-topic": None,
    }
    write(brokers, topic, (["a"], True))
    assert backlogs.lengths([topic, "no-such-topic"]) == {topic: 2, "no-such-topic": None}
