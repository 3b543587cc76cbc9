"""From what Kafka Connect and the probes say to how each connector is seen."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from messina.deployer.health import side
from messina.deployer.looking import Found, dead_letters, parts_of, tasks_of
from messina.deployer.resources import Value
from messina.deployer.sinkwaits import Waiting
from messina.deployer.watching.model import Dependency, Event, Seen, Word
from messina.deployer.workers import Silence
from messina.pipeline import PipelineSpec

NEEDS: Mapping[str, tuple[str, ...]] = {
    "source": ("kafka", "scylla", "registry", "vault"),
    "sink": ("kafka", "postgres", "registry", "vault"),
}
"""What a connector of each role can't do without, the likeliest reason first."""


class Letters(Value):
    """Dead letters of a sink: how many there have been, and how many in the last minute."""

    end: int
    recent: int


def expected(spec: PipelineSpec, found: Found) -> dict[str, int]:
    """Return the connectors that a pipeline should have, and how many tasks each.

    A sink of static columns that does not exist is not missed: a plan shows it. How many tasks is
    what the connector itself was told: the file may be another one by now than that was read here,
    and an `apply` that changes it is nothing to stop a connector for.

    Args:
        spec: the pipeline, with tables in the place of patterns.
        found: the connectors that exist.
    """
    tasks = tasks_of(spec)
    names: list[str] = []
    for rows, static in parts_of(spec, found):
        names += [spec.source_connector(rows.table), rows.sink]
        names += [] if static is None else [static.sink]
    return {name: _told(found, name) or tasks[name] for name in dict.fromkeys(names)}


def _told(found: Found, name: str) -> int | None:
    """How many tasks a connector was told to have; None where that is not known."""
    said = found[name][0].config.get("tasks.max") if name in found else None
    return int(said) if said is not None and said.isdecimal() else None


def see(
    wanted: Mapping[str, int],
    found: Found,
    *,
    silent: Mapping[str, Silence],
    dependencies: Mapping[str, Dependency],
    letters: Mapping[str, Letters],
    words: Mapping[str, Word],
    now: float,
    shaken: float,
    waits: Mapping[str, Waiting] = MappingProxyType({}),
) -> dict[str, Seen]:
    """Return how each connector is.

    Args:
        wanted: connectors that there should be, with the number of their tasks.
        found: those that there are.
        silent: workers that do not answer.
        dependencies: how the others are, by name.
        letters: by connector, of sinks with dead letters.
        words: by connector, what a person said last.
        now: the time.
        shaken: for how many seconds a dependency that is back still explains failures.
        waits: by sink, what it waits for.
    """
    statuses = {name: status for name, (_, status) in found.items() if status is not None}
    seen = {}
    for name, tasks in wanted.items():
        how = side(name, tasks, statuses, silent)
        still = how.connector_state in ("PAUSED", "STOPPED")
        down, shook = _explained(NEEDS[name.rpartition(".")[2]], dependencies, now, shaken)
        count = letters.get(name)
        seen[name] = Seen(
            connector=name,
            state=how.connector_state or "missing",
            well=how.healthy,
            failed=how.state == "FAILED" and not still,
            why=None if how.healthy else (how.error or how.reason()),
            lost=next((task.worker for task in how.tasks if task.silent is not None), None),
            down=down.name if down else None,
            down_why=down.why if down else None,
            down_since=down.since if down else None,
            shaken=shook,
            letters=count.recent if count else None,
            letters_end=count.end if count else None,
            waits=waits.get(name) if how.connector_state == "RUNNING" else None,
            word=words.get(name),
        )
    return seen


def _explained(
    needs: Sequence[str], dependencies: Mapping[str, Dependency], now: float, shaken: float
) -> tuple[Dependency | None, str | None]:
    """What of these is away, and what has come back a moment ago."""
    known = [dependencies[name] for name in needs if name in dependencies]
    down = next((one for one in known if one.up is False), None)
    back = next((one for one in known if one.up and one.back and now - one.since < shaken), None)
    return down, None if back is None else back.name


def letter_topics(found: Found, wanted: Mapping[str, int]) -> dict[str, str]:
    """Return, by sink, the topic of its dead letters."""
    return {name: topic for name, topic in dead_letters(found).items() if name in wanted}


def long_waits(told: Collection[str], seen: Mapping[str, Seen]) -> tuple[Event, ...]:
    """Return what there is to tell of sinks that wait for long, and of those that go on.

    Args:
        told: those that were told already.
        seen: how all are now.
    """
    waiting = {name: one.waits for name, one in seen.items() if one.waits and one.waits.long}
    begun = (
        Event(event="waits long", connector=name, reason=f"it runs, and {one.words()}")
        for name, one in sorted(waiting.items())
        if name not in told
    )
    over = (
        Event(event="goes on", connector=name, reason="it waits no more")
        for name in sorted(set(told) - set(waiting))
        if name in seen
    )
    return (*begun, *over)
