"""What a spec wants there to be."""

from collections.abc import Iterator, Mapping, Sequence

from messina.deployer.parts import Part, carried_parts, rows_part, view_name
from messina.deployer.render.sink_kind import Lane, Sink
from messina.deployer.render.sinks import sink_kind
from messina.deployer.render.sources import source_kind
from messina.deployer.render.topics import (
    data_topic,
    dead_letters_state_topic,
    dead_letters_topic,
)
from messina.deployer.resources import (
    ConnectorResource,
    Desired,
    SchemaResource,
    TopicResource,
    ViewResource,
)
from messina.deployer.tables import table_resource
from messina.pipeline import Endpoints, PipelineSpec
from messina.postgres import JoinedView
from messina.scylla import TableSchema


def desired(
    spec: PipelineSpec, schemas: Mapping[str, TableSchema], endpoints: Endpoints
) -> Desired:
    """Return every resource of a pipeline.

    Args:
        spec: the pipeline.
        schemas: the source tables by name; all of them have passed the checks.
        endpoints: where the systems are, with what the spec itself says put over them.
    """
    parts = parts_of(spec, schemas)
    kind = source_kind(spec)
    claims = sink_kind(spec).claims(spec)
    return Desired(
        pipeline=spec.pipeline,
        topics=(
            *(part_topic(spec, part) for part in parts),
            *kind.topics(spec),
            *dead_letters(spec, parts),
        ),
        schemas=(
            SchemaResource(name=spec.sink.schema_name),
            *([SchemaResource(name=claims.schema_name)] if claims else []),
        ),
        tables=(
            *(
                table_resource(spec.sink.schema_name, part, schemas[part.table.name], kind)
                for part in parts
            ),
            *([claims] if claims else []),
        ),
        views=tuple(view(spec, part, schemas[part.table.name]) for part in parts if part.static),
        connectors=(
            *sinks(spec, parts, schemas, endpoints),
            *(kind.connector(spec, bulkhead, endpoints) for bulkhead in spec.bulkheads()),
        ),
    )


def sinks(
    spec: PipelineSpec,
    parts: Sequence[Part],
    schemas: Mapping[str, TableSchema],
    endpoints: Endpoints,
) -> Iterator[ConnectorResource]:
    """Return the sinks: parts whose tables share a bulkhead share one."""
    kind = sink_kind(spec)
    tasks = {
        name: bulkhead.tasks
        for bulkhead in spec.bulkheads()
        for name in (bulkhead.sink_connector, bulkhead.static_sink_connector)
    }
    shared: dict[str, list[Lane]] = {}
    for part in parts:
        lane = Lane(part.topic, part.target, part.renamed(schemas[part.table.name]))
        shared.setdefault(part.sink, []).append(lane)
    for name, lanes in shared.items():
        yield kind.connector(spec, Sink(name, tasks[name], tuple(lanes)), endpoints)


def parts_of(spec: PipelineSpec, schemas: Mapping[str, TableSchema]) -> tuple[Part, ...]:
    """Return what goes its own way, table by table."""
    return carried_parts(spec, schemas, statics=source_kind(spec).carries_statics)


def part_topic(spec: PipelineSpec, part: Part) -> TopicResource:
    """Return the topic of a part: as many partitions as the table has slices."""
    partitions = spec.partitions_of(part.table)
    return TopicResource(name=part.topic, partitions=partitions, config=data_topic(spec))


def dead_letters(spec: PipelineSpec, parts: Sequence[Part]) -> Iterator[TopicResource]:
    """Return the topics that take what Postgres rejects: one a sink, where it has such.

    And one that says what became of that.
    """
    kind = sink_kind(spec)
    topics = [kind.dead_letters(name) for name in dict.fromkeys(part.sink for part in parts)]
    for topic in filter(None, topics):
        yield TopicResource(name=topic, partitions=1, config=dead_letters_topic(spec))
    if any(topics):
        name = spec.dead_letters_state_topic
        yield TopicResource(name=name, partitions=1, config=dead_letters_state_topic())


def view(spec: PipelineSpec, part: Part, schema: TableSchema) -> ViewResource:
    """Return the view over a table's rows and its static columns."""
    rows = rows_part(spec, part.index)
    named = part.table.postgres_column
    key = tuple(named(column.name) for column in schema.partition_key)
    return ViewResource.of(
        JoinedView(
            schema=spec.sink.schema_name,
            name=view_name(part.table),
            rows=rows.target,
            shared=part.target,
            partition_key=key,
            row_columns=_others(rows, schema, key),
            shared_columns=_others(part, schema, key),
        )
    )


def _others(part: Part, schema: TableSchema, key: tuple[str, ...]) -> tuple[str, ...]:
    names = (part.table.postgres_column(column.name) for column in part.columns(schema))
    return tuple(name for name in names if name not in key)
