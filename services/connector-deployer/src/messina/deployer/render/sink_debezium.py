"""The configuration of Debezium's JDBC sink: one table, upserts and deletes by key."""

from urllib.parse import quote, urlencode

from messina.deployer.parts import Part
from messina.deployer.render.converters import converters
from messina.deployer.render.sizes import consumer_overrides, message_bytes
from messina.deployer.resources import ConnectorResource
from messina.pipeline import Endpoints, PipelineSpec, PostgresEndpoint
from messina.secrets import connect_placeholder

CLASS = "io.debezium.connector.jdbc.JdbcSinkConnector"


def sink(spec: PipelineSpec, part: Part, endpoints: Endpoints) -> ConnectorResource:
    """Return the connector that writes one Postgres table."""
    name = part.sink
    tasks = spec.tasks_of(part.table)
    postgres = endpoints.postgres
    config = {
        "name": name,
        "connector.class": CLASS,
        "tasks.max": str(tasks),
        "topics": part.topic,
        "connection.url": jdbc_url(postgres, name),
        "connection.username": postgres.user,
        # a task writes through one connection at a time
        "connection.pool.min_size": "1",
        "connection.pool.max_size": "2",
        # the row as it stands, by its key: whatever is repeated converges
        "insert.mode": "upsert",
        "delete.enabled": "true",
        "primary.key.mode": "record_key",
        "collection.name.format": f"{spec.sink.schema_name}.{part.target}",
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
        **consumer_overrides(message_bytes(spec)),
        **converters(endpoints.registry, "sink"),
    }
    if postgres.password is not None:
        config["connection.password"] = connect_placeholder(postgres.password)
    return ConnectorResource(name=name, role="sink", tasks=tasks, config=config)


def jdbc_url(postgres: PostgresEndpoint, application: str) -> str:
    """Return the URL of a database, without user and password."""
    host = postgres.host
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    settings = urlencode({"reWriteBatchedInserts": "true", "ApplicationName": application})
    return (
        f"jdbc:postgresql://{host}:{postgres.port}/{quote(postgres.database, safe='')}?{settings}"
    )
