"""The configuration of Debezium's JDBC sink: upserts and deletes by key."""

from messina.deployer.render import security
from messina.deployer.render.converters import converters
from messina.deployer.render.jdbc import jdbc_url
from messina.deployer.render.lanes import UNWRAP, collection, transforms
from messina.deployer.render.sink_kind import Sink
from messina.deployer.render.sizes import consumer_overrides, message_bytes
from messina.deployer.resources import ConnectorResource
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.scylla import Column
from messina.secrets import connect_placeholder

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

    def connector(self, spec: PipelineSpec, sink: Sink, endpoints: Endpoints) -> ConnectorResource:
        """Return the connector that writes these tables."""
        postgres = endpoints.postgres
        config = {
            "name": sink.name,
            "connector.class": CLASS,
            "tasks.max": str(sink.tasks),
            "topics": ",".join(lane.topic for lane in sink.lanes),
            "connection.url": jdbc_url(postgres, sink.name),
            "connection.username": postgres.user,
            # a task writes through one connection at a time
            "connection.pool.min_size": "1",
            "connection.pool.max_size": "2",
            # the row as it stands, by its key: whatever is repeated converges
            "insert.mode": "upsert",
            "delete.enabled": "true",
            "primary.key.mode": "record_key",
            "collection.name.format": collection(spec, sink),
            "quote.identifiers": "true",
            # adds a column that the source has got; the tables themselves are made beforehand
            "schema.evolution": "basic",
            # a batch holds a key once: without this, batched inserts fail on the second
            "use.reduction.buffer": "true",
            # rides out a restart of Postgres of five minutes; polling may stand still that long
            "connection.restart.on.errors": "true",
            "flush.max.retries": "600",
            "flush.retry.delay.ms": "500",
            "consumer.override.max.poll.interval.ms": "900000",
            # a worker that dies gives up its partitions in seconds
            "consumer.override.session.timeout.ms": "10000",
            "consumer.override.heartbeat.interval.ms": "3000",
            # sources write in transactions
            "consumer.override.isolation.level": "read_committed",
            **transforms(spec, sink),
            **consumer_overrides(message_bytes(spec)),
            **security.kafka(endpoints.kafka.security, "consumer.override.", "admin.override."),
            **converters(endpoints.registry, "sink"),
        }
        if postgres.password is not None:
            config["connection.password"] = connect_placeholder(postgres.password)
        return ConnectorResource(name=sink.name, role="sink", tasks=sink.tasks, config=config)
