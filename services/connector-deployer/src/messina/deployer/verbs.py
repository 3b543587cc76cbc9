"""Pause, stop, resume, restart: what each does to a connector, and what it leaves and why.

Each can be repeated: what is already as wanted is left. A task that failed stays so through pause
and resume; only a restart cures it.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from messina.deployer.health import Side, side
from messina.deployer.inventory import Deployed, Selection, deployed, select
from messina.deployer.resources import Value
from messina.deployer.site import Site
from messina.deployer.waiting import FAILED_FOR, LOOK_EVERY
from messina.deployer.watching.model import Saying
from messina.deployer.watching.saying import tell, words
from messina.kafka import ConnectProblem, ConnectTimeout
from messina.pipeline import Endpoints

RUNS_FOR = 3.0
"""Seconds that a restarted connector must run: what made it fail comes only with its records."""

Verb = Literal["pause", "stop", "resume", "restart"]

Did = Literal["paused", "stopped", "resumed", "restarted", "left", "failed"]

_SAYINGS: dict[Verb, Saying] = {"pause": "hold", "stop": "hold", "resume": "release"}
"""What the watcher is told of a verb."""

_DONE: dict[Verb, Literal["paused", "stopped", "resumed", "restarted"]] = {
    "pause": "paused",
    "stop": "stopped",
    "resume": "resumed",
    "restart": "restarted",
}


class Outcome(Value):
    """What a verb did to one connector.

    Attributes:
        connector: which one.
        tables: the source tables that it carries: what is done to it is done to all of them.
        did: `paused`, `stopped`, `resumed`, `restarted`; `left` as it was; or `failed`: the verb
            could not be carried out, or its effect is not what it should be.
        before: its state when it was looked at first.
        after: its state in the end.
        reason: why it was left, or failed.
    """

    connector: str
    tables: tuple[str, ...]
    did: Did
    before: str
    after: str
    reason: str | None = None


class Outcomes(Value):
    """What a verb did, connector by connector."""

    verb: Verb
    outcomes: tuple[Outcome, ...]
    doubts: tuple[str, ...] = ()
    """Why the watcher was not told of it."""

    @property
    def failed(self) -> bool:
        """Whether something could not be done."""
        return any(one.did == "failed" for one in self.outcomes)


def state_of(one: Deployed) -> Side:
    """Return how a connector is, by the tasks that its configuration asks for."""
    return side(one.name, one.expected, {} if one.status is None else {one.name: one.status})


def reason_to_leave(verb: Verb, now: Side, *, everything: bool = False) -> str | None:
    """Return why a connector needs nothing of a verb, or None if it does.

    Args:
        verb: what is to be done.
        now: how the connector is.
        everything: whether a restart is of what runs as well.
    """
    # FAILED covers the tasks; whether the connector stands still is what its tasks and it say
    still = next((s for s in ("PAUSED", "STOPPED") if s in (now.state, now.connector_state)), None)
    match verb:
        case "pause" if still:
            return f"it is {still} already"
        case "stop" if "STOPPED" in (now.state, now.connector_state):
            return "it is STOPPED already"
        case "resume" if now.state == "missing":
            return "Kafka Connect does not know its state yet; next: the same command again"
        case "resume" if not still:
            failed = "; what has failed needs: messina deploy restart" if now.error else ""
            return f"it is neither paused nor stopped{failed}"
        case "restart" if still:
            return f"it is {still}; next: messina deploy resume"
        case "restart" if not everything and not (now.error or _failed(now) or _gone(now)):
            return "nothing of it has failed"
    return None


def reached(verb: Verb, now: Side) -> bool:
    """Whether a connector is as a verb should leave it."""
    states = {task.state for task in now.tasks}
    if verb == "pause":
        return now.connector_state == "PAUSED" and states <= {"PAUSED", "FAILED"}
    if verb == "stop":
        return now.connector_state == "STOPPED" and not states
    if verb == "resume":
        return (
            now.connector_state == "RUNNING" and not _gone(now) and states <= {"RUNNING", "FAILED"}
        )
    return now.healthy


def act(
    endpoints: Endpoints,
    verb: Verb,
    selection: Selection,
    *,
    everything: bool = False,
    timeout: float = 30.0,
    patience: float = 20.0,
    command: str | None = None,
    reason: str | None = None,
) -> Outcomes:
    """Pause, stop, resume or restart connectors, and wait until they are so.

    The pipelines' watchers are told first who did it, so that they leave it so.

    Args:
        endpoints: where the systems are.
        verb: what to do.
        selection: to which connectors.
        everything: whether a restart is of what runs as well, not only of what has failed.
        timeout: seconds that the connectors are given to be as wanted.
        patience: seconds that Kafka Connect is given to settle, for each request.
        command: what watchers are told was done, instead of the verb.
        reason: why, in a person's words.

    Raises:
        NothingSelected: if no connector is meant.
        ConnectProblem: if Kafka Connect can't be asked at all; nothing was changed then.
    """
    with Site(endpoints, patience=patience) as site:
        chosen = select(deployed(site.connect.overview()), selection)
        before = {one.name: state_of(one) for one in chosen}
        left = {
            name: why
            for name, now in before.items()
            if (why := reason_to_leave(verb, now, everything=everything)) is not None
        }
        asked = [one for one in chosen if one.name not in left]
        # what stands still already stays so by this word
        told = asked if verb == "resume" else chosen
        doubts = _tell(endpoints, verb, told, command, reason)
        refused = _ask(site, verb, asked, everything=everything)
        waiting = [one for one in asked if one.name not in refused]
        after, late = _wait(site, verb, waiting, timeout)
        troubles = refused | late
        return Outcomes(
            verb=verb,
            outcomes=tuple(
                _outcome(verb, one, before[one.name], after.get(one.name), left, troubles)
                for one in chosen
            ),
            doubts=doubts,
        )


def _tell(
    endpoints: Endpoints,
    verb: Verb,
    meant: Iterable[Deployed],
    command: str | None,
    reason: str | None,
) -> tuple[str, ...]:
    """Tell watchers what a person does; return why that could not be done."""
    saying = _SAYINGS.get(verb)
    if saying is None:
        return ()
    by_pipeline: dict[str, list[str]] = {}
    for one in meant:
        by_pipeline.setdefault(one.pipeline, []).append(one.name)
    said = (
        tell(endpoints.kafka, pipeline, words(names, saying, command or verb, reason))
        for pipeline, names in by_pipeline.items()
    )
    return tuple(dict.fromkeys(doubt for doubt in said if doubt is not None))


def _outcome(
    verb: Verb,
    one: Deployed,
    before: Side,
    after: Side | None,
    left: Mapping[str, str],
    troubles: Mapping[str, str],
) -> Outcome:
    did: Did = _DONE[verb]
    if one.name in left:
        did = "left"
    elif one.name in troubles:
        did = "failed"
    return Outcome(
        connector=one.name,
        tables=one.tables,
        did=did,
        before=before.state,
        after=(after or before).state,
        reason=left.get(one.name) or troubles.get(one.name),
    )


def _ask(site: Site, verb: Verb, asked: Iterable[Deployed], *, everything: bool) -> dict[str, str]:
    """Ask Kafka Connect for it; return whom it refused, with its words. Once silent: all others."""
    refused: dict[str, str] = {}
    silent: str | None = None
    for one in asked:
        if silent is not None:
            refused[one.name] = f"not asked for, as {silent}"
            continue
        try:
            _do(site, verb, one, everything=everything)
        except ConnectTimeout as problem:
            silent = f"Kafka Connect did not answer: {problem.reason}"
            refused[one.name] = str(problem)
        except ConnectProblem as problem:
            refused[one.name] = str(problem)
    return refused


def _do(site: Site, verb: Verb, one: Deployed, *, everything: bool) -> None:
    if verb == "pause":
        site.connect.pause(one.name)
    elif verb == "stop":
        site.connect.stop(one.name, until_stopped=False)
    elif verb == "resume":
        site.connect.resume(one.name)
    else:
        # a task that is missing comes back only with the connector that asks for it
        whole = everything or _gone(state_of(one))
        site.connect.restart(one.name, only_failed=not whole)


class Course:
    """One connector on its way to where a verb wants it."""

    def __init__(self, verb: Verb) -> None:
        self._verb = verb
        self._since: tuple[bool, float] | None = None

    def see(self, now: Side, at: float) -> bool | None:
        """Take in a look; return True when it is there, False when it failed again, else None.

        What is being restarted still shows its old failure for a while, and runs for a moment
        before it fails again: so both are believed only when they last.

        Args:
            now: how the connector is.
            at: when it was looked at, in seconds of any clock that only goes on.
        """
        there = reached(self._verb, now)
        if self._verb != "restart":
            return True if there else None
        if not there and not _failed(now):
            self._since = None
            return None
        if self._since is None or self._since[0] != there:
            self._since = (there, at)
        lasted = at - self._since[1] >= (RUNS_FOR if there else FAILED_FOR)
        return there if lasted else None


def _wait(
    site: Site, verb: Verb, asked: Sequence[Deployed], timeout: float
) -> tuple[dict[str, Side], dict[str, str]]:
    """Wait until all are as wanted; return how they are, and why some are not."""
    deadline = time.monotonic() + timeout
    after: dict[str, Side] = {}
    courses = {one.name: Course(verb) for one in asked}
    pending = {one.name: one for one in asked}
    late: dict[str, str] = {}
    while pending:
        try:
            found = site.connect.statuses()
        except ConnectProblem as problem:
            return after, late | dict.fromkeys(pending, f"asked for; not seen done: {problem}")
        now = time.monotonic()
        for name, one in list(pending.items()):
            after[name] = side(name, one.expected, found)
            arrived = courses[name].see(after[name], now)
            if arrived is False:
                late[name] = f"it failed again: {after[name].error}"
            if arrived is not None:
                del pending[name]
        if pending and now > deadline:
            said = f"asked for, but after {timeout:.0f} s it"
            return after, late | {name: f"{said} {after[name].reason()}" for name in pending}
        if pending:
            time.sleep(LOOK_EVERY)
    return after, late


def _failed(now: Side) -> bool:
    return now.state == "FAILED"


def _gone(now: Side) -> bool:
    """Whether a task is missing that should be there."""
    return len({task.id for task in now.tasks} & set(range(now.expected))) < now.expected
