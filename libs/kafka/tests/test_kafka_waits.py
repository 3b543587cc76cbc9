"""What a sink's task writes beside its offsets, and what others do."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from messina.kafka import Wait, Waits, wait_of
from messina.kafka.standing import Standing


def test_a_note_of_our_sink_is_a_wait() -> None:
    """What our sink writes beside its offsets says since when it waits, and why."""
    note = '{"waits_since_ms":1700000000500,"why":"status \\"401\\""}'
    assert wait_of(note) == Wait(since=1_700_000_000.5, why='status "401"')


def test_what_a_client_reads_behind_a_note_is_no_matter() -> None:
    """librdkafka's clients may read on behind a note: what they find there counts for nothing."""
    assert wait_of('{"waits_since_ms":1000,"why":"no"}\x07rest {') == Wait(since=1.0, why="no")


@pytest.mark.parametrize("note", [None, "", "a client's own", "{", "{}", '{"waits_since_ms": {}}'])
def test_what_is_not_is_none(note: str | None) -> None:
    """Offsets without a note, or with somebody else's, say nothing of a wait."""
    assert wait_of(note) is None


def test_of_a_topic_that_a_group_reads_no_more_no_wait_is_told() -> None:
    """A note stays beside the offset of a topic that another sink has now: it is not believed."""

    note = '{"waits_since_ms":1000,"why":"no"}'
    stands = {"a": TopicPartition("a", 0, 7), "b": TopicPartition("b", 0, 7, note)}

    class Brokers:
        def list_topics(self, timeout: float) -> Any:
            return SimpleNamespace(
                topics={topic: SimpleNamespace(partitions={0: None}) for topic in stands}
            )

        def places(self, groups: Mapping[str, Mapping[str, int]]) -> dict[str, list[Any]]:
            return {group: [stands[topic] for topic in asked] for group, asked in groups.items()}

    waits = Waits("127.0.0.1:1")
    waits._admin = cast(AdminClient, Brokers())
    waits._standing = cast(Standing, Brokers())
    assert waits.of({"g": ["a", "b"]}) == {"g": Wait(since=1.0, why="no")}
    assert waits.of({"g": ["a", "gone"]}) == {}
