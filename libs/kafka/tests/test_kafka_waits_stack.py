"""What stands beside a group's offsets, on real brokers."""

import secrets
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition

from messina.kafka import Topic, Topics, Wait, Waits, wait_in
from messina.pipeline import Endpoints

pytestmark = pytest.mark.stack


@pytest.fixture()
def topic(endpoints: Endpoints) -> Iterator[str]:
    """A topic with two partitions, deleted in the end."""
    topics = Topics(endpoints.kafka.bootstrap_servers)
    name = f"w-{secrets.token_hex(4)}"
    topics.create([Topic(name, 2)])
    yield name
    topics.delete([name])
    topics.delete_groups([f"g-{name}"])


def test_the_longest_wait_of_a_group_is_told(endpoints: Endpoints, topic: str) -> None:
    """Both ways of asking give the wait that began first, of all partitions; and none any more
    once offsets are committed without a note."""
    bootstrap, group = endpoints.kafka.bootstrap_servers, f"g-{topic}"

    def commit(*notes: str) -> None:
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
        places = [TopicPartition(topic, n, 0, note) for n, note in enumerate(notes)]
        consumer.commit(offsets=places, asynchronous=False)
        consumer.close()

    waits = Waits(bootstrap)
    assert waits.of([group]) == {}
    assert wait_in(bootstrap, group, [topic, "no-such-topic"]) is None
    note = '{{"waits_since_ms":{},"why":"{}"}}'.format
    commit(note(2000, "later"), note(1000, "disk full"))
    assert waits.of([group]) == {group: Wait(since=1.0, why="disk full")}
    assert wait_in(bootstrap, group, [topic]) == Wait(since=1.0, why="disk full")
    commit("", "")
    assert waits.of([group]) == {}
    assert wait_in(bootstrap, group, [topic]) is None
