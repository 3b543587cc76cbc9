"""Topics as values: what differs between one that should be and one that is."""

from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.kafka import BrokerProblem, Topic, TopicChange, Topics, differences

CONFIGS = st.dictionaries(
    st.sampled_from(["retention.ms", "cleanup.policy", "x"]), st.text(max_size=3)
)
TOPICS = st.builds(Topic, st.just("t"), st.integers(1, 8), CONFIGS)


@given(TOPICS, TOPICS)
def test_a_topic_with_its_differences_made_has_none(desired: Topic, existing: Topic) -> None:
    """Making every difference of a topic leaves none; nothing else needs to be known."""
    partitions = existing.partitions
    config = dict(existing.config)
    for change in differences(desired, existing):
        if change.field == "partitions":
            partitions = int(change.new)
        else:
            assert config.get(change.field) == change.old
            config[change.field] = change.new
    assert differences(desired, Topic("t", partitions, config)) == ()


def test_only_what_is_insisted_on_is_compared() -> None:
    """Configuration that the desired topic does not name is left alone."""
    existing = Topic("t", 4, {"retention.ms": "1", "segment.ms": "2"}, replication=3)
    assert differences(Topic("t", 4), existing) == ()
    assert differences(Topic("t", 4, {"retention.ms": "5"}), existing) == (
        TopicChange("retention.ms", "1", "5"),
    )


def test_brokers_that_do_not_answer_are_named() -> None:
    """Without an answer, the error says what was tried, where, and what to do."""
    with pytest.raises(BrokerProblem, match=r"listing topics at 127\.0\.0\.1:1 failed.*next:"):
        Topics("127.0.0.1:1", timeout=0.3).names()


def test_an_answer_that_never_comes_is_a_problem_of_the_brokers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client that says nothing at all is given up, with what was tried and what to do."""

    class Silent:
        def __init__(self, _: object) -> None:
            pass

        def delete_consumer_groups(self, groups: list[str], **_: object) -> dict[str, Any]:
            return {group: Future() for group in groups}

    monkeypatch.setattr("messina.kafka.topics.AdminClient", Silent)
    topics = Topics("127.0.0.1:1", timeout=-4.9)
    with pytest.raises(
        BrokerProblem, match=r"deleting group g at 127\.0\.0\.1:1 failed: no answer.*next:"
    ):
        topics.delete_groups(["g"])
