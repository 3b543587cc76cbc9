"""The configuration of Debezium's JDBC sink: upserts and deletes by key."""

from messina.deployer.render import security
from messina.deployer.render.converters import converters
from messina.deployer.render.debezium_writer import debezium_writer
from messina.deployer.render.lanes import UNWRAP, transforms
from messina.deployer.render.sink_kind import Sink
from messina.deployer.render.sizes import consumer_overrides, message_bytes
from messina.deployer.resources import ConnectorResource, TableResource
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.scylla import Column

CLASS = "io.debezium.connector.jdbc.JdbcSinkConnector"


class Debezium:
    """Debezium's JDBC sink."""

    def plugins(self, spec: PipelineSpec) -> tuple[str, ...]:
        """Return its class, and that of the transform which renames need."""
        renames = any(table.rename for table in spec.tables)
        return (CLASS, UNWRAP) if renames and spec.source.connector == "messina" else (CLASS,)

    def column_problem(self, spec: PipelineSpec, table: TableSpec, column: Column) -> str | None:
        """Nothing: what the sources carry, it writes."""
        return None

    def dead_letters(self, sink: str) -> str | None:
        """Nothing: it stops at what Postgres rejects."""
        return None

    def claims(self, spec: PipelineSpec) -> TableResource | None:
        """Nothing: a task that stood still writes what it has in its hands."""
        return None

    def connector(self, spec: PipelineSpec, sink: Sink, endpoints: Endpoints) -> ConnectorResource:
        """Return the connector that writes these tables."""
        config = {
            "name": sink.name,
            "connector.class": CLASS,
            "tasks.max": str(sink.tasks),
            "topics": ",".join(lane.topic for lane in sink.lanes),
            **debezium_writer(spec, sink, endpoints.postgres),
            # rides out a restart of Postgres of five minutes; polling may stand still that long
            "connection.restart.on.errors": "true",
            "flush.max.retries": "600",
            "flush.retry.delay.ms": "500",
            "consumer.override.max.poll.interval.ms": "900000",
            # a worker that dies gives up its partitions in seconds
            "consumer.override.session.timeout.ms": "6000",
            "consumer.override.heartbeat.interval.ms": "2000",
            # sources write in transactions
            "consumer.override.isolation.level": "read_committed",
            **transforms(spec, sink),
            **consumer_overrides(message_bytes(spec)),
            **security.kafka(endpoints.kafka.security, "consumer.override.", "admin.override."),
            **converters(endpoints.registry, "sink"),
        }
        return ConnectorResource(name=sink.name, role="sink", tasks=sink.tasks, config=config)
