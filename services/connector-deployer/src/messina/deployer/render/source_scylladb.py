"""The configuration of ScyllaDB's own source connector, 2.0: at least once.

What it was found to do stands in docs/guarantees.md, "The official connector".
"""

from collections.abc import Mapping, Sequence

from messina.deployer.render import security
from messina.deployer.render.converters import converters
from messina.deployer.render.scylladb_types import column_problem, key_problem, postgres_type
from messina.deployer.render.sizes import (
    message_bytes,
    offset_consumer_overrides,
    producer_overrides,
)
from messina.deployer.render.topics import ANSWERS_TOPIC
from messina.deployer.resources import ConnectorResource, TopicResource
from messina.pipeline import Bulkhead, Endpoints, PipelineSpec, TableSpec, milliseconds
from messina.scylla import Column, TableSchema
from messina.secrets import connect_placeholder

CLASS = "com.scylladb.cdc.debezium.connector.ScyllaConnector"
UNWRAP = "com.scylladb.cdc.debezium.connector.transforms.ScyllaExtractNewRecordState"
NULL_IN_KEY = "io.messina.connect.predicates.NullInKey"
_HEARTBEATS = "__debezium-heartbeat"
_DAY_MS = 24 * 3600 * 1000
_KAFKA = "org.apache.kafka.connect.transforms"


class ScyllaDb:
    """ScyllaDB's own source connector."""

    carries_statics = False
    plugins = (CLASS, UNWRAP, NULL_IN_KEY)

    def connector(
        self, spec: PipelineSpec, bulkhead: Bulkhead, endpoints: Endpoints
    ) -> ConnectorResource:
        """Return the connector that reads a bulkhead's tables, which agree in their pace."""
        name = bulkhead.source_connector
        keyspace = spec.source.keyspace
        scylla = endpoints.scylla
        config = {
            "name": name,
            "connector.class": CLASS,
            "tasks.max": str(bulkhead.tasks),
            "topic.prefix": spec.pipeline,
            "scylla.table.names": ",".join(f"{keyspace}.{table.name}" for table in bulkhead.tables),
            "scylla.cluster.ip.addresses": ",".join(scylla.contact_points),
            "scylla.local.dc": scylla.local_datacenter,
            "scylla.consistency.level": spec.source.consistency,
            # values as they are, and the row after the change; `before` would cost events: an
            # update of a row that did not exist is dropped after 15 s
            "cdc.output.format": "advanced",
            "cdc.include.before": "none",
            "cdc.include.after": "full",
            "tombstones.on.delete": "true",
            "poll.interval.ms": "50",
            "topic.heartbeat.prefix": _HEARTBEATS,
            **_pace(spec, bulkhead.tables[0]),
            **_transforms(spec, bulkhead.tables),
            **producer_overrides(message_bytes(spec)),
            **offset_consumer_overrides(),
            **security.kafka(
                endpoints.kafka.security,
                *("producer.override.", "consumer.override.", "admin.override."),
            ),
            **converters(endpoints.registry, "source"),
        }
        if scylla.user is not None and scylla.password is not None:
            config["scylla.user"] = scylla.user
            config["scylla.password"] = connect_placeholder(scylla.password)
        if scylla.tls is not None:
            config["scylla.ssl.enabled"] = "true"
        return ConnectorResource(name=name, role="source", tasks=bulkhead.tasks, config=config)

    def topics(self, spec: PipelineSpec) -> tuple[TopicResource, ...]:
        """Return the topic of its heartbeats, by which offsets of silent streams move on."""
        name = f"{_HEARTBEATS}.{spec.pipeline}"
        return (TopicResource(name=name, partitions=1, config=ANSWERS_TOPIC),)

    def connection_problem(self, endpoints: Endpoints) -> tuple[str, str] | None:
        """Return what of the way to the database it can't take, and what to do."""
        tls = endpoints.scylla.tls
        if tls is not None and (tls.ca or tls.certificate):
            return (
                "the connector scylladb takes no PEM files for TLS",
                "tls: {} and the authority in the trust store of the workers' Java",
            )
        return None

    def column_problem(self, column: Column) -> str | None:
        """Return why a column can't be carried, or None."""
        return column_problem(column)

    def key_problem(self, column: Column) -> str | None:
        """Return why a column can't be part of the key, or None."""
        return key_problem(column)

    def postgres_type(self, table: TableSpec, column: Column) -> str:
        """Return the type of a column's values, as the connector hands them on."""
        return postgres_type(column.cql_type)

    def needs(self, schema: TableSchema) -> tuple[str, str] | None:
        """Return which images are missing or too many: it carries the row as the log shows it."""
        cure = f"ALTER TABLE {schema.cql_name} WITH cdc = {{'enabled': true, 'postimage': true}}"
        if not schema.cdc.enabled:
            return "has no CDC", cure
        if not schema.cdc.postimage:
            return "has no post-images, which the connector scylladb carries", cure
        return None

    def notes(self, spec: PipelineSpec, schemas: Mapping[str, TableSchema]) -> tuple[str, ...]:
        """Return what it will not carry of these tables, and what to do about it."""
        ranges = [s.table for s in schemas.values() if s.primary_key != s.partition_key]
        expiring = [s.table for s in schemas.values() if s.default_ttl]
        found = [
            "connector scylladb: rows are lost at every stop while batches flow; a log row that "
            "comes later than `confidence` is lost; neither expiry (TTL) nor the delete of a "
            "row's last cell is carried"
        ]
        if ranges:
            found.append(
                "connector scylladb: deletes of ranges and of whole partitions are not carried, "
                f"of {', '.join(ranges)}"
            )
        if expiring:
            found.append(
                f"connector scylladb: rows that expire stay in Postgres, of {', '.join(expiring)}: "
                "their default TTL deletes them in the source only"
            )
        found.append(
            f"messina reconcile run {spec.argument} finds such rows; "
            "docs/guarantees.md, The official connector, has the workarounds"
        )
        return tuple(found)


