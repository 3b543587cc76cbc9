"""Topics, records and Connect's REST API, as the running stack has them."""

import secrets
import threading
from collections.abc import Iterator
from itertools import islice

import pytest
from confluent_kafka import Producer

from messina.kafka import (
    ConnectClient,
    ConnectRefused,
    Positions,
    RegistryClient,
    Topic,
    TopicMissing,
    Topics,
    differences,
    read,
)
from messina.pipeline import Endpoints
from messina.testing import until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture()
def brokers(endpoints: Endpoints) -> str:
    return endpoints.kafka.bootstrap_servers


@pytest.fixture()
def topics(brokers: str) -> Topics:
    return Topics(brokers)


@pytest.fixture()
def topic(topics: Topics) -> Iterator[Topic]:
    """A topic with three partitions, deleted in the end."""
    made = Topic(f"k-{secrets.token_hex(4)}", 3, {"retention.ms": "60000"})
    topics.create([made])
    yield made
    topics.delete([made.name])


def test_a_topic_is_made_as_desired(topics: Topics, topic: Topic) -> None:
    """A topic that was created has no difference from what was desired; again is harmless."""
    found = topics.describe([topic.name, "no-such-topic"])
    assert found.keys() == {topic.name}
    assert differences(topic, found[topic.name]) == ()
    topics.create([topic])


def test_a_setting_is_changed_and_others_stay(topics: Topics, topic: Topic) -> None:
    """Changing one setting of a topic leaves its other settings as they are."""
    topics.alter(topic.name, {"segment.ms": "70000"})
    config = topics.describe([topic.name])[topic.name].config
    assert (config["segment.ms"], config["retention.ms"]) == ("70000", "60000")


def test_a_deleted_topic_is_gone(topics: Topics, topic: Topic) -> None:
    """When deleting returns, the topic is gone; deleting it again is fine."""
    topics.delete([topic.name])
    assert topic.name not in topics.names()
    topics.delete([topic.name])


def test_only_committed_records_are_read(brokers: str, topic: Topic) -> None:
    """Records of an aborted transaction are never read; those committed are, up to the end."""
    producer = Producer({"bootstrap.servers": brokers, "transactional.id": topic.name})
    producer.init_transactions()
    for number, commit in enumerate([True, False, True]):
        producer.begin_transaction()
        for partition in range(topic.partitions):
            producer.produce(topic.name, f"{number}", f"k{partition}", partition=partition)
        producer.flush()
        if commit:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
    records = list(read(brokers, topic.name))
    assert sorted((r.partition, r.value) for r in records) == [
        (partition, value) for partition in range(3) for value in (b"0", b"2")
    ]
    ends = Positions(brokers).ends(topic.name)
    assert ends == {0: 6, 1: 6, 2: 6}, "three records and three markers each"
    rest = read(brokers, topic.name, start={0: 1, 1: 6, 2: 6})
    assert [(r.partition, r.offset, r.value) for r in rest] == [(0, 4, b"2")]


def test_a_topic_that_is_written_to_all_the_time_has_an_end(brokers: str, topic: Topic) -> None:
    """Reading ends where the topic ended when it began, and not when nothing comes any more."""
    stop = threading.Event()

    def write() -> None:
        producer = Producer({"bootstrap.servers": brokers, "linger.ms": 0})
        while not stop.wait(0.005):
            producer.produce(topic.name, "v", "k", partition=0)
            producer.flush()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(
            lambda: Positions(brokers).ends(topic.name)[0] > 100,
            within=30,
            what="a hundred records are there",
        )
        least = Positions(brokers).ends(topic.name)[0]
        found = [record.offset for record in islice(read(brokers, topic.name), 50 * least)]
        most = Positions(brokers).ends(topic.name)[0]
    finally:
        stop.set()
        writer.join()
    assert found == list(range(len(found)))
    assert least <= len(found) <= most


def test_an_empty_topic_ends_at_once(brokers: str, topic: Topic) -> None:
    """Reading a topic without records gives none, and does not wait for one."""
    assert list(read(brokers, topic.name, timeout=10)) == []
    assert Positions(brokers).committed("no-such-group", topic.name) == {}


def test_a_missing_topic_is_named(brokers: str) -> None:
    """Reading a topic that does not exist is an error with its name."""
    with pytest.raises(TopicMissing, match=r"reading topic no-such-topic .*deploy apply FILE"):
        list(read(brokers, "no-such-topic"))


def test_connect_tells_of_itself_and_of_what_it_lacks(endpoints: Endpoints) -> None:
    """The worker names its version and plugins; what is missing is None, not an error."""
    with ConnectClient(endpoints.connect.url) as connect:
        assert connect.worker().version
        assert any(p.connector_class.endswith("JdbcSinkConnector") for p in connect.plugins())
        assert connect.get("no-such-connector") is None
        assert connect.status("no-such-connector") is None
        assert connect.delete("no-such-connector") is False


def test_connect_says_which_field_it_would_refuse(endpoints: Endpoints) -> None:
    """Validation names the fields that are wrong, and a connector is not made."""
    sink = "io.debezium.connector.jdbc.JdbcSinkConnector"
    config = {"name": "k-invalid", "connector.class": sink, "topics": "t", "tasks.max": "x"}
    with ConnectClient(endpoints.connect.url) as connect:
        fields = {field.name for field in connect.validate(config)}
        assert fields == {"tasks.max"}
        with pytest.raises(ConnectRefused, match=r"tasks\.max"):
            connect.put("k-invalid", config)
        assert connect.get("k-invalid") is None


def test_a_missing_subject_is_none(endpoints: Endpoints) -> None:
    """The registry's missing subjects and schemas are None; deleting one says that it was not."""
    with RegistryClient(endpoints.registry.url, endpoints.registry.kind) as registry:
        assert registry.latest("no-such-subject") is None
        assert registry.schema(2**31 - 1) is None
        assert registry.delete("no-such-subject") is False
