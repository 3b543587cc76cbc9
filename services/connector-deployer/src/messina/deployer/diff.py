"""The difference between what is desired and what was found."""

import re
from collections.abc import Iterator, Mapping

from messina.deployer.errors import first_line
from messina.deployer.plan import (
    Action,
    Change,
    Create,
    FieldChange,
    Plan,
    Restart,
    Resume,
    Unchanged,
)
from messina.deployer.resources import ConnectorResource, Desired, Resource
from messina.deployer.world import World
from messina.pipeline import Endpoints

_SECRET = re.compile(r"password|secret|token|credential|jaas", re.IGNORECASE)


def diff(desired: Desired, world: World, endpoints: Endpoints) -> Plan:
    """Return the plan that makes the world as desired.

    What can't be made so without losing data must have been refused before: see `checks.fixed`.
    """
    actions = tuple(_action(resource, world) for resource in desired.all())
    return Plan(pipeline=desired.pipeline, endpoints=endpoints, actions=actions)


def changes(desired: Resource, existing: Resource) -> tuple[FieldChange, ...]:
    """Return the fields that differ.

    A connector's configuration is ours as a whole: what is not desired goes. Topics and tables may
    have more than is desired: further settings, columns that the source has dropped.
    """
    wanted, found = desired.fields(), existing.fields()
    whole = isinstance(desired, ConnectorResource)
    names = {*wanted, *found} if whole else {*wanted}
    return tuple(_compare(sorted(names), wanted, found))


def _compare(
    names: list[str], wanted: Mapping[str, str], found: Mapping[str, str]
) -> Iterator[FieldChange]:
    for name in names:
        if wanted.get(name) != found.get(name):
            old = _without_secret(name, found.get(name))
            yield FieldChange(field=name, old=old, new=wanted.get(name))


def _without_secret(name: str, value: str | None) -> str | None:
    """A field as it was found; a password that somebody wrote out by hand is shown to nobody."""
    open_secret = value and _SECRET.search(name) and not value.startswith("${")
    return "(hidden)" if open_secret else value


def _action(resource: Resource, world: World) -> Action:
    existing = world.find(resource)
    if existing is None:
        return Create(resource=resource)
    differing = changes(resource, existing)
    if differing:
        return Change(resource=resource, changes=differing)
    if isinstance(resource, ConnectorResource):
        return _revival(resource, world) or Unchanged(resource=resource)
    return Unchanged(resource=resource)


def _revival(resource: ConnectorResource, world: World) -> Action | None:
    status = world.statuses.get(resource.name)
    if status is None:
        return None
    if status.connector.state in ("PAUSED", "STOPPED"):
        return Resume(resource=resource, reason=f"it is {status.connector.state}")
    if status.failed():
        return Restart(resource=resource, reason=first_line(status.last_error() or ""))
    return None
