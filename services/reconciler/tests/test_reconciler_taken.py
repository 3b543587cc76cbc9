"""How far sinks are, without watermarks: by librdkafka's own stand-in for a broker."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from messina.kafka import Positions, SinkOf, Target, TopicMissing, sink_group
from messina.pipeline import parse_spec
from messina.reconciler.recheck import sinks_of
from messina.reconciler.repair import taken as module
from messina.reconciler.repair.taken import Taken

ONE, OTHER = Target("k.one"), Target("k.other")
SINKS = {ONE: SinkOf("g", "p.k.one", 4), OTHER: SinkOf("g", "p.k.other", 4)}


@pytest.fixture()
def broker() -> Iterator[str]:
    """The address of a broker that has the topics, of four partitions each."""
    producer = Producer({"bootstrap.servers": "-", "test.mock.num.brokers": 1, "log_level": 0})
    for sink in SINKS.values():
        for number in range(sink.slices):
            producer.produce(sink.topic, b"a change", partition=number)
    assert producer.flush(20) == 0
    node = next(iter(producer.list_topics(timeout=20).brokers.values()))
    yield f"{node.host}:{node.port}"
    del producer


def test_a_sink_is_as_far_as_it_has_committed(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offsets are reached once the sink reads behind them, of each of its tables for itself; until
    then it is said where it stands."""
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)
    positions = Positions(broker)
    taken = Taken(positions, SINKS)
    assert not taken.reached(ONE, {0: 0})
    assert taken.why_not(ONE) == "g never read of p.k.one, partition 0, of 1"
    reader = Consumer({"bootstrap.servers": broker, "group.id": "g", "log_level": 0})
    places = [TopicPartition("p.k.one", number, 1) for number in (0, 1)]
    reader.commit(offsets=[*places, TopicPartition("p.k.other", 3, 1)], asynchronous=False)
    assert taken.reached(ONE, {0: 0, 1: 0})
    assert not taken.reached(ONE, {2: 0})
    assert taken.reached(OTHER, {3: 0})
    assert taken.why_not(ONE) == "g never read of p.k.one, partition 2, of 1"
    places = [TopicPartition("p.k.one", number, 1) for number in (2, 3)]
    reader.commit(offsets=places, asynchronous=False)
    reader.close()
    assert taken.reached(ONE, {2: 0})
    assert taken.why_not(ONE) == "g has taken all of p.k.one"
    positions.close()


def test_a_table_that_nobody_asks_for_may_be_missing(broker: str) -> None:
    """Where the tables go that are asked for is told, though the spec has one not yet applied."""
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\n"
        "tables: [{name: one}, {name: other}, {name: later}]\n"
    )
    one, other, later = spec.tables
    positions = Positions(broker)
    assert sinks_of(spec, [one, other], {}, positions) == {
        ONE: SinkOf(sink_group("p.one.sink"), "p.k.one", 4),
        OTHER: SinkOf(sink_group("p.other.sink"), "p.k.other", 4),
    }
    with pytest.raises(TopicMissing, match=r"no topic p\.k\.later; next: messina deploy apply"):
        sinks_of(spec, [one, later], {}, positions)
