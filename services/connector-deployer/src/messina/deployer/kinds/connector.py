"""Connectors."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from messina.deployer.plan import FieldChange
from messina.deployer.resources import ConnectorResource
from messina.deployer.site import Site
from messina.kafka import Connector, ConnectorStatus, ConnectRefused, Offset, sink_group

SETTLED_WITHIN = 3.0
"""Seconds that a task which is not listed is given to come: one that is being moved does."""
LOOK_EVERY = 0.25

OURS = frozenset(
    (
        "io.messina.connect.scylla.ScyllaSourceConnector",
        "com.scylladb.cdc.debezium.connector.ScyllaConnector",
        "io.debezium.connector.jdbc.JdbcSinkConnector",
        "io.confluent.connect.jdbc.JdbcSinkConnector",
        "io.messina.connect.jdbc.sink.MessinaSinkConnector",
    )
)
"""The classes that a pipeline's connectors can have."""
TABLES = ("tables", "scylla.table.names")
"""Settings in which source connectors name their tables, each with its keyspace."""
_WRITES = ("topics", "connection.url", "collection.name.format", "table.name.format")
_TOLD = ("connector.class", "tasks.max", "topic.prefix", "topics", *TABLES)


@dataclass(frozen=True)
class Found:
    """The connectors of a pipeline as they are.

    Attributes:
        wanted: those that are wanted, as they are configured.
        statuses: how they are.
        strays: those that the pipeline has made once, and that are not wanted.
        others: the sinks that are somebody else's, as far as one sees what they write.
    """

    wanted: Mapping[str, ConnectorResource]
    statuses: Mapping[str, ConnectorStatus]
    strays: tuple[ConnectorResource, ...]
    others: tuple[ConnectorResource, ...] = ()


def read(site: Site, pipeline: str, wanted: Iterable[ConnectorResource]) -> Found:
    """Return what there is of a pipeline's connectors: one request, however many they are."""
    expected = {one.name: one for one in wanted}
    deadline = time.monotonic() + SETTLED_WITHIN
    while True:
        overview = site.connect.overview()
        existing = {name: one for name, (one, _) in overview.items()}
        states = {name: how for name, (_, how) in overview.items() if how is not None}
        found = {name: _found(one, existing) for name, one in expected.items() if name in existing}
        mine = {name: states[name] for name in found if name in states}
        if time.monotonic() > deadline or not any(
            _moves(status, expected[name].tasks) for name, status in mine.items()
        ):
            break
        time.sleep(LOOK_EVERY)
    rest = [(one, stray(one, pipeline)) for n, one in sorted(existing.items()) if n not in expected]
    strays = tuple(known for _, known in rest if known is not None)
    return Found(found, mine, strays, tuple(_other(one) for one, known in rest if known is None))


def _other(connector: Connector) -> ConnectorResource:
    """What is needed of somebody else's connector to see which table it writes."""
    config = {k: v for k, v in connector.config.items() if k in _WRITES and v is not None}
    if "connection.url" in config:
        # what stands behind it may be a secret
        config["connection.url"] = database_of(config["connection.url"])
    return ConnectorResource(name=connector.name, role="sink", tasks=1, config=config)


def database_of(url: str) -> str:
    """Return the part of a JDBC URL that says which database it is."""
    return url.partition("?")[0].rpartition("@")[2].removeprefix("jdbc:postgresql://")


def stray(connector: Connector, pipeline: str) -> ConnectorResource | None:
    """Return a connector as the pipeline's own, or None where it is somebody else's.

    It is the pipeline's if its name, its class and what it reads or writes say so; all of them.
    Of its configuration only what tells it is kept: somebody may have written a secret there.
    """
    prefix, _, rest = connector.name.partition(".")
    role = rest.rpartition(".")[2]
    if prefix != pipeline or role not in ("source", "sink"):
        return None
    config = {k: v for k, v in connector.config.items() if k in _TOLD and v is not None}
    topics = [one.strip() for one in config.get("topics", "").split(",")]
    reads = config.get("topic.prefix") == pipeline
    writes = all(topic.startswith(f"{pipeline}.") for topic in topics)
    if config.get("connector.class") not in OURS or not (reads if role == "source" else writes):
        return None
    tasks = config.get("tasks.max", "1")
    return ConnectorResource(
        name=connector.name,
        role="source" if role == "source" else "sink",
        tasks=int(tasks) if tasks.isdecimal() else 1,
        config=config,
    )