def _pace(spec: PipelineSpec, table: TableSpec) -> dict[str, str]:
    """How closely it follows. What the spec does not state is left to the connector: 30 s + 30 s.

    A spec's own defaults would not do: there is no second look that finds what came late.
    """
    source = spec.source
    config = {
        # an older log is gone; without it, a first start walks through every window there ever was
        "scylla.initial.lookback.ms": str(
            _DAY_MS if source.lookback is None else milliseconds(source.lookback)
        ),
    }
    if (window := spec.stated_window(table)) is not None:
        config["scylla.query.time.window.size"] = str(milliseconds(window))
    if (confidence := spec.stated_confidence(table)) is not None:
        config["scylla.confidence.window.size"] = str(milliseconds(confidence))
    if source.retry.backoff_max is not None:
        config["worker.maximum.backoff"] = str(milliseconds(source.retry.backoff_max))
    return config


def _transforms(spec: PipelineSpec, tables: Sequence[TableSpec]) -> dict[str, str]:
    """From envelopes to rows and tombstones, which is what the sink can take.

    Its deletes have no `before`, at which Debezium's sink dies: so the tombstone deletes. A change
    of a static column comes under a key that no row has: it goes.
    """
    names, predicates = ["rows", "complete"], ["incomplete"]
    config = {
        "transforms.rows.type": UNWRAP,
        "transforms.rows.cdc.output.format": "advanced",
        "transforms.rows.delete.handling.mode": "drop",
        "transforms.rows.drop.tombstones": "false",
        "transforms.rows.add.headers": "op,source.ts_us",
        "transforms.complete.type": f"{_KAFKA}.Filter",
        "transforms.complete.predicate": "incomplete",
        "predicates.incomplete.type": NULL_IN_KEY,
    }
    for place, table in enumerate(tables):
        if table.columns is None and not table.exclude:
            continue
        name = "exclude" if len(tables) == 1 else f"exclude{place}"
        names.append(name)
        config[f"transforms.{name}.type"] = f"{_KAFKA}.ReplaceField$Value"
        # the key comes by itself, so that only the others are named
        verb, columns = ("exclude", table.exclude)
        if table.columns is not None:
            verb, columns = ("include", table.columns)
        config[f"transforms.{name}.{verb}"] = ",".join(columns)
        if len(tables) > 1:
            topic = spec.topic(table).replace(".", "[.]")
            predicates.append(f"table{place}")
            config[f"transforms.{name}.predicate"] = f"table{place}"
            config[f"predicates.table{place}.type"] = f"{_KAFKA}.predicates.TopicNameMatches"
            config[f"predicates.table{place}.pattern"] = topic
    return {"transforms": ",".join(names), "predicates": ",".join(predicates), **config}
