"""Where groups stand, as a consumer hears it, of librdkafka's own stand-in for a broker."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from messina.kafka import BrokerProblem, Positions, Wait, Waits
from messina.kafka.standing import _KEPT, Standing


@pytest.fixture()
def broker() -> Iterator[str]:
    """The address of a broker with a topic `t` of four partitions."""
    producer = Producer(
        {"bootstrap.servers": "-", "test.mock.num.brokers": 1, "log_level": 0}  # its own
    )
    node = next(iter(producer.list_topics("t", timeout=20).brokers.values()))
    yield f"{node.host}:{node.port}"
    del producer


def commit(broker: str, group: str, offset: int, note: str = "") -> None:
    """Let a group stand at an offset of partition 1, with a note beside it."""
    reader = Consumer({"bootstrap.servers": broker, "group.id": group, "log_level": 0})
    reader.commit(offsets=[TopicPartition("t", 1, offset, note)], asynchronous=False)
    reader.close()


def test_a_group_stands_where_it_has_committed(broker: str) -> None:
    """Partitions that it never read are left out; so is all of a group that never was."""
    commit(broker, "g", 7)
    standing = Standing(broker, timeout=20)
    try:
        assert standing.of("g", {"t": 4}) == {"t": {1: 7}}
        assert standing.of("nobody", {"t": 4}) == {"t": {}}
        assert standing.of_each({"g": {}}) == {"g": {}}
    finally:
        standing.close()
    positions = Positions(broker)
    assert positions.committed("g", "t") == {1: 7}
    assert positions.committed("g", "no-such-topic") == {}
    positions.close()


def test_many_groups_are_told_apart_and_few_clients_stay(broker: str) -> None:
    """More groups than clients are kept for are asked at once, again and again."""
    names = [f"g{number}" for number in range(3 * _KEPT)]
    for number, name in enumerate(names):
        commit(broker, name, 100 + number)
    standing = Standing(broker, timeout=20)
    for _ in range(2):
        found = standing.of_each({name: {"t": 4} for name in names})
        assert found == {name: {"t": {1: 100 + n}} for n, name in enumerate(names)}
        assert len(standing._idle) <= _KEPT
    standing.close()
    assert standing.of("g1", {"t": 4}) == {"t": {1: 101}}, "after it was closed, too"
    standing.close()


def test_what_a_sink_notes_is_heard_of_many(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group whose sink left no note, or whose topics are not there, waits for nothing.

    No client of Python's can leave a note as our sink does, with a zero byte at its end.
    """
    commit(broker, "runs", 7)
    waits = Waits(broker, timeout=20)
    assert waits.of({"runs": ["t"], "never": ["t"], "other": ["no-such-topic"]}) == {}
    notes = {
        "waits": ["", *(f'{{"waits_since_ms":{ms},"why":"no"}}' for ms in (3000, 1000, 2000))],
        "runs": ["", "", "", ""],
    }

    def places(asked: dict[str, dict[str, int]]) -> dict[str, list[TopicPartition]]:
        assert asked == {"waits": {"t": 4}, "runs": {"t": 4}}
        return {
            group: [TopicPartition("t", n, 7, note) for n, note in enumerate(notes[group])]
            for group in asked
        }

    monkeypatch.setattr(waits, "_standing", SimpleNamespace(places=places))
    assert waits.of({"waits": ["t", "gone"], "runs": ["t"]}) == {"waits": Wait(1.0, "no")}


def test_brokers_that_answer_late_end_no_process() -> None:
    """An answer that comes after its time, at whichever step of asking, is an error and no more.

    The admin client's request would abort its process here. That would take the tests along: so
    they are asked in another one, of a broker whose every answer takes 20 ms.
    """
    asks = """
    from confluent_kafka import Producer
    from messina.kafka import Backlogs, BrokerProblem, Positions, Waits

    slow = {"test.mock.num.brokers": 1, "test.mock.broker.rtt": 20, "log_level": 0}
    producer = Producer({"bootstrap.servers": "-", **slow})
    node = next(iter(producer.list_topics("t", timeout=20).brokers.values()))
    broker = f"{node.host}:{node.port}"
    told = 0
    for step in range(1, 13):
        asking = [
            lambda client: client(Positions).committed_of({"g": {"t": 4}, "h": {"t": 4}}),
            lambda client: client(Backlogs).of({"t": "g"}),
            lambda client: client(Waits).of({"g": ["t"]}),
        ]
        for ask in asking:
            try:
                ask(lambda kind: kind(broker, timeout=step * 0.02))
            except BrokerProblem:
                told += 1
    assert Positions(broker, timeout=20).committed("g", "t") == {}
    assert told
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(asks)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_without_a_broker_it_is_told() -> None:
    """It is a problem of that question, after its time."""
    standing = Standing("127.0.0.1:1", timeout=1)
    try:
        with pytest.raises(BrokerProblem, match="where group g stands"):
            standing.of("g", {"t": 1})
    finally:
        standing.close()
