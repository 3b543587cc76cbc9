"""The steps of a plan, carried out."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from messina.deployer.handing import Taker, hand_over
from messina.deployer.kinds import connector, table, topic, view
from messina.deployer.plan import Change, Create, Delete, Restart, Resume, Step, taken
from messina.deployer.resources import (
    ConnectorResource,
    SchemaResource,
    TableResource,
    TopicResource,
    ViewResource,
)
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.deployer.waves import Wave

AT_ONCE = 8
"""Requests that Connect is asked at the same time: it checks each configuration for a while."""


def perform_wave(
    site: Site, wave: Wave, hands: Hands | None = None
) -> Iterator[tuple[Step, float]]:
    """Carry out the steps of a wave; return each when it is done, and the seconds it took.

    Args:
        site: where.
        wave: steps that go together.
        hands: tell the pipeline's watcher of connectors that stand still meanwhile.
    """
    begin = time.monotonic()
    topics = [
        step.resource
        for step in wave.steps
        if isinstance(step, Create) and isinstance(step.resource, TopicResource)
    ]
    if topics:
        topic.create_all(site, topics)
        yield from ((step, time.monotonic() - begin) for step in wave.steps)
    elif takers := tuple(
        Taker(step.resource, takes)
        for step in wave.steps
        if isinstance(step.resource, ConnectorResource) and (takes := taken(step))
    ):
        hand_over(site, takers, hands)
        yield from ((step, time.monotonic() - begin) for step in wave.steps)
    elif len(wave.steps) == 1:
        perform(site, wave.steps[0])
        yield wave.steps[0], time.monotonic() - begin
    else:
        # connectors: the clients are opened here, as several threads would open several
        site.open("connect", "topics")
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="apply") as pool:
            futures = {pool.submit(perform, site, step): step for step in wave.steps}
            for future in as_completed(futures):
                future.result()
                yield futures[future], time.monotonic() - begin


def perform(site: Site, step: Step) -> None:
    """Carry out one step."""
    match step:
        case Create(resource=TopicResource() as resource):
            topic.create_all(site, [resource])
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
        case Delete(resource=ConnectorResource() as resource):
            connector.delete(site, resource.name, resource.role, offsets=step.offsets)
        case Delete(resource=TopicResource() as resource):
            topic.delete(site, resource.name)
        case Delete(resource=TableResource() as resource):
            table.delete(site, resource.schema_name, resource.table)
        case Restart():
            connector.restart(site, step.resource, only_failed=step.only_failed)
        case Resume():
            connector.resume(site, step.resource)
        case _:
            raise AssertionError(f"a plan never has this step: {step!r}")
