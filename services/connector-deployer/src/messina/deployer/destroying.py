"""Taking a pipeline down."""

from collections.abc import Iterator

from messina.deployer.desired import topics
from messina.deployer.events import Deleted, Kept
from messina.deployer.kinds import connector, table, topic
from messina.deployer.render.sink_debezium import sink
from messina.deployer.render.source_messina import source
from messina.deployer.site import Site
from messina.pipeline import Endpoints, PipelineSpec


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
        sources = [source(spec, one, endpoints) for one in spec.tables]
        sinks = [sink(spec, one, endpoints) for one in spec.tables]
        for resource in (*sources, *sinks):
            if connector.delete(site, resource, offsets=delete_data):
                yield Deleted(kind="connector", name=resource.name)
                if delete_data:
                    yield Deleted(kind="offsets", name=resource.name)
                else:
                    yield Kept(kind="offsets", name=resource.name)
        existing = site.topics.names()
        for one in topics(spec):
            if one.name not in existing:
                continue
            if not delete_data:
                yield Kept(kind="topic", name=one.name)
            elif topic.delete(site, one.name):
                yield Deleted(kind="topic", name=one.name)
        yield from _subjects(site, spec, delete_data)
        for spec_table in spec.tables:
            name = f"{spec.sink.schema_name}.{spec_table.name}"
            if not delete_data:
                # Postgres is not asked, as nothing is asked of it: a table has come with its topic
                if spec.topic(spec_table) in existing:
                    yield Kept(kind="table", name=name)
            elif table.delete(site, spec.sink.schema_name, spec_table.name):
                yield Deleted(kind="table", name=name)


def _subjects(site: Site, spec: PipelineSpec, delete_data: bool) -> Iterator[Deleted | Kept]:
    ours = {f"{one.name}-{part}" for one in topics(spec) for part in ("key", "value")}
    for subject in site.registry.subjects():
        if subject in ours and delete_data:
            site.registry.delete(subject)
            yield Deleted(kind="subject", name=subject)
        elif subject in ours:
            yield Kept(kind="subject", name=subject)
