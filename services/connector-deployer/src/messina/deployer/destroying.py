"""Taking a pipeline down."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from messina.deployer.events import Deleted, Kept
from messina.deployer.kinds import connector, table, topic, view
from messina.deployer.parts import Part, possible_parts, view_name
from messina.deployer.render.sources import source_kind
from messina.deployer.site import Site
from messina.kafka import sink_group
from messina.pipeline import Endpoints, PipelineSpec

Role = Literal["source", "sink"]


def destroy(
    spec: PipelineSpec,
    endpoints: Endpoints,
    *,
    delete_data: bool = False,
    patience: float = 60.0,
) -> Iterator[Deleted | Kept]:
    """Delete a pipeline's connectors; what holds data goes only when that is said.

    The events are made while the work is done: it goes on as far as they are taken. What is
    missing already is left out, so that this can be repeated.

    Args:
        spec: the pipeline.
        endpoints: where the systems are.
        delete_data: whether offsets, topics, their schemas and Postgres tables go as well.
        patience: seconds that Kafka Connect is given to settle.
    """
    endpoints = endpoints.under(spec)
    parts = tuple(possible_parts(spec))
    shared = source_kind(spec).topics(spec)
    topics = (*(part.topic for part in parts), *(one.name for one in shared))
    with Site(endpoints, patience=patience) as site:
        existing = site.topics.names()
        there = set(site.connect.names())
        for name, role in _connectors(spec, parts):
            if name in there:
                connector.delete(site, name, role, offsets=delete_data)
                yield Deleted(kind="connector", name=name)
                kind = Deleted if delete_data else Kept
                yield kind(kind="offsets", name=name)
        if delete_data:
            gone = [one for one in _connectors(spec, parts) if one[0] not in there]
            yield from _left_offsets(site, spec, gone, existing)
        yield from _tables(site, spec, [p for p in parts if p.topic in existing], delete_data)
        for one in topics:
            if one not in existing:
                continue
            if not delete_data:
                yield Kept(kind="topic", name=one)
            elif topic.delete(site, one):
                yield Deleted(kind="topic", name=one)
        yield from _subjects(site, topics, delete_data)


def _connectors(spec: PipelineSpec, parts: Sequence[Part]) -> Iterator[tuple[str, Role]]:
    """Sources first, so that nothing comes that nobody would take."""
    for one in spec.tables:
        yield spec.source_connector(one), "source"
    for part in parts:
        yield part.sink, "sink"


def _left_offsets(
    site: Site,
    spec: PipelineSpec,
    gone: Sequence[tuple[str, Role]],
    topics: Collection[str],
) -> Iterator[Deleted | Kept]:
    """Forget where connectors stood that are gone already: an earlier run has kept that.

    Sinks are consumer groups. The offsets of sources only Connect can forget, and only of a
    connector that it has: so it gets it once more, to stand still.
    """
    groups = {sink_group(name): name for name, role in gone if role == "sink"}
    left = site.topics.groups() & groups.keys()
    site.topics.delete_groups(left)
    for group in sorted(left):
        yield Deleted(kind="offsets", name=groups[group])
    kind = source_kind(spec)
    sources = {name for name, role in gone if role == "source"}
    for one in spec.tables:
        # offsets have come with records, and those with the topic
        if spec.source_connector(one) in sources and spec.topic(one) in topics:
            wanted = kind.connector(spec, one, site.endpoints)
            reason = connector.forget(site, wanted)
            if reason is None:
                yield Deleted(kind="offsets", name=wanted.name)
            else:
                yield Kept(kind="offsets", name=wanted.name, reason=reason)


def _tables(
    site: Site, spec: PipelineSpec, parts: Sequence[Part], delete_data: bool
) -> Iterator[Deleted | Kept]:
    """The Postgres tables of parts whose topics are there: a table has come with its topic.

    Tables go before topics, so that a run that was cut off can be repeated.
    """
    schema = spec.sink.schema_name
    # a view is made of both of its tables, so it goes before either
    for part in parts:
        if part.static:
            name = f"{schema}.{view_name(part.table)}"
            if not delete_data:
                yield Kept(kind="view", name=name)
            elif view.delete(site, schema, view_name(part.table)):
                yield Deleted(kind="view", name=name)
    for part in parts:
        name = f"{schema}.{part.target}"
        if not delete_data:
            # Postgres is not asked, as nothing is asked of it
            yield Kept(kind="table", name=name)
        elif table.delete(site, schema, part.target):
            yield Deleted(kind="table", name=name)


def _subjects(site: Site, topics: Sequence[str], delete_data: bool) -> Iterator[Deleted | Kept]:
    ours = {f"{topic}-{part}" for topic in topics for part in ("key", "value")}
    for subject in site.registry.subjects():
        if subject in ours and delete_data:
            site.registry.delete(subject)
            yield Deleted(kind="subject", name=subject)
        elif subject in ours:
            yield Kept(kind="subject", name=subject)
