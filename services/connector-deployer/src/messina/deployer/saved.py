"""Plans in files: written, read again, and refused where the world has moved since."""

import json
from pathlib import Path

from pydantic import ValidationError

from messina.deployer.diff import diff
from messina.deployer.errors import DeployerError
from messina.deployer.fingerprint import MISSING, label, seen
from messina.deployer.plan import Change, FieldChange, Plan, Reads, Replace
from messina.deployer.planning import gather, source_schemas
from messina.deployer.resources import (
    ConnectorResource,
    Desired,
    SchemaResource,
    TableResource,
    TopicResource,
    Value,
    ViewResource,
)
from messina.deployer.site import Site
from messina.pipeline import fitting
from messina.scylla import table_names


class Moved(Value):
    """Something that is not as it was when a plan was made."""

    what: str
    how: str
    changes: tuple[FieldChange, ...] = ()
    """What differs from the plan's wishes now and did not before, or differs otherwise."""


def write_plan(plan: Plan, file: Path) -> None:
    """Write a plan; nothing in it is a secret.

    Raises:
        DeployerError: if the file can't be written.
    """
    try:
        file.write_text(json.dumps(plan.model_dump(mode="json", by_alias=True), indent=1) + "\n")
    except OSError as error:
        raise DeployerError(
            f"the plan can't be written to {file}: {error.strerror}; nothing was changed; "
            "next: the same command with another --out"
        ) from error


def read_plan(file: Path) -> Plan | None:
    """Return the plan that a file holds, or None where it holds something else: a spec.

    Raises:
        DeployerError: if it holds a plan that this version can't read.
    """
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or "actions" not in content:
        return None
    content.pop("summary", None)
    try:
        plan = Plan.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DeployerError(
            f"{file} is no plan of this version ({where}: {first['msg']}); nothing was changed; "
            f"next: messina deploy plan FILE --out {file}"
        ) from None
    if plan.reads is None:
        raise DeployerError(
            f"{file} does not say what it was made from; nothing was changed; "
            f"next: messina deploy plan FILE --out {file}"
        )
    return plan


def moved(plan: Plan, *, patience: float = 60.0) -> tuple[Moved, ...]:
    """Read again what a plan was made from, and return what is not as it was; nothing is changed.

    Args:
        plan: one that was saved.
        patience: seconds that Kafka Connect is given to settle.
    """
    reads = plan.reads
    assert reads is not None, "a plan that was saved says what it was made from"
    wanted = desired_of(plan)
    with Site(plan.endpoints, patience=patience) as site:
        schemas = source_schemas(site, reads.keyspace, _tables(site, reads))
        world = gather(
            site, wanted, schemas, keyspace=reads.keyspace, sink_schema=reads.sink_schema
        )
    now = seen(wanted, world)
    differing = {what for what in {*now, *reads.seen} if now.get(what) != reads.seen.get(what)}
    before = _changes(plan)
    after = _changes(diff(wanted, world, plan.endpoints))
    return tuple(
        Moved(
            what=what,
            how=_how(reads.seen.get(what, MISSING), now.get(what, MISSING)),
            changes=tuple(c for c in after.get(what, ()) if c not in before.get(what, ())),
        )
        for what in sorted(differing)
    )


def _tables(site: Site, reads: Reads) -> tuple[str, ...]:
    """The tables that a plan read, and those that fit its patterns by now."""
    if not reads.patterns:
        return reads.tables
    there = table_names(site.scylla, reads.keyspace)
    now = fitting(reads.patterns, reads.exclude_tables, there)
    return (*reads.tables, *(name for name in now if name not in reads.tables))


def desired_of(plan: Plan) -> Desired:
    """Return what a plan wants there to be, out of its actions."""
    found = plan.desired
    return Desired(
        pipeline=plan.pipeline,
        topics=tuple(r for r in found if isinstance(r, TopicResource)),
        schemas=tuple(r for r in found if isinstance(r, SchemaResource)),
        tables=tuple(r for r in found if isinstance(r, TableResource)),
        views=tuple(r for r in found if isinstance(r, ViewResource)),
        connectors=tuple(r for r in found if isinstance(r, ConnectorResource)),
    )


def _how(before: str, now: str) -> str:
    if before == MISSING:
        return "is there now"
    return "is gone" if now == MISSING else "has changed"


def _changes(plan: Plan) -> dict[str, tuple[FieldChange, ...]]:
    return {
        label(step.resource): step.changes
        for step in plan.steps
        if isinstance(step, Change | Replace)
    }
