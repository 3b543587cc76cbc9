"""Carrying out a plan."""

import time
from collections.abc import Iterator

from messina.deployer.events import Began, Done, Event
from messina.deployer.kinds import connector, table, topic, view
from messina.deployer.plan import Change, Create, Plan, Restart, Resume
from messina.deployer.resources import (
    ConnectorResource,
    SchemaResource,
    TableResource,
    TopicResource,
    ViewResource,
)
from messina.deployer.site import Site
from messina.deployer.waiting import until_running


def apply(plan: Plan, *, timeout: float = 120.0, file: str = "FILE") -> Iterator[Event]:
    """Carry out a plan, step by step; end when every expected task runs.

    The events are made while the work is done: it goes on as far as they are taken.

    Args:
        plan: what is to be done.
        timeout: seconds that connectors are given to run, once they are made.
        file: the spec's file, for the next step that an error names.

    Raises:
        NotRunning: if a connector or task has failed, or did not start in time.
    """
    with Site(plan.endpoints, patience=timeout) as site:
        for step in plan.steps:
            yield Began(step=step)
            begin = time.monotonic()
            perform(site, step)
            yield Done(step=step, seconds=time.monotonic() - begin)
        touched = any(isinstance(step.resource, ConnectorResource) for step in plan.steps)
        yield from until_running(
            site, plan.connectors, timeout=timeout, settle=1.0 if touched else 0.0, file=file
        )


def perform(site: Site, step: Create | Change | Restart | Resume) -> None:
    """Carry out one step."""
    match step:
        case Create(resource=TopicResource() as resource):
            topic.create(site, resource)
        case Create(resource=SchemaResource() as resource):
            table.create_schema(site, resource)
        case Create(resource=TableResource() as resource):
            table.create(site, resource)
        case Create(resource=ViewResource() as resource):
            view.create(site, resource)
        case Create(resource=ConnectorResource() as resource):
            connector.create(site, resource)
        case Change(resource=TopicResource() as resource):
            topic.change(site, resource, step.changes)
        case Change(resource=TableResource() as resource):
            table.change(site, resource, step.changes)
        case Change(resource=ViewResource() as resource):
            view.change(site, resource, step.changes)
        case Change(resource=ConnectorResource() as resource):
            connector.change(site, resource, step.changes)
        case Restart():
            connector.restart(site, step.resource)
        case Resume():
            connector.resume(site, step.resource)
        case _:
            raise AssertionError(f"a plan never has this step: {step!r}")
