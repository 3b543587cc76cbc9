"""What a plan was made from, in digests: whether the world has moved since can be seen."""

import hashlib
import json
from dataclasses import asdict

from pydantic import BaseModel

from messina.deployer.resources import ConnectorResource, Desired, Resource
from messina.deployer.world import World
from messina.kafka import ConnectorStatus
from messina.scylla import ScyllaError, TableSchema

MISSING = "missing"


def seen(desired: Desired, world: World) -> dict[str, str]:
    """Return a digest of everything that a plan looks at, by what it is.

    Of a connector both its configuration and what a plan would do about its state.
    """
    found = {label(one): _digest_of(world.find(one), world) for one in desired.all()}
    found |= {label(one): _digest_of(one, world) for one in world.strays}
    return found | {f"source table {name}": value for name, value in world.sources.items()}


def source_digest(schema: TableSchema | ScyllaError) -> str:
    """Return the digest of a source table's columns and options."""
    return MISSING if isinstance(schema, ScyllaError) else _digest(asdict(schema))


def label(resource: Resource) -> str:
    """Return what a resource is called: `topic a.b.c`."""
    return f"{resource.kind} {resource.name}"


def state(status: ConnectorStatus | None, tasks: int) -> str:
    """Return how a connector is, as far as a plan does something about it.

    What passes by itself, as a task that is being moved, is not told apart.
    """
    if status is None:
        return "unknown"
    if status.connector.state in ("PAUSED", "STOPPED"):
        return status.connector.state
    if status.failed():
        return "FAILED"
    return "short" if len(status.tasks) < tasks else "fine"


def _digest_of(resource: Resource | None, world: World) -> str:
    if resource is None:
        return MISSING
    if isinstance(resource, ConnectorResource):
        how = state(world.statuses.get(resource.name), resource.tasks)
        return _digest({"config": dict(resource.config), "state": how})
    return _digest(resource)


def _digest(value: object) -> str:
    content = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
