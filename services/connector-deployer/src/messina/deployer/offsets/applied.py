"""Waiting until sinks have applied what sources have put out."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from messina.deployer.errors import DeployerError
from messina.deployer.offsets.members import Member
from messina.deployer.site import Site
from messina.kafka import Place, Stretch, Unread, sink_group

LOOK_EVERY = 0.25


@dataclass(frozen=True)
class Ends:
    """Where topics ended at a moment, open transactions included.

    Whatever a source had put out before that moment lies before these.
    """

    by_topic: Mapping[str, Mapping[int, int]]

    @classmethod
    def now(cls, site: Site, sinks: Iterable[Member]) -> "Ends":
        """Return where the topics of sinks end now."""
        topics = {topic for sink in sinks for topic in sink.topics}
        return cls(site.positions.ends_of(topics, committed=False))


class NotApplied(DeployerError):
    """Sinks did not apply in time what the sources have put out."""

    def __init__(self, places: Mapping[str, int], waited: float, left: str) -> None:
        self.places = dict(places)
        listed = ", ".join(
            f"{name} ({count} partition{'s' * (count > 1)})"
            for name, count in sorted(places.items())
        )
        super().__init__(
            f"after {waited:.0f} s these sinks have not applied all that their sources had put "
            f"out: {listed}; {left}"
        )


def unapplied(site: Site, sinks: Iterable[Member], ends: Ends) -> dict[str, int]:
    """Return the sinks that have not applied all up to some ends, and in how many partitions.

    A sink's committed offset tells what it has applied; what lies between that and the end may
    still be nothing: transaction markers, and what was aborted.
    """
    counted = unread_of(site, sinks, ends.by_topic, limit=1)
    return dict(Counter(name for (name, _), found in counted.items() if not found.none))


def unread_of(
    site: Site, sinks: Iterable[Member], ends: Mapping[str, Mapping[int, int]], *, limit: int
) -> dict[tuple[str, Place], Unread]:
    """Return how many committed records sinks have not applied, by connector and place.

    Args:
        site: where they are.
        sinks: which.
        ends: by topic and partition, up to where it is counted.
        limit: counting a partition ends here.
    """
    sinks = list(sinks)
    done = site.positions.committed_of(
        {sink_group(one.name): {topic: len(ends[topic]) for topic in one.topics} for one in sinks}
    )
    asked = {
        (sink.name, (topic, number)): Stretch(done[sink_group(sink.name)][topic].get(number), end)
        for sink in sinks
        for topic in sink.topics
        for number, end in ends[topic].items()
    }
    counted: dict[tuple[str, Place], Unread] = {}
    while left := {key: part for key, part in asked.items() if key not in counted}:
        # a topic may have two sinks, as between the steps of a change of bulkheads
        now: dict[Place, Stretch] = {}
        for (_, place), part in left.items():
            now.setdefault(place, part)
        found = site.unread(now, limit=limit)
        counted |= {key: found[key[1]] for key, part in left.items() if now[key[1]] == part}
    return counted


def until_applied(
    site: Site,
    sinks: Iterable[Member],
    ends: Ends,
    *,
    timeout: float,
    left: str,
    on_wait: Callable[[Mapping[str, int]], None] = lambda waiting: None,
) -> float:
    """Wait until sinks have applied everything up to some ends; return the seconds it took.

    Args:
        site: where they are.
        sinks: which.
        ends: up to where.
        timeout: seconds until waiting is given up.
        left: for the error: what state is left, and what to do next.
        on_wait: called with what is still waited for, each time it changes.

    Raises:
        NotApplied: if they have not in time.
    """
    begin = time.monotonic()
    waiting = {sink.name: sink for sink in sinks}
    last: dict[str, int] = {}
    while True:
        found = unapplied(site, waiting.values(), ends)
        waited = time.monotonic() - begin
        if not found:
            return waited
        if waited > timeout:
            raise NotApplied(found, waited, left)
        if found != last:
            last = found
            on_wait(found)
        waiting = {name: sink for name, sink in waiting.items() if name in found}
        time.sleep(LOOK_EVERY)
