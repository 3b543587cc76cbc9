"""The configuration of Confluent's JDBC sink: upserts and deletes by key, of rows only.

Its jars are not on Maven Central; who has them puts them into the workers. What it can bind to a
Postgres column is less than what Debezium's can: (read) in its source, not run here.
"""

from messina.deployer.render import security
from messina.deployer.render.converters import converters
from messina.deployer.render.jdbc import jdbc_url
from messina.deployer.render.lanes import UNWRAP, collection, transforms
from messina.deployer.render.sink_kind import Sink
from messina.deployer.render.sizes import consumer_overrides, message_bytes
from messina.deployer.resources import ConnectorResource, TableResource
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.scylla import Column
from messina.secrets import connect_placeholder
from messina.types import parse_type

CLASS = "io.confluent.connect.jdbc.JdbcSinkConnector"

# Of a record's fields it knows Connect's own types: these come as Debezium's, in numbers or
# structures that Postgres won't take for the column.
_FOREIGN = {
    "messina": frozenset(["date", "decimal", "time", "varint"]),
    "scylladb": frozenset(["date", "timestamp"]),
}


class ConfluentJdbc:
    """Confluent's JDBC sink."""

    def plugins(self, spec: PipelineSpec) -> tuple[str, ...]:
        """Return its class, and that of the transform which makes rows of our events."""
        return (CLASS, UNWRAP) if spec.source.connector == "messina" else (CLASS,)

    def column_problem(self, spec: PipelineSpec, table: TableSpec, column: Column) -> str | None:
        """Return that a column's values come in a form that it can't bind."""
        if column.name in table.mask:
            return None
        parsed = parse_type(column.cql_type)
        collections = spec.source.connector == "scylladb" and not parsed.scalar
        if collections or parsed.scalar and parsed.name in _FOREIGN[spec.source.connector]:
            return f"the sink confluent-jdbc can't write its values, as {CLASS} knows no such type"
        return None

    def dead_letters(self, sink: str) -> str | None:
        """Nothing: it stops at what Postgres rejects."""
        return None

    def claims(self, spec: PipelineSpec) -> TableResource | None:
        """Nothing: a task that stood still writes what it has in its hands."""
        return None

    def connector(self, spec: PipelineSpec, sink: Sink, endpoints: Endpoints) -> ConnectorResource:
        """Return the connector that writes these tables."""
        postgres = endpoints.postgres
        config = {
            "name": sink.name,
            "connector.class": CLASS,
            "tasks.max": str(sink.tasks),
            "topics": ",".join(lane.topic for lane in sink.lanes),
            # text is bound without a type: Postgres makes of it a uuid, a timestamp, an inet, JSON
            "connection.url": jdbc_url(postgres, sink.name, stringtype="unspecified"),
            "connection.user": postgres.user,
            "dialect.name": "PostgreSqlDatabaseDialect",
            "insert.mode": "upsert",
            "delete.enabled": "true",
            "pk.mode": "record_key",
            "table.name.format": collection(spec, sink),
            "quote.sql.identifiers": "always",
            # its own columns would be of other types than a plan's
            "auto.create": "false",
            "auto.evolve": "false",
            # rides out a restart of Postgres of five minutes
            "connection.attempts": "600",
            "connection.backoff.ms": "500",
            "max.retries": "600",
            "retry.backoff.ms": "500",
            "consumer.override.max.poll.interval.ms": "900000",
            "consumer.override.session.timeout.ms": "6000",
            "consumer.override.heartbeat.interval.ms": "2000",
            "consumer.override.isolation.level": "read_committed",
            **transforms(spec, sink, rows_only=True),
            **consumer_overrides(message_bytes(spec)),
            **security.kafka(endpoints.kafka.security, "consumer.override.", "admin.override."),
            **converters(endpoints.registry, "sink"),
        }
        if postgres.password is not None:
            config["connection.password"] = connect_placeholder(postgres.password)
        return ConnectorResource(name=sink.name, role="sink", tasks=sink.tasks, config=config)
