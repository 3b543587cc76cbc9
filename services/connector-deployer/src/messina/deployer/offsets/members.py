"""Which connectors carry a pipeline's tables, found by their own configurations.

So it does not matter how a spec groups its tables, or whether it has changed since.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from messina.deployer.offsets.positions import Form
from messina.deployer.render.source_messina import CLASS as MESSINA
from messina.deployer.render.source_scylladb import CLASS as SCYLLADB
from messina.deployer.resources import Value
from messina.kafka import Connector, ConnectorStatus
from messina.pipeline import STATIC, PipelineSpec, TableSpec

SourceName = Literal["messina", "scylladb"]

_SOURCES: Mapping[str, tuple[SourceName, Form, str]] = {
    MESSINA: ("messina", "slice", "tables"),
    SCYLLADB: ("scylladb", "window", "scylla.table.names"),
}


class Member(Value):
    """A connector of a pipeline.

    Attributes:
        name: what it is called.
        role: what it does.
        form: which form its offsets have.
        connector: which of the source connectors it is; None of a sink.
        tables: the tables that it carries, with their keyspace.
        topics: the topics that a sink reads.
        targets: by topic, the Postgres tables that a sink writes, with their schema.
        slices: how many slices Messina's source has.
        state: what Connect says of it; FAILED also where only a task has failed.
    """

    name: str
    role: Literal["source", "sink"]
    form: Form
    connector: SourceName | None = None
    tables: tuple[str, ...]
    topics: tuple[str, ...] = ()
    targets: Mapping[str, str] = {}
    slices: int | None = None
    state: str


def source_name(connector_class: str) -> SourceName | None:
    """Return which of the source connectors a class is, if any."""
    known = _SOURCES.get(connector_class)
    return None if known is None else known[0]


def members(
    spec: PipelineSpec,
    connectors: Mapping[str, Connector],
    statuses: Mapping[str, ConnectorStatus],
    tables: Sequence[str] = (),
) -> tuple[Member, ...]:
    """Return a pipeline's connectors, sources first.

    Args:
        spec: the pipeline.
        connectors: all that Connect has.
        statuses: how they are.
        tables: the tables that are asked for, without keyspace; none means all.
    """
    wanted = {f"{spec.source.keyspace}.{table}" for table in tables}
    named = [entry for entry in spec.entries if isinstance(entry, TableSpec)]
    parts = {spec.topic(table): table.target for table in named}
    parts |= {spec.static_topic(table): f"{table.target}{STATIC}" for table in named}
    prefix = f"{spec.pipeline}.{spec.source.keyspace}."
    found = []
    for name, connector in sorted(connectors.items()):
        member = member_of(spec.pipeline, spec.source.keyspace, connector, statuses.get(name))
        if member is not None and (not wanted or wanted & set(member.tables)):
            # tables of a pattern are called as in the source
            written = {
                topic: f"{spec.sink.schema_name}.{parts.get(topic, topic.removeprefix(prefix))}"
                for topic in member.topics
            }
            found.append(member.model_copy(update={"targets": written}))
    return tuple(sorted(found, key=lambda one: (one.role == "sink", one.name)))


def member_of(
    pipeline: str, keyspace: str, connector: Connector, status: ConnectorStatus | None
) -> Member | None:
    """Return what a connector is to a pipeline; None if it is none of it."""
    config = {k: v or "" for k, v in connector.config.items()}
    state = state_of(status)
    if (known := _SOURCES.get(config.get("connector.class", ""))) is not None:
        kind, form, setting = known
        if config.get("topic.prefix") != pipeline:
            return None
        return Member(
            name=connector.name,
            role="source",
            form=form,
            connector=kind,
            tables=_listed(config.get(setting, "")),
            slices=int(config["slices"]) if config.get("slices", "").isdigit() else None,
            state=state,
        )
    prefix = f"{pipeline}.{keyspace}."
    topics = tuple(t for t in _listed(config.get("topics", "")) if t.startswith(prefix))
    if not topics or not connector.name.startswith(f"{pipeline}."):
        return None
    names = dict.fromkeys(t.removeprefix(prefix).removesuffix(STATIC) for t in topics)
    return Member(
        name=connector.name,
        role="sink",
        form="topic",
        tables=tuple(f"{keyspace}.{name}" for name in names),
        topics=topics,
        state=state,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def state_of(status: ConnectorStatus | None) -> str:
    """Return how a connector is: FAILED also where only a task has failed."""
    if status is None:
        return "UNASSIGNED"
    return "FAILED" if status.failed() else status.connector.state
