"""Waiting until sinks have applied what sources have put out."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from messina.deployer.errors import DeployerError
from messina.deployer.offsets.members import Member
from messina.deployer.site import Site
from messina.kafka import Place, Stretch, sink_group

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
        topics = sorted({topic for sink in sinks for topic in sink.topics})
        return cls({topic: site.positions.ends(topic, committed=False) for topic in topics})


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
    asked: dict[tuple[str, Place], Stretch] = {}
    for sink in sinks:
        for topic in sink.topics:
            done = site.positions.committed(sink_group(sink.name), topic)
            for number, end in ends.by_topic[topic].items():
                asked[sink.name, (topic, number)] = Stretch(done.get(number), end)
    counted = site.unread(
        {place: stretch for (_, place), stretch in asked.items()},
    )
    found: dict[str, int] = {}
    for name, place in asked:
        if not counted[place].none:
            found[name] = found.get(name, 0) + 1
    return found


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
