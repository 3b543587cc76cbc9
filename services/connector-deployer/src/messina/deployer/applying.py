"""Carrying out a plan."""

import time
from collections.abc import Iterator

from messina.deployer.errors import Interrupted
from messina.deployer.events import Advised, Began, Done, Event, Restarted
from messina.deployer.kinds import connector
from messina.deployer.offsets.hints import after_going_on
from messina.deployer.performing import perform_wave
from messina.deployer.plan import Change, Plan, Replace, Resume, taken
from messina.deployer.replacing import Drained, Swapped, finish, replace
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.deployer.swapping_sinks import swap_sinks
from messina.deployer.waiting import until_running, until_started
from messina.deployer.watching.hands import Hands
from messina.deployer.waves import WAVE, Wave, waves
from messina.kafka import KafkaProblem
from messina.postgres import PostgresError

Happening = Event | Drained | Swapped
"""What is told while a plan is carried out."""


def apply(plan: Plan, *, timeout: float = 120.0, file: str | None = None) -> Iterator[Happening]:
    """Carry out a plan, step by step; end when every expected task runs.

    The events are made while the work is done: it goes on as far as they are taken.

    Args:
        plan: what is to be done.
        timeout: seconds that connectors are given to run, once they are made.
        file: the spec's file, for the next step that an error names; the plan's own if None.

    Raises:
        Interrupted: if a step could not be carried out; those before it stay.
        NotRunning: if a connector or task has failed, or did not start in time.
    """
    file = plan.file if file is None else file
    with Site(plan.endpoints, patience=timeout) as site:
        done = 0
        hands = Hands(site.endpoints.kafka, plan.pipeline, "apply")
        try:
            for event in _steps(site, plan, timeout, file, hands):
                done += isinstance(event, Done)
                yield event
            hands.give_back()
            connector.go_on(site, given(plan))
        except (KafkaProblem, PostgresError) as problem:
            raise Interrupted(problem, done, len(plan.steps), file, hands.held) from problem
        touched = {step.resource.name for step in plan.steps if step.resource.kind == "connector"}
        restarted: list[str] = []
        for event in until_running(
            site,
            plan.connectors,
            timeout=timeout,
            settle=1.0 if touched else 0.0,
            file=file,
        ):
            restarted += [event.connector] if isinstance(event, Restarted) else []
            yield event
        for text in after_going_on(plan.actions, restarted, file):
            yield Advised(text=text)
        for doubt in hands.doubts:
            yield Advised(text=doubt)


def _steps(site: Site, plan: Plan, timeout: float, file: str, hands: Hands) -> Iterator[Happening]:
    for wave in waves(plan.steps):
        for step in wave.steps:
            yield Began(step=step)
        swapped = [step for step in wave.steps if isinstance(step, Replace)]
        if swapped:
            begin = time.monotonic()
            if (first := swapped[0].resource).role == "source":
                yield from replace(site, first, timeout=timeout, file=file, hands=hands)
            else:
                yield from swap_sinks(site, [step.resource for step in swapped], hands)
            yield from (Done(step=step, seconds=time.monotonic() - begin) for step in swapped)
        else:
            _finish(site, wave, timeout, file)
            for step, seconds in perform_wave(site, wave, hands):
                yield Done(step=step, seconds=seconds)
        if len(wave.starting) >= WAVE:
            # others may follow; few may start while they do
            yield from until_started(site, wave.starting, plan.connectors)


def _finish(site: Site, wave: Wave, timeout: float, file: str) -> None:
    """Let those begin where they should that a swap has left STOPPED half-way."""
    going_on = [
        one.resource
        for one in wave.steps
        if isinstance(one, Resume | Change) and isinstance(one.resource, ConnectorResource)
    ]
    if going_on:
        statuses = connector.statuses(site, going_on)
        for one in going_on:
            status = statuses.get(one.name)
            if status is not None and status.connector.state == "STOPPED":
                finish(site, one, timeout=timeout, file=file)


def given(plan: Plan) -> tuple[str, ...]:
    """Return the connectors whose offsets others took, and that stay with what they have left."""
    names = {name for step in plan.steps for name in taken(step).values()}
    return tuple(one.name for one in plan.connectors if one.name in names)
