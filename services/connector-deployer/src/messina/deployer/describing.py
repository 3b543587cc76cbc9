"""Describing connectors: configuration without secrets, tasks, offsets, topics, errors whole."""

from collections.abc import Mapping
from typing import Any

from messina.deployer.health import Side
from messina.deployer.inventory import Deployed, Role, Selection, deployed, select
from messina.deployer.resources import Value
from messina.deployer.secrecy import cleared, hidden
from messina.deployer.site import Site
from messina.deployer.verbs import state_of
from messina.kafka import KafkaProblem, Offset
from messina.pipeline import Endpoints


class Description(Value):
    """All there is to know about one connector; nothing in it is a secret.

    Attributes:
        name: the connector.
        pipeline: whose it is.
        role: whether it reads or writes.
        tables: the source tables that it carries.
        state: how it and its tasks are.
        worker: which worker runs the connector itself.
        config: its configuration; secrets are references, or hidden.
        topics: the topics that it has used.
        offsets: where it stands.
        errors: the traces of the connector and of each task, whole.
        unknown: what could not be had, and why.
    """

    name: str
    pipeline: str
    role: Role
    tables: tuple[str, ...]
    state: Side
    worker: str | None
    config: Mapping[str, str]
    topics: tuple[str, ...] = ()
    offsets: tuple[Offset, ...] = ()
    errors: Mapping[str, str] = {}
    unknown: tuple[str, ...] = ()


def describe(
    endpoints: Endpoints, selection: Selection, *, patience: float = 10.0
) -> tuple[Description, ...]:
    """Return all there is to know about connectors. Kafka Connect alone is asked.

    Raises:
        NothingSelected: if no connector is meant.
        ConnectProblem: if Kafka Connect does not answer.
    """
    with Site(endpoints, patience=patience) as site:
        chosen = select(deployed(site.connect.overview()), selection)
        return tuple(_described(site, one) for one in chosen)


def _described(site: Site, one: Deployed) -> Description:
    unknown: list[str] = []
    secrets: frozenset[str] = frozenset()
    topics: tuple[str, ...] = ()
    offsets: tuple[Offset, ...] = ()
    try:
        secrets = site.connect.secret_fields(one.config.get("connector.class") or "")
        topics = site.connect.topics(one.name)
        offsets = site.connect.offsets(one.name)
    except KafkaProblem as problem:
        unknown.append(str(problem))
    status = one.status
    return Description(
        name=one.name,
        pipeline=one.pipeline,
        role=one.role,
        tables=one.tables,
        state=state_of(one),
        worker=None if status is None else status.connector.worker_id,
        config=hidden(one.config, secrets),
        topics=topics,
        offsets=tuple(sorted(offsets, key=_place)),
        errors={} if status is None else traces(one),
        unknown=tuple(unknown),
    )


def traces(one: Deployed) -> dict[str, str]:
    """Return the traces there are: by `connector`, `task 0`, …; without passwords."""
    if one.status is None:
        return {}
    found = {"connector": one.status.connector.trace}
    found |= {f"task {task.id}": task.trace for task in one.status.tasks}
    return {where: cleared(trace).rstrip() for where, trace in found.items() if trace}


def _place(offset: Offset) -> tuple[Any, ...]:
    return tuple(
        (key, value if isinstance(value, int) else -1, str(value))
        for key, value in sorted(offset.partition.items())
    )
