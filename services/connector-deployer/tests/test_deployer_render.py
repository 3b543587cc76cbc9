"""What a spec wants there to be."""

import pytest

from messina.deployer.desired import desired
from messina.deployer.render.sink_debezium import jdbc_url
from messina.deployer.resources import ConnectorResource, Desired
from messina.pipeline import Endpoints, PostgresEndpoint, parse_spec
from messina.scylla import CdcOptions, Column, TableSchema

SPEC = """\
pipeline: flights
source:
  keyspace: ops
  window: 250ms
  safe_confidence: 20s
  scylla:
    contact_points: ["10.0.0.1", "10.0.0.2:19042"]
    local_datacenter: dc1
    user: reader
    password: env:SCYLLA_PASSWORD
sink:
  schema: mart
tables:
  - name: flights
  - name: events
    partitions: 2
    tasks: 2
"""

ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:27100"},
        "connect": {"url": "http://127.0.0.1:27102"},
        "registry": {"url": "http://127.0.0.1:27103"},
        "postgres": {
            "host": "127.0.0.1",
            "port": 27104,
            "database": "warehouse",
            "user": "writer",
            "password": "file:/run/secrets/postgres-password",
        },
        "scylla": {"contact_points": ["127.0.0.1:27105"], "local_datacenter": "datacenter1"},
    }
)


def table(name: str) -> TableSchema:
    columns = (
        Column("flight", "int", "partition_key", 0),
        Column("at", "timestamp", "clustering", 0),
        Column("Note", "text", "regular"),
    )
    return TableSchema("ops", name, columns, CdcOptions(enabled=True))


@pytest.fixture()
def wanted() -> Desired:
    spec = parse_spec(SPEC)
    schemas = {name: table(name) for name in ("flights", "events")}
    return desired(spec, schemas, ENDPOINTS.under(spec))


def connector(wanted: Desired, name: str) -> ConnectorResource:
    return next(c for c in wanted.connectors if c.name == name)


def test_topics_are_those_of_the_tables_and_four_more(wanted: Desired) -> None:
    """Each table has its topic with as many partitions as slices; the pipeline has four."""
    assert {topic.name: topic.partitions for topic in wanted.topics} == {
        "flights.ops.flights": 4,
        "flights.ops.events": 2,
        "flights.watermarks": 1,
        "flights.gaps": 1,
        "flights.signals": 1,
        "flights.signals.done": 1,
    }
    (watermarks,) = (t for t in wanted.topics if t.name == "flights.watermarks")
    assert watermarks.config["cleanup.policy"] == "compact"


def test_postgres_tables_have_the_source_s_names_and_key(wanted: Desired) -> None:
    """A Postgres table has the source's column names, the matching types, and its whole key."""
    first = wanted.tables[0]
    assert first.name == "mart.flights"
    assert [(c.name, c.type) for c in first.columns] == [
        ("flight", "integer"),
        ("at", "timestamp with time zone"),
        ("Note", "text"),
    ]
    assert first.primary_key == ("flight", "at")


def test_sinks_come_before_sources(wanted: Desired) -> None:
    """Sinks are made first: no event waits for who writes it."""
    assert [c.name for c in wanted.connectors] == [
        "flights.flights.sink",
        "flights.events.sink",
        "flights.flights.source",
        "flights.events.source",
    ]


def test_a_source_reads_one_table_exactly_once(wanted: Desired) -> None:
    """A source has its table, its slices, the windows in ms, and exactly-once as a demand."""
    config = connector(wanted, "flights.events.source").config
    assert config["tables"] == "ops.events"
    assert config["topic.prefix"] == "flights"
    assert (config["slices"], config["tasks.max"]) == ("2", "2")
    assert (config["window.ms"], config["confidence.ms"]) == ("250", "300")
    assert config["safe.confidence.ms"] == "20000"
    assert config["exactly.once.support"] == "required"
    assert config["transaction.boundary"] == "connector"
    assert config["key.converter.apicurio.registry.auto-register"] == "true"


def test_what_the_spec_says_itself_wins(wanted: Desired) -> None:
    """Contact points of the spec stand in the source's configuration, not those of the stack."""
    config = connector(wanted, "flights.flights.source").config
    assert config["scylla.contact.points"] == "10.0.0.1:9042,10.0.0.2:19042"
    assert config["scylla.local.datacenter"] == "dc1"


def test_a_sink_upserts_and_deletes_by_key(wanted: Desired) -> None:
    """A sink writes one table by key, reads committed records only, and leaves schemas alone."""
    config = connector(wanted, "flights.events.sink").config
    assert config["topics"] == "flights.ops.events"
    assert config["collection.name.format"] == "mart.events"
    assert config["insert.mode"] == "upsert"
    assert config["delete.enabled"] == "true"
    assert config["primary.key.mode"] == "record_key"
    assert config["consumer.override.isolation.level"] == "read_committed"
    assert not any("auto-register" in name for name in config)


def test_batched_inserts_come_with_the_reduction_buffer(wanted: Desired) -> None:
    """Rewritten batches fail on a key twice: whoever has the one must have the other."""
    config = connector(wanted, "flights.flights.sink").config
    assert "reWriteBatchedInserts=true" in config["connection.url"]
    assert config["use.reduction.buffer"] == "true"


def test_secrets_are_placeholders(wanted: Desired, monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords stand in configurations as what the worker resolves, whatever they are."""
    monkeypatch.setenv("SCYLLA_PASSWORD", "hunter2")
    source = connector(wanted, "flights.flights.source").config
    sink = connector(wanted, "flights.flights.sink").config
    assert source["scylla.password"] == "${env:SCYLLA_PASSWORD}"
    assert sink["connection.password"] == "${directory:/run/secrets:postgres-password}"
    assert "hunter2" not in wanted.model_dump_json()


@pytest.mark.parametrize(
    ("host", "database", "expected"),
    [
        ("db.example.org", "warehouse", "jdbc:postgresql://db.example.org:5432/warehouse?"),
        ("::1", "ware house", "jdbc:postgresql://[::1]:5432/ware%20house?"),
        ("[::1]", "a/b?c", "jdbc:postgresql://[::1]:5432/a%2Fb%3Fc?"),
    ],
)
def test_jdbc_urls_are_quoted(host: str, database: str, expected: str) -> None:
    """A database's name or an IPv6 address can't break out of its place in the URL."""
    postgres = PostgresEndpoint(host=host, database=database, user="u")
    assert jdbc_url(postgres, "flights.flights.sink").startswith(expected)
