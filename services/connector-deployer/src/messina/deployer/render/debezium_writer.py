"""What Debezium's writer is told, in whichever task it works."""

from messina.deployer.render.jdbc import jdbc_url
from messina.deployer.render.lanes import collection
from messina.deployer.render.sink_kind import Sink
from messina.pipeline import PipelineSpec, PostgresEndpoint
from messina.secrets import connect_placeholder


def debezium_writer(
    spec: PipelineSpec, sink: Sink, postgres: PostgresEndpoint, **driver: str
) -> dict[str, str]:
    """Return the settings of the writer: upserts and deletes by key, into tables that are there.

    Args:
        spec: the pipeline.
        sink: the sink.
        postgres: the database.
        driver: further settings of the database's driver.
    """
    config = {
        "connection.url": jdbc_url(postgres, sink.name, **driver),
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
    }
    if postgres.password is not None:
        config["connection.password"] = connect_placeholder(postgres.password)
    return config
