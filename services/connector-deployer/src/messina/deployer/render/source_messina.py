"""The configuration of Messina's own source connector: one table, exactly once."""

from messina.deployer.render.converters import converters
from messina.deployer.render.sizes import message_bytes, producer_overrides
from messina.deployer.render.topics import data_topic
from messina.deployer.resources import ConnectorResource
from messina.pipeline import (
    Endpoints,
    PipelineSpec,
    ScyllaEndpoint,
    SourceSpec,
    TableSpec,
    milliseconds,
)
from messina.secrets import connect_placeholder

CLASS = "io.messina.connect.scylla.ScyllaSourceConnector"


def source(spec: PipelineSpec, table: TableSpec, endpoints: Endpoints) -> ConnectorResource:
    """Return the connector that reads a table."""
    name = spec.source_connector(table)
    config = {
        "name": name,
        "connector.class": CLASS,
        "tasks.max": str(spec.tasks_of(table)),
        "topic.prefix": spec.pipeline,
        "tables": f"{spec.source.keyspace}.{table.name}",
        "slices": str(spec.partitions_of(table)),
        "window.ms": str(spec.window_ms),
        "confidence.ms": str(spec.confidence_ms),
        "safe.confidence.ms": str(spec.safe_confidence_ms),
        "max.row.bytes": str(spec.source.max_row_bytes),
        "table.recreated": spec.source.table_recreated,
        "watermarks.topic": spec.watermarks_topic,
        "gaps.topic": spec.gaps_topic,
        "signals.topic": spec.signals_topic,
        "signals.done.topic": spec.signals_done_topic,
        # the connector reads signals itself, and where its own records ended
        "kafka.bootstrap.servers": endpoints.kafka.bootstrap_servers,
        "exactly.once.support": "required",
        "transaction.boundary": "connector",
        **_database(endpoints.scylla, spec.source),
        **_columns(spec, table),
        **_new_topics(spec, table),
        **producer_overrides(message_bytes(spec)),
        **converters(endpoints.registry, "source"),
    }
    if spec.source.signals_per_second is not None:
        config["signals.rows.per.second"] = str(spec.source.signals_per_second)
    return ConnectorResource(name=name, role="source", tasks=spec.tasks_of(table), config=config)


def _database(scylla: ScyllaEndpoint, source: SourceSpec) -> dict[str, str]:
    """Where the database is and how it is spoken to. What the spec leaves out is left out."""
    config = {
        "scylla.contact.points": ",".join(scylla.contact_points),
        "scylla.local.datacenter": scylla.local_datacenter,
        "scylla.consistency": source.consistency,
        "scylla.write.consistency": source.write_consistency,
    }
    if scylla.user is not None and scylla.password is not None:
        config["scylla.user"] = scylla.user
        config["scylla.password"] = connect_placeholder(scylla.password)
    if (tls := scylla.tls) is not None:
        files = {"ca": tls.ca, "certificate": tls.certificate, "key": tls.key}
        config["scylla.tls"] = "true"
        config["scylla.tls.verify.hostname"] = str(tls.verify_hostname).lower()
        config |= {f"scylla.tls.{name}.file": file for name, file in files.items() if file}
    durations = {
        "scylla.connect.timeout.ms": source.timeouts.connect,
        "scylla.request.timeout.ms": source.timeouts.request,
        "retry.timeout.ms": source.retry.timeout,
        "retry.backoff.max.ms": source.retry.backoff_max,
    }
    return config | {k: str(milliseconds(v)) for k, v in durations.items() if v is not None}


def _columns(spec: PipelineSpec, table: TableSpec) -> dict[str, str]:
    """What is left out or masked, before anything of it leaves the connector."""
    lists = {
        "columns.exclude": table.exclude,
        "columns.mask.hmac": [c for c, masking in table.mask.items() if masking == "hmac"],
        "columns.mask.null": [c for c, masking in table.mask.items() if masking == "null"],
    }
    config = {
        name: ",".join(f"{spec.source.keyspace}.{table.name}.{column}" for column in columns)
        for name, columns in lists.items()
        if columns
    }
    if lists["columns.mask.hmac"] and spec.source.mask_key is not None:
        config["mask.key"] = connect_placeholder(spec.source.mask_key)
    return config


def _new_topics(spec: PipelineSpec, table: TableSpec) -> dict[str, str]:
    """What Connect makes of a topic that is missing when the source writes to it.

    A plan makes every topic beforehand. But the first static column that a table gets has a topic
    of its own, while the source runs: its changes wait there until the next plan is applied.
    """
    prefix = "topic.creation"
    return {
        f"{prefix}.default.replication.factor": "-1",
        f"{prefix}.default.partitions": "1",
        f"{prefix}.groups": "static",
        f"{prefix}.static.include": spec.static_topic(table).replace(".", "[.]"),
        f"{prefix}.static.replication.factor": "-1",
        f"{prefix}.static.partitions": str(spec.partitions_of(table)),
        **{f"{prefix}.static.{k}": v for k, v in data_topic(spec).items()},
    }
