"""What a spec wants there to be."""

from collections.abc import Mapping

from messina.deployer.render.sink_debezium import sink
from messina.deployer.render.source_messina import source
from messina.deployer.render.topics import (
    ANSWERS_TOPIC,
    LASTING_TOPIC,
    WATERMARKS_TOPIC,
    data_topic,
)
from messina.deployer.resources import (
    Desired,
    SchemaResource,
    TableResource,
    TopicResource,
)
from messina.deployer.tables import table_resource
from messina.pipeline import Endpoints, PipelineSpec
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
    return Desired(
        pipeline=spec.pipeline,
        topics=topics(spec),
        schemas=(SchemaResource(name=spec.sink.schema_name),),
        tables=tables(spec, schemas),
        connectors=(
            *(sink(spec, table, endpoints) for table in spec.tables),
            *(source(spec, table, endpoints) for table in spec.tables),
        ),
    )


def topics(spec: PipelineSpec) -> tuple[TopicResource, ...]:
    """Return the topics: one for each table, and four that the pipeline has in common."""
    data = (
        TopicResource(
            name=spec.topic(table), partitions=spec.partitions_of(table), config=data_topic(spec)
        )
        for table in spec.tables
    )
    return (
        *data,
        TopicResource(name=spec.watermarks_topic, partitions=1, config=WATERMARKS_TOPIC),
        *(
            TopicResource(name=name, partitions=1, config=LASTING_TOPIC)
            for name in (spec.gaps_topic, spec.signals_topic)
        ),
        TopicResource(name=spec.signals_done_topic, partitions=1, config=ANSWERS_TOPIC),
    )


def tables(spec: PipelineSpec, schemas: Mapping[str, TableSchema]) -> tuple[TableResource, ...]:
    """Return the Postgres tables."""
    return tuple(
        table_resource(spec.sink.schema_name, schemas[table.name]) for table in spec.tables
    )
