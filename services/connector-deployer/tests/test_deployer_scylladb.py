"""ScyllaDB's own source connector: how it is configured, and what a plan refuses for it."""

import pytest

from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired
from messina.deployer.render.source_scylladb import NULL_IN_KEY, UNWRAP, ScyllaDb
from messina.deployer.render.sources import source_kind
from messina.deployer.resources import Desired
from messina.pipeline import Endpoints, SpecError, parse_spec
from messina.scylla import CdcOptions, Column, TableSchema

SPEC = """\
pipeline: flights
source: {connector: scylladb, keyspace: ops%s}
sink: {schema: mart}
tables:
  - {name: events, partitions: 2%s}
"""
ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {"host": "127.0.0.1", "port": 4, "database": "d", "user": "u"},
        "scylla": {
            "contact_points": ["127.0.0.1:5"],
            "local_datacenter": "dc1",
            "user": "reader",
            "password": "env:SCYLLA_PASSWORD",
        },
    }
)
KEY = (Column("id", "uuid", "partition_key", 0), Column("at", "timestamp", "clustering", 0))
IMAGES = CdcOptions(enabled=True, postimage=True)


def table(*columns: Column, cdc: CdcOptions = IMAGES, ttl: int = 0) -> TableSchema:
    return TableSchema("ops", "events", (*KEY, *columns), cdc, ttl)


def made(source: str = "", entry: str = "", schema: TableSchema | None = None) -> Desired:
    spec = parse_spec(SPEC % (source, entry))
    return desired(spec, {"events": schema or table()}, ENDPOINTS.under(spec))


def config(source: str = "", entry: str = "") -> dict[str, str]:
    """Return the source connector's configuration."""
    return dict(made(source, entry).connectors[-1].config)


def refused(*columns: Column, entry: str = "", cdc: CdcOptions = IMAGES) -> list[str]:
    spec = parse_spec(SPEC % ("", entry), "flights.yaml")
    return [str(problem) for problem in source_problems(spec, {"events": table(*columns, cdc=cdc)})]


def test_the_configuration_is_what_was_found_to_work() -> None:
    """Values as they are and the row after the change; what the spec leaves out is its default."""
    found = {
        name: value
        for name, value in config().items()
        if not name.startswith(("key.converter", "value.converter", "producer.", "consumer."))
    }
    assert found == {
        "name": "flights.events.source",
        "connector.class": "com.scylladb.cdc.debezium.connector.ScyllaConnector",
        "tasks.max": "1",
        "topic.prefix": "flights",
        "topic.heartbeat.prefix": "__debezium-heartbeat",
        "scylla.table.names": "ops.events",
        "scylla.cluster.ip.addresses": "127.0.0.1:5",
        "scylla.local.dc": "dc1",
        "scylla.consistency.level": "LOCAL_QUORUM",
        "scylla.user": "reader",
        "scylla.password": "${env:SCYLLA_PASSWORD}",
        "scylla.initial.lookback.ms": "86400000",
        "cdc.output.format": "advanced",
        "cdc.include.before": "none",
        "cdc.include.after": "full",
        "tombstones.on.delete": "true",
        "poll.interval.ms": "50",
        "transforms": "rows,complete",
        "transforms.rows.type": UNWRAP,
        "transforms.rows.cdc.output.format": "advanced",
        "transforms.rows.delete.handling.mode": "drop",
        "transforms.rows.drop.tombstones": "false",
        "transforms.rows.add.headers": "op,source.ts_us",
        "transforms.complete.type": "org.apache.kafka.connect.transforms.Filter",
        "transforms.complete.predicate": "incomplete",
        "predicates": "incomplete",
        "predicates.incomplete.type": NULL_IN_KEY,
    }


def test_topics_are_those_of_the_tables_and_its_heartbeats() -> None:
    """The tables' topics are named as always; signals, gaps and watermarks are not its own."""
    own = {t.name: t.partitions for t in made().topics if ".dlq" not in t.name}
    assert own == {
        "flights.ops.events": 2,
        "__debezium-heartbeat.flights": 1,
    }


def test_what_the_spec_states_is_its_pace() -> None:
    """Windows that the spec states are the connector's; a look back is bounded."""
    found = config(", window: 500ms, confidence: 2s, lookback: 5m, retry: {backoff_max: 3s}")
    assert found["scylla.query.time.window.size"] == "500"
    assert found["scylla.confidence.window.size"] == "2000"
    assert found["scylla.initial.lookback.ms"] == "300000"
    assert found["worker.maximum.backoff"] == "3000"


