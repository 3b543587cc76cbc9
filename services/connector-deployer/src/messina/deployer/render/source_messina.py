"""The configuration of Messina's own source connector: exactly once."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from messina.deployer.render import security
from messina.deployer.render.converters import converters
from messina.deployer.render.sizes import (
    message_bytes,
    offset_consumer_overrides,
    producer_overrides,
)
from messina.deployer.render.topics import (
    ANSWERS_TOPIC,
    LASTING_TOPIC,
    WATERMARKS_TOPIC,
    data_topic,
)
from messina.deployer.resources import ConnectorResource, TopicResource
from messina.kafka import schemas_url
from messina.pipeline import (
    Bulkhead,
    Endpoints,
    PipelineSpec,
    ScyllaEndpoint,
    SourceSpec,
    TableSpec,
    milliseconds,
)
from messina.scylla import Column, TableSchema
from messina.secrets import connect_placeholder
from messina.types import key_problem, postgres_type, unsupported

CLASS = "io.messina.connect.scylla.ScyllaSourceConnector"


class Messina:
    """Messina's own source connector."""

    carries_statics = True
    plugins = (CLASS,)

    def connector(
        self, spec: PipelineSpec, bulkhead: Bulkhead, endpoints: Endpoints
    ) -> ConnectorResource:
        """Return the connector that reads a bulkhead's tables, which agree in slices and pace."""
        name = bulkhead.source_connector
        tables = bulkhead.tables
        windows = spec.windows_of(tables[0])
        config = {
            "name": name,
            "connector.class": CLASS,
            "tasks.max": str(bulkhead.tasks),
            "topic.prefix": spec.pipeline,
            "tables": ",".join(f"{spec.source.keyspace}.{table.name}" for table in tables),
            "slices": str(spec.partitions_of(tables[0])),
            "window.ms": str(windows.window_ms),
            "confidence.ms": str(windows.confidence_ms),
            "safe.confidence.ms": str(windows.safe_confidence_ms),
            "max.row.bytes": str(spec.source.max_row_bytes),
            "table.recreated": spec.source.table_recreated,
            "watermarks.topic": spec.watermarks_topic,
            "gaps.topic": spec.gaps_topic,
            "signals.topic": spec.signals_topic,
            "signals.done.topic": spec.signals_done_topic,
            # the connector reads signals itself, and where its own records ended
            "kafka.bootstrap.servers": endpoints.kafka.bootstrap_servers,
            # a schema that is new waits for the registry, where its converter would fail the task
            "registry.url": schemas_url(endpoints.registry.url, endpoints.registry.kind),
            "exactly.once.support": "required",
            "transaction.boundary": "connector",
            **_database(endpoints.scylla, spec.source),
            **security.kafka(
                endpoints.kafka.security,
                *("producer.override.", "consumer.override.", "admin.override."),
                "kafka.consumer.",
            ),
            **_columns(spec, tables),
            **_new_topics(spec, tables),
            **producer_overrides(message_bytes(spec)),
            **offset_consumer_overrides(),
            **converters(endpoints.registry, "source"),
        }
        if spec.source.signals_per_second is not None:
            config["signals.rows.per.second"] = str(spec.source.signals_per_second)
        return ConnectorResource(name=name, role="source", tasks=bulkhead.tasks, config=config)

    def topics(self, spec: PipelineSpec) -> tuple[TopicResource, ...]:
        """Return the topics that the sources of a pipeline have in common."""
        return (
            TopicResource(name=spec.watermarks_topic, partitions=1, config=WATERMARKS_TOPIC),
            *(
                TopicResource(name=name, partitions=1, config=LASTING_TOPIC)
                for name in (spec.gaps_topic, spec.signals_topic)
            ),
            TopicResource(name=spec.signals_done_topic, partitions=1, config=ANSWERS_TOPIC),
        )

    def connection_problem(self, endpoints: Endpoints) -> tuple[str, str] | None:
        """Nothing: it takes whatever a spec can say."""
        return None

    def column_problem(self, column: Column) -> str | None:
        """Return why a column can't be carried, or None."""
        return unsupported(column.cql_type)

    def key_problem(self, column: Column) -> str | None:
        """Return why a column can't be part of the key, or None."""
        return key_problem(column.cql_type)

    def postgres_type(self, table: TableSpec, column: Column) -> str:
        """Return the type of a column's values, or of what stands in their place."""
        return "text" if table.mask.get(column.name) == "hmac" else postgres_type(column.cql_type)

    def needs(self, schema: TableSchema) -> tuple[str, str] | None:
        """Return that there must be a log, and how it is turned on. Images are not needed."""
        if schema.cdc.enabled:
            return None
        return "has no CDC", f"ALTER TABLE {schema.cql_name} WITH cdc = {{'enabled': true}}"

    def notes(self, spec: PipelineSpec, schemas: Mapping[str, TableSchema]) -> tuple[str, ...]:
        """Nothing: what it does not carry, it names itself, on the topic of gaps."""
        return ()


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


def _columns(spec: PipelineSpec, tables: Sequence[TableSpec]) -> dict[str, str]:
    """What is left out or masked, before anything of it leaves the connector."""
    settings: dict[str, Callable[[TableSpec], Iterable[str]]] = {
        "columns.include": lambda table: table.columns or (),
        "columns.exclude": lambda table: table.exclude,
        "columns.mask.hmac": lambda table: (c for c, m in table.mask.items() if m == "hmac"),
        "columns.mask.null": lambda table: (c for c, m in table.mask.items() if m == "null"),
    }
    config = {}
    for name, columns in settings.items():
        found = [
            f"{spec.source.keyspace}.{table.name}.{column}"
            for table in tables
            for column in columns(table)
        ]
        if found:
            config[name] = ",".join(found)
    if "columns.mask.hmac" in config and spec.source.mask_key is not None:
        config["mask.key"] = connect_placeholder(spec.source.mask_key)
    return config


def _new_topics(spec: PipelineSpec, tables: Sequence[TableSpec]) -> dict[str, str]:
    """What Connect makes of a topic that is missing when the source writes to it.

    A plan makes every topic beforehand. But the first static column that a table gets has a topic
    of its own, while the source runs: its changes wait there until the next plan is applied.
    """
    prefix = "topic.creation"
    statics = (spec.static_topic(table).replace(".", "[.]") for table in tables)
    return {
        f"{prefix}.default.replication.factor": "-1",
        f"{prefix}.default.partitions": "1",
        f"{prefix}.groups": "static",
        f"{prefix}.static.include": ",".join(statics),
        f"{prefix}.static.replication.factor": "-1",
        f"{prefix}.static.partitions": str(spec.partitions_of(tables[0])),
        **{f"{prefix}.static.{k}": v for k, v in data_topic(spec).items()},
    }
