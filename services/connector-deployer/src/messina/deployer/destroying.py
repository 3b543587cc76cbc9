"""Taking a pipeline down."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from messina.deployer.desired import dead_letters
from messina.deployer.events import Deleted, Kept
from messina.deployer.kinds import connector, strays, table, topic, view
from messina.deployer.parts import Part, possible_parts, view_name
from messina.deployer.planning import resolved
from messina.deployer.render.claims import claims_table
from messina.deployer.render.sources import source_kind
from messina.deployer.resources import TableResource, TopicResource
from messina.deployer.site import Site
from messina.kafka import sink_group
from messina.pipeline import Endpoints, PipelineSpec

Role = Literal["source", "sink"]
ROLES: tuple[Role, ...] = ("source", "sink")
AT_ONCE = 8
"""Connectors that are deleted at the same time."""


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
    with Site(endpoints, patience=patience) as site:
        spec = resolved(site, spec)
        parts = tuple(possible_parts(spec))
        shared = source_kind(spec).topics(spec)
        # what became of letters may be kept of any sink's
        names = [one.name for one in (*shared, *dead_letters(spec, parts))]
        names += [spec.dead_letters_state_topic, spec.watch_topic]
        topics = tuple(dict.fromkeys([*(part.topic for part in parts), *names]))
        existing = site.topics.names()
        there = _there(site, spec, parts)
        # sources first, so that nothing comes that nobody would take
        for role in ROLES:
            yield from _deleted(site, role, [n for n, r in there.items() if r == role], delete_data)
        if delete_data:
            yield from _left_offsets(site, spec, parts, there, existing)
        # of tables that the spec does not name any more, or not so; before their topics go
        stray = tuple(_strays(site, spec, parts, topics))
        yield from _tables(site, spec, [p for p in parts if p.topic in existing], delete_data)
        for other in stray:
            if isinstance(other, TableResource):
                yield from _table(site, other.schema_name, other.table, delete_data)
        if delete_data:
            # of a sink of any kind that the pipeline had
            claims = claims_table(spec.pipeline)
            yield from _table(site, claims.schema_name, claims.table, delete_data)
        left = [one for one in topics if one in existing]
        left += [one.name for one in stray if isinstance(one, TopicResource)]
        if delete_data:
            # in one request, however many they are
            site.topics.delete(left)
        for one in left:
            yield (Deleted if delete_data else Kept)(kind="topic", name=one)
        yield from _subjects(site, {*topics, *left}, delete_data)


def _there(site: Site, spec: PipelineSpec, parts: Sequence[Part]) -> dict[str, Role]:
    """Return the pipeline's connectors that exist: by the spec's names, or by what they say."""
    wanted: dict[str, Role] = {one.source_connector: "source" for one in spec.bulkheads()}
    wanted |= {part.sink: "sink" for part in parts}
    names = set(site.connect.names())
    found: dict[str, Role] = {name: role for name, role in wanted.items() if name in names}
    for one in connector.read(site, spec.pipeline, ()).strays:
        found[one.name] = one.role
    return found


def _deleted(
    site: Site, role: Role, names: Sequence[str], offsets: bool
) -> Iterator[Deleted | Kept]:
    """Delete connectors, some at a time: each waits for Connect more than for anything else."""
    site.open("connect", "topics")
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="destroy") as pool:
        if offsets:
            # all of them before the first is waited for: the workers rebalance less often
            list(pool.map(lambda name: site.connect.stop(name, until_stopped=False), names))
        gone = pool.map(lambda n: connector.delete(site, n, role, offsets=offsets), names)
        for name, _ in zip(names, gone, strict=True):
            yield Deleted(kind="connector", name=name)
            kind = Deleted if offsets else Kept
            yield kind(kind="offsets", name=name)


def _left_offsets(
    site: Site,
    spec: PipelineSpec,
    parts: Sequence[Part],
    known: Collection[str],
    topics: Collection[str],
) -> Iterator[Deleted | Kept]:
    """Forget where connectors stood that are gone already: an earlier run has kept that.

    Sinks are consumer groups. The offsets of sources only Connect can forget, and only of a
    connector that it has: so it gets it once more, to stand still.
    """
    groups = {sink_group(part.sink): part.sink for part in parts if part.sink not in known}
    left = site.topics.groups() & groups.keys()
    site.topics.delete_groups(left)
    for group in sorted(left):
        yield Deleted(kind="offsets", name=groups[group])
    kind = source_kind(spec)
    for bulkhead in spec.bulkheads():
        # offsets have come with records, and those with the topic
        began = any(spec.topic(one) in topics for one in bulkhead.tables)
        if bulkhead.source_connector not in known and began:
            wanted = kind.connector(spec, bulkhead, site.endpoints)
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
        yield from _table(site, schema, part.target, delete_data)


def _table(site: Site, schema: str, name: str, delete_data: bool) -> Iterator[Deleted | Kept]:
    if not delete_data:
        yield Kept(kind="table", name=f"{schema}.{name}")
    elif table.delete(site, schema, name):
        yield Deleted(kind="table", name=f"{schema}.{name}")


def _strays(
    site: Site, spec: PipelineSpec, parts: Sequence[Part], topics: Collection[str]
) -> Iterator[TableResource | TopicResource]:
    return strays.read(
        site,
        prefix=f"{spec.pipeline}.{spec.source.keyspace}.",
        topics=topics,
        sink_schema=spec.sink.schema_name,
        tables=[part.target for part in parts],
    )


def _subjects(site: Site, topics: Collection[str], delete_data: bool) -> Iterator[Deleted | Kept]:
    # Each by its name: of a list Apicurio tells the first thousand (apicurio.ccompat.max-subjects).
    for subject in sorted({subject for name in topics for subject in topic.subjects(name)}):
        if delete_data:
            if site.registry.delete(subject):
                yield Deleted(kind="subject", name=subject)
        elif site.registry.latest(subject) is not None:
            yield Kept(kind="subject", name=subject)
