"""What a spec wants there to be."""

from collections.abc import Mapping

from messina.deployer.parts import Part, carried_parts, rows_part, view_name
from messina.deployer.render.sink_debezium import sink
from messina.deployer.render.sources import source_kind
from messina.deployer.render.topics import data_topic
from messina.deployer.resources import (
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
    return Desired(
        pipeline=spec.pipeline,
        topics=(*(part_topic(spec, part) for part in parts), *kind.topics(spec)),
        schemas=(SchemaResource(name=spec.sink.schema_name),),
        tables=tuple(
            table_resource(spec.sink.schema_name, part, schemas[part.table.name], kind)
            for part in parts
        ),
        views=tuple(view(spec, part, schemas[part.table.name]) for part in parts if part.static),
        connectors=(
            *(sink(spec, part, endpoints) for part in parts),
            *(kind.connector(spec, table, endpoints) for table in spec.tables),
        ),
    )


def parts_of(spec: PipelineSpec, schemas: Mapping[str, TableSchema]) -> tuple[Part, ...]:
    """Return what goes its own way, table by table."""
    return carried_parts(spec, schemas, statics=source_kind(spec).carries_statics)


def part_topic(spec: PipelineSpec, part: Part) -> TopicResource:
    """Return the topic of a part: as many partitions as the table has slices."""
    partitions = spec.partitions_of(part.table)
    return TopicResource(name=part.topic, partitions=partitions, config=data_topic(spec))


def view(spec: PipelineSpec, part: Part, schema: TableSchema) -> ViewResource:
    """Return the view over a table's rows and its static columns."""
    rows = rows_part(spec, part.index)
    key = tuple(column.name for column in schema.partition_key)
    return ViewResource.of(
        JoinedView(
            schema=spec.sink.schema_name,
            name=view_name(part.table),
            rows=rows.target,
            shared=part.target,
            partition_key=key,
            row_columns=tuple(c.name for c in rows.columns(schema) if c.name not in key),
            shared_columns=tuple(c.name for c in part.columns(schema) if c.name not in key),
        )
    )
