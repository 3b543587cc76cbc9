"""Waiting until connectors run: as many tasks as expected, not as many as are listed."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from messina.deployer.errors import NotRunning, first_line
from messina.deployer.events import Restarted, Running, Waiting
from messina.deployer.kinds import connector
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import ConnectorStatus

LOOK_EVERY = 0.25
AT_ONCE = 8
"""Connectors whose offsets are asked for at the same time."""
FAILED_FOR = 3.0
"""Seconds that a failure must last: one that is being restarted may still show its old one."""


START_WITHIN = 60.0
"""Seconds that a wave is given to start, before the next is made all the same."""


def until_started(
    site: Site,
    wave: Sequence[ConnectorResource],
    wanted: Sequence[ConnectorResource],
    *,
    within: float = START_WITHIN,
) -> Iterator[Waiting]:
    """Wait until the connectors of a wave run, or have failed; tell how many of all there are.

    Nothing is wrong yet where one does not: that is seen when all of them are waited for.

    Args:
        site: where they are.
        wave: the connectors that are waited for.
        wanted: all connectors of the pipeline.
        within: seconds until waiting is given up.
    """
    begin = time.monotonic()
    while True:
        statuses = connector.statuses(site, wanted)
        now = time.monotonic()
        left = pending([one for one in wave if not _failed(statuses.get(one.name))], statuses)
        yield Waiting(connectors=pending(wanted, statuses), of=len(wanted), seconds=now - begin)
        if not left or now - begin > within:
            return
        time.sleep(LOOK_EVERY)


def until_running(
    site: Site,
    wanted: Sequence[ConnectorResource],
    *,
    timeout: float,
    settle: float = 1.0,
    file: str = "FILE",
) -> Iterator[Waiting | Restarted | Running]:
    """Wait until every connector runs with all of its tasks, and tell each change.

    A connector that fails meanwhile is restarted, once: what it needs may have come later than it.

    Args:
        site: where they are.
        wanted: the connectors, each with the number of tasks that is expected.
        timeout: seconds until waiting is given up.
        settle: seconds that all must run before it is believed.
        file: the spec's file, for the next step that an error names.

    Raises:
        NotRunning: if they don't in time, or one has failed again and stays so.
    """
    begin = time.monotonic()
    healthy_since: float | None = None
    failed_since: float | None = None
    restarted: set[str] = set()
    last: dict[str, str] = {}
    starts = Starts(site, wanted)
    while True:
        statuses = connector.statuses(site, wanted)
        now = time.monotonic()
        open_ones = pending(wanted, statuses) or starts.missing()
        failed = {one.name: one for one in wanted if _failed(statuses.get(one.name))}
        failed_since = (failed_since or now) if failed else None
        healthy_since = None if open_ones else (healthy_since or now)
        if healthy_since is not None and now - healthy_since >= settle:
            tasks = sum(one.tasks for one in wanted)
            yield Running(connectors=len(wanted), tasks=tasks, seconds=now - begin)
            return
        if open_ones and open_ones != last:
            last = open_ones
            yield Waiting(connectors=open_ones, of=len(wanted), seconds=now - begin)
        stays = failed_since is not None and now - failed_since > FAILED_FOR
        if now - begin > timeout or (stays and failed.keys() <= restarted):
            raise NotRunning(open_ones, _traces(statuses), now - begin, file)
        if stays:
            for name in sorted(failed.keys() - restarted):
                reason = first_line(statuses[name].last_error() or "")
                connector.restart(site, failed[name])
                yield Restarted(connector=name, reason=reason)
            restarted |= failed.keys()
            failed_since = None
        time.sleep(LOOK_EVERY)


def pending(
    wanted: Sequence[ConnectorResource], statuses: Mapping[str, ConnectorStatus]
) -> dict[str, str]:
    """Return the connectors that don't run as expected, each with how it is."""
    return {
        one.name: told(one, statuses.get(one.name))
        for one in wanted
        if (status := statuses.get(one.name)) is None or not status.healthy(one.tasks)
    }


class Starts:
    """The starts of source connectors, until they are in Kafka for every slice.

    A source that begins "now" and dies before its start was committed would begin at a later now:
    what was written in between would be lost. So a pipeline is not said to run until then.

    Args:
        site: where the connectors are.
        wanted: the connectors of a pipeline, sinks too.
    """

    def __init__(self, site: Site, wanted: Sequence[ConnectorResource]) -> None:
        self._site = site
        self._open = [one for one in wanted if one.role == "source" and "slices" in one.config]

    def missing(self) -> dict[str, str]:
        """Return the connectors whose start is not there yet, each with how it is.

        One that has been seen is not asked for again: a start that is in Kafka stays there.
        """
        self._site.open("connect")
        # Connect reads its whole topic of offsets for each answer
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="starts") as pool:
            left = [one for one in pool.map(self._left, self._open) if one is not None]
        found = dict(left)
        self._open = [one for one in self._open if one.name in found]
        return found

    def _left(self, one: ConnectorResource) -> tuple[str, str] | None:
        # by name: Connect may still have offsets of tables that it no longer carries
        wanted = {
            (table, str(number))
            for table in connector.items(one)
            for number in range(int(one.config["slices"]))
        }
        offsets = self._site.connect.offsets(one.name)
        known = {
            (connector.item_of(offset), str(offset.partition.get("slice")))
            for offset in offsets
            if offset.offset is not None
        }
        if wanted <= known:
            return None
        there = len(wanted & known)
        return one.name, f"RUNNING, its start is in Kafka for {there} of {len(wanted)} slices"


def told(one: ConnectorResource, status: ConnectorStatus | None) -> str:
    """Return in one line how a connector is: `RUNNING, 1 of 2 tasks RUNNING, 1 FAILED`."""
    if status is None:
        return "missing"
    states = [task.state for task in status.tasks]
    others = sorted({state for state in states if state != "RUNNING"})
    parts = [f"{status.connector.state}, {status.running()} of {one.tasks} tasks RUNNING"]
    parts += [f"{states.count(state)} {state}" for state in others]
    return ", ".join(parts)


def _failed(status: ConnectorStatus | None) -> bool:
    return status is not None and status.failed()


def _traces(statuses: Mapping[str, ConnectorStatus]) -> dict[str, str]:
    errors = {name: status.last_error() for name, status in statuses.items()}
    return {name: error for name, error in errors.items() if error is not None}