def test_an_excluded_column_never_gets_to_kafka() -> None:
    """Columns are left out once the row is out of its envelope, before it is written to a topic."""
    schema = table(Column("tags", "map<text, int>", "regular"), Column("n", "int", "regular"))
    wanted = made(entry=", exclude: [tags]", schema=schema)
    found = wanted.connectors[-1].config
    assert found["transforms"] == "rows,complete,exclude"
    assert found["transforms.exclude.type"].endswith("ReplaceField$Value")
    assert found["transforms.exclude.exclude"] == "tags"
    assert [column.name for column in wanted.tables[0].columns] == ["id", "at", "n"]


def test_columns_have_the_types_that_values_come_with() -> None:
    """What it writes as text is text in Postgres; an array is one of its elements."""
    types = {
        "decimal": "text",
        "uuid": "text",
        "inet": "text",
        "time": "bigint",
        "timestamp": "timestamp without time zone",
        "date": "date",
        "blob": "bytea",
        "frozen<list<int>>": "integer[]",
        "set<text>": "text[]",
    }
    columns = [Column(f"c{i}", cql, "regular") for i, cql in enumerate(types)]
    found, _ = made(schema=table(*columns)).tables
    assert [column.type for column in found.columns[len(KEY) :]] == list(types.values())


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (Column("c", "map<text, int>", "regular"), "the sink fails on"),
        (Column("c", "frozen<point>", "regular"), "the sink fails on"),
        (Column("c", "frozen<tuple<int, int>>", "regular"), "the sink fails on"),
        (Column("c", "list<int>", "regular"), "out of order"),
        (Column("c", "frozen<list<timestamp>>", "regular"), "its elements"),
        (Column("c", "frozen<list<blob>>", "regular"), "its elements"),
        (Column("c", "set<frozen<list<int>>>", "regular"), "its elements"),
        (Column("c", "text", "static"), "no rows for static columns"),
        (Column("c", "counter", "regular"), "no change log"),
        (Column("c", "decimal", "clustering", 1), "can't be carried"),
    ],
)
def test_columns_that_break_the_sink_are_refused(column: Column, reason: str) -> None:
    """Whatever was found to stop the sink, or to arrive as something else, is not begun with."""
    (problem,) = refused(column)
    assert problem.startswith("flights.yaml:5:12: column c of ops.events can't be carried: ")
    assert reason in problem
    if column.kind != "clustering":
        assert "exclude: [c]" in problem
        assert refused(column, entry=", exclude: [c]") == []


@pytest.mark.parametrize("options", [CdcOptions(), CdcOptions(enabled=True)])
def test_a_table_without_post_images_is_refused(options: CdcOptions) -> None:
    """It carries the row as the log shows it: the statement that makes the log show it is told."""
    (problem,) = refused(cdc=options)
    assert problem.startswith("flights.yaml:5:12: table ops.events has no ")
    assert "ALTER TABLE ops.events WITH cdc = {'enabled': true, 'postimage': true}" in problem


def test_a_plan_says_what_will_not_be_carried() -> None:
    """Deletes of ranges, expiry and losses at stops are told before anything is made."""
    spec = parse_spec(SPEC % ("", ""), "flights.yaml")
    notes = "\n".join(source_kind(spec).notes(spec, {"events": table(ttl=60)}))
    for what in ("every stop", "(TTL)", "last cell", "ranges", "whole partitions", "default TTL"):
        assert what in notes
    assert "messina reconcile run flights.yaml" in notes
    plain = TableSchema("ops", "events", KEY[:1], IMAGES)
    assert "ranges" not in "\n".join(source_kind(spec).notes(spec, {"events": plain}))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (", safe_confidence: 40s", "safe_confidence"),
        (", table_recreated: heal", "table_recreated"),
        (", retry: {timeout: 1m}", "retry.timeout"),
        (", mask_key: 'env:KEY'", "mask_key"),
    ],
)
def test_a_setting_that_it_does_not_know_is_refused(source: str, name: str) -> None:
    """A setting that would have no effect is not passed over in silence."""
    with pytest.raises(SpecError, match=f"{name} has no meaning for the connector scylladb"):
        parse_spec(SPEC % (source, ""))


def test_pem_files_are_refused() -> None:
    """It takes Java's key stores only: certificates in PEM files are refused with the way out."""
    kind = ScyllaDb()
    scylla = {"contact_points": ["h"], "local_datacenter": "dc"}
    for tls, refusal in (({}, False), ({"ca": "/ca.pem"}, True)):
        document = {**ENDPOINTS.model_dump(mode="json"), "scylla": {**scylla, "tls": tls}}
        found = kind.connection_problem(Endpoints.model_validate(document))
        assert (found is not None) == refusal
