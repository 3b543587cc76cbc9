"""Carrying out a plan."""

import time
from collections.abc import Iterator

from messina.deployer.events import Advised, Began, Done, Event, Restarted
from messina.deployer.kinds import connector
from messina.deployer.offsets.hints import after_going_on
from messina.deployer.performing import perform_wave
from messina.deployer.plan import Plan, Replace, taken
from messina.deployer.replacing import Drained, Swapped, replace
from messina.deployer.site import Site
from messina.deployer.waiting import until_running, until_started
from messina.deployer.waves import WAVE, waves

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
        NotRunning: if a connector or task has failed, or did not start in time.
    """
    file = plan.file if file is None else file
    with Site(plan.endpoints, patience=timeout) as site:
        for wave in waves(plan.steps):
            for step in wave.steps:
                yield Began(step=step)
            if isinstance(step := wave.steps[0], Replace):
                begin = time.monotonic()
                yield from replace(site, step.resource, timeout=timeout, file=file)
                yield Done(step=step, seconds=time.monotonic() - begin)
            else:
                for step, seconds in perform_wave(site, wave):
                    yield Done(step=step, seconds=seconds)
            if len(wave.starting) == WAVE:
                # others may follow; few may start while they do
                yield from until_started(site, wave.starting, plan.connectors)
        connector.go_on(site, given(plan))
        touched = {step.resource.name for step in plan.steps if step.resource.kind == "connector"}
        restarted: list[str] = []
        for event in until_running(
            site,
            plan.connectors,
            timeout=timeout,
            begun=[one for one in plan.connectors if one.name in touched],
            settle=1.0 if touched else 0.0,
            file=file,
        ):
            restarted += [event.connector] if isinstance(event, Restarted) else []
            yield event
        for text in after_going_on(plan.actions, restarted, file):
            yield Advised(text=text)


def given(plan: Plan) -> tuple[str, ...]:
    """Return the connectors whose offsets others took, and that stay with what they have left."""
    names = {name for step in plan.steps for name in taken(step).values()}
    return tuple(one.name for one in plan.connectors if one.name in names)
