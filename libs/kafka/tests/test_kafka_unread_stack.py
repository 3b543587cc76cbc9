"""What nobody has read yet, counted in committed records; topics by their ids and times."""

import secrets
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from messina.kafka import Positions, Stretch, Topic, Topics, Unread, unread
from messina.pipeline import Endpoints

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture()
def brokers(endpoints: Endpoints) -> str:
    return endpoints.kafka.bootstrap_servers


@pytest.fixture()
def topic(brokers: str) -> Iterator[str]:
    """A topic with two partitions: 0 has a record, an aborted one and a record, 1 an open one."""
    topics = Topics(brokers)
    name = f"k-{secrets.token_hex(4)}"
    topics.create([Topic(name, 2)])
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": name})
    producer.init_transactions()
    for partition, commit, timestamp in ((0, True, 1000), (0, False, 2000), (0, True, 3000)):
        producer.begin_transaction()
        producer.produce(name, b"v", partition=partition, timestamp=timestamp)
        producer.flush()
        producer.commit_transaction() if commit else producer.abort_transaction()
    producer.begin_transaction()
    producer.produce(name, b"open", partition=1, timestamp=4000)
    producer.flush()
    yield name
    producer.abort_transaction()
    topics.delete([name])


def test_markers_and_aborted_records_do_not_count(brokers: str, topic: str) -> None:
    """Only committed records count, up to a limit; what an open transaction holds is not known."""
    ends = Positions(brokers).ends(topic, committed=False)
    assert ends == {0: 6, 1: 1}
    asked = {(topic, n): Stretch(None, end) for n, end in ends.items()}
    found = unread(brokers, asked, limit=100)
    assert found == {(topic, 0): Unread(2, oldest_ms=1000), (topic, 1): Unread(0, open=True)}
    assert not found[topic, 1].none
    first = unread(brokers, asked)[topic, 0]
    assert first == Unread(1, whole=False, oldest_ms=1000), "counting ends at the limit"
    own = {(topic, 0): Stretch(None, 6, limit=1)}
    assert unread(brokers, own, limit=100)[topic, 0] == first, "a stretch has its own limit"
    rest = unread(brokers, {(topic, 0): Stretch(5, 6)}, limit=100)
    assert rest[topic, 0].none, "a marker is nothing to read"
    assert unread(brokers, {(topic, 0): Stretch(1, 4)}, limit=9)[topic, 0] == Unread(0)
    assert unread(brokers, {(topic, 0): Stretch(6, 6)})[topic, 0].none


def test_times_have_offsets(brokers: str, topic: str) -> None:
    """A time has an offset that no record of it, or of later, lies before; or none."""
    positions = Positions(brokers)
    assert positions.at(topic, 500)[0] == 0
    assert 0 < positions.at(topic, 2500)[0] <= 4, "a marker has a time, too: when it was written"
    assert positions.at_of([topic], (int(time.time()) + 3600) * 1000) == {topic: {}}
    assert positions.beginnings_of([topic]) == {topic: {0: 0, 1: 0}}


def test_a_topic_made_anew_has_another_id(brokers: str) -> None:
    """A topic keeps its id; one that was deleted and created again has another."""
    topics = Topics(brokers)
    made = Topic(f"k-{secrets.token_hex(4)}", 1)
    topics.create([made])
    first = topics.ids([made.name, "no-such-topic"])
    assert first == topics.ids([made.name])
    topics.delete([made.name])
    topics.create([made])
    assert topics.ids([made.name]).keys() == first.keys()
    assert topics.ids([made.name]) != first
    topics.delete([made.name])