def items(connector: ConnectorResource) -> tuple[str, ...]:
    """Return what a connector has offsets of: a source's tables, a sink's topics."""
    names = TABLES if connector.role == "source" else ("topics",)
    return listed_in(
        next((connector.config[name] for name in names if name in connector.config), "")
    )


def listed_in(setting: str) -> tuple[str, ...]:
    """Return the parts of a setting that is a list with commas."""
    return tuple(one.strip() for one in setting.split(",") if one.strip())


def statuses(site: Site, wanted: Iterable[ConnectorResource]) -> dict[str, ConnectorStatus]:
    """Return how those of the connectors that exist are."""
    existing = site.connect.statuses()
    return {c.name: existing[c.name] for c in wanted if c.name in existing}


def create(site: Site, connector: ConnectorResource) -> None:
    """Make a connector; return when Connect has taken it, which is before it runs."""
    site.connect.put(connector.name, connector.config, until_known=False)


def go_on(site: Site, names: Iterable[str]) -> None:
    """Resume those of the connectors that are STOPPED."""
    for name in names:
        status = site.connect.status(name)
        if status is not None and status.connector.state == "STOPPED":
            site.connect.resume(name)


def item_of(offset: Offset) -> str:
    """Return what an offset is of: a source's table with its keyspace, or a sink's topic."""
    partition = offset.partition
    if "kafka_topic" in partition:
        return str(partition["kafka_topic"])
    keyspace = partition.get("keyspace", partition.get("keyspace_name"))
    return f"{keyspace}.{partition.get('table', partition.get('table_name'))}"


def change(site: Site, connector: ConnectorResource, changes: Iterable[FieldChange]) -> None:
    """Give a connector its whole configuration anew."""
    site.connect.put(connector.name, connector.config)
    status = site.connect.status(connector.name)
    if status is not None and status.connector.state in ("PAUSED", "STOPPED"):
        site.connect.resume(connector.name)


def restart(site: Site, connector: ConnectorResource, *, only_failed: bool = True) -> None:
    """Restart a connector, or what has failed of it."""
    site.connect.restart(connector.name, only_failed=only_failed)


def resume(site: Site, connector: ConnectorResource) -> None:
    """Let a connector go on, and restart what had failed of it, which resuming does not."""
    status = site.connect.status(connector.name)
    if status is not None and status.failed():
        site.connect.restart(connector.name, only_failed=True)
    site.connect.resume(connector.name)


def delete(site: Site, name: str, role: Literal["source", "sink"], *, offsets: bool) -> bool:
    """Delete a connector; return whether there was one.

    Args:
        site: where it is.
        name: which one.
        role: what it does.
        offsets: whether to forget as well where it stood.
    """
    there = site.connect.get(name) is not None
    if there and offsets:
        site.connect.stop(name)
        site.connect.delete_offsets(name)
    if there:
        site.connect.delete(name)
    if offsets and role == "sink":
        site.topics.delete_groups([sink_group(name)])
    return there


def forget(site: Site, connector: ConnectorResource) -> str | None:
    """Forget where a source connector stood that is gone; return why that can't be done.

    It is made once more, STOPPED, so that it never reads; then it goes with its offsets.
    """
    try:
        site.connect.create_stopped(connector.name, connector.config)
    except ConnectRefused as error:
        return str(error)
    try:
        site.connect.delete_offsets(connector.name)
    finally:
        site.connect.delete(connector.name)
    return None


def _found(wanted: ConnectorResource, existing: Mapping[str, Connector]) -> ConnectorResource:
    config = {k: v or "" for k, v in existing[wanted.name].config.items()}
    return wanted.model_copy(update={"config": config})


def _moves(status: ConnectorStatus, tasks: int) -> bool:
    """Whether a connector runs, but not all of its tasks are listed: they may be moving."""
    return status.connector.state == "RUNNING" and len(status.tasks) < tasks
