"""What sinks have applied, asked of Kafka: the clients are stood in for, the counting is ours."""

from collections.abc import Mapping
from typing import cast

from deployer_offsets import member

from messina.deployer.offsets.applied import Ends, unapplied
from messina.deployer.site import Site
from messina.kafka import Place, Stretch, Unread, sink_group


class Groups:
    """Where groups stand, and records in every offset."""

    def __init__(self, committed: Mapping[str, int]) -> None:
        self._committed = {sink_group(name): offset for name, offset in committed.items()}
        self.asked = 0

    @property
    def positions(self) -> "Groups":
        """Itself."""
        return self

    def committed_of(
        self, groups: Mapping[str, Mapping[str, int]]
    ) -> dict[str, dict[str, dict[int, int]]]:
        """As Kafka's, of one topic with one partition."""
        assert all(topics == {"p.k.t": 1} for topics in groups.values())
        return {group: {"p.k.t": {0: self._committed[group]}} for group in groups}

    def unread(self, stretches: Mapping[Place, Stretch], *, limit: int = 1) -> dict[Place, Unread]:
        """As a site's."""
        self.asked += 1
        return {
            place: Unread(min(limit, part.end - (part.begin or 0)))
            for place, part in stretches.items()
        }


def test_two_sinks_of_a_topic_are_counted_apart() -> None:
    """While a topic has two sinks, that the one has applied it says nothing of the other."""
    for behind in ("p.old.sink", "p.t.sink"):
        groups = Groups({"p.old.sink": 100, "p.t.sink": 100} | {behind: 5})
        sinks = [
            member("p.t.sink").model_copy(update={"name": name})
            for name in ("p.old.sink", "p.t.sink")
        ]
        found = unapplied(cast(Site, groups), sinks, Ends({"p.k.t": {0: 100}}))
        assert found == {behind: 1}


def test_sinks_that_stand_alike_are_counted_at_once() -> None:
    """Kafka is asked once where one answer serves all."""
    groups = Groups({"p.old.sink": 100, "p.t.sink": 100})
    sinks = [
        member("p.t.sink").model_copy(update={"name": name}) for name in ("p.old.sink", "p.t.sink")
    ]
    assert unapplied(cast(Site, groups), sinks, Ends({"p.k.t": {0: 100}})) == {}
    assert groups.asked == 1
