"""The configuration of Messina's own source connector: one table, exactly once."""

from messina.deployer.render.converters import converters
from messina.deployer.resources import ConnectorResource
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.secrets import connect_placeholder

CLASS = "io.messina.connect.scylla.ScyllaSourceConnector"


def source(spec: PipelineSpec, table: TableSpec, endpoints: Endpoints) -> ConnectorResource:
    """Return the connector that reads a table."""
    name = spec.source_connector(table)
    scylla = endpoints.scylla
    config = {
        "name": name,
        "connector.class": CLASS,
        "tasks.max": str(spec.tasks_of(table)),
        "topic.prefix": spec.pipeline,
        "tables": f"{spec.source.keyspace}.{table.name}",
        "slices": str(spec.partitions_of(table)),
        "scylla.contact.points": ",".join(scylla.contact_points),
        "scylla.local.datacenter": scylla.local_datacenter,
        "window.ms": str(spec.window_ms),
        "confidence.ms": str(spec.confidence_ms),
        "safe.confidence.ms": str(spec.safe_confidence_ms),
        "watermarks.topic": spec.watermarks_topic,
        "exactly.once.support": "required",
        "transaction.boundary": "connector",
        **converters(endpoints.registry, "source"),
    }
    if scylla.user is not None and scylla.password is not None:
        config["scylla.user"] = scylla.user
        config["scylla.password"] = connect_placeholder(scylla.password)
    return ConnectorResource(name=name, role="source", tasks=spec.tasks_of(table), config=config)
