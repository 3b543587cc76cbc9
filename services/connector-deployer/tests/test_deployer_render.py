"""What a spec wants there to be."""

import re
from urllib.parse import unquote_plus

import pytest

from messina.deployer.desired import desired
from messina.deployer.render.jdbc import jdbc_url
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


def table_of(name: str) -> TableSchema:
    columns = (
        Column("flight", "int", "partition_key", 0),
        Column("at", "timestamp", "clustering", 0),
        Column("Note", "text", "regular"),
    )
    return TableSchema("ops", name, columns, CdcOptions(enabled=True))


@pytest.fixture()
def wanted() -> Desired:
    spec = parse_spec(SPEC)
    schemas = {name: table_of(name) for name in ("flights", "events")}
    return desired(spec, schemas, ENDPOINTS.under(spec))


def connector(wanted: Desired, name: str) -> ConnectorResource:
    return next(c for c in wanted.connectors if c.name == name)


def test_topics_are_those_of_the_tables_and_four_more(wanted: Desired) -> None:
    """Each table has its topic with as many partitions as slices; the pipeline has four; dead
    letters have theirs."""
    own = {t.name: t.partitions for t in wanted.topics if ".dlq" not in t.name}
    assert own == {
        "flights.ops.flights": 4,
        "flights.ops.events": 2,
        "flights.watermarks": 1,
        "flights.gaps": 1,
        "flights.signals": 1,
        "flights.signals.done": 1,
    }
    (watermarks,) = (t for t in wanted.topics if t.name == "flights.watermarks")
    assert watermarks.config == {"cleanup.policy": "compact", "segment.ms": "600000"}


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


def test_a_source_finds_kafka_and_the_topics_that_it_shares(wanted: Desired) -> None:
    """A source is told where Kafka is, and the names of all that it reads and writes there."""
    config = connector(wanted, "flights.events.source").config
    assert config["kafka.bootstrap.servers"] == "127.0.0.1:27100"
    names = {topic.name for topic in wanted.topics}
    for setting in ("watermarks", "gaps", "signals", "signals.done"):
        assert config[f"{setting}.topic"] in names


def test_gaps_and_signals_outlive_those_who_read_them(wanted: Desired) -> None:
    """Gaps and signals are kept for 30 days; no answer is compacted away under another slice's."""
    config = {topic.name: topic.config for topic in wanted.topics}
    for name in ("flights.gaps", "flights.signals"):
        assert int(config[name]["retention.ms"]) >= 30 * 86_400_000
    assert config["flights.signals.done"]["cleanup.policy"] == "delete"


def test_the_largest_row_fits_through_every_part(wanted: Desired) -> None:
    """Topic, producer and consumer take a row of the largest size, in hexadecimal digits too."""
    source = connector(wanted, "flights.events.source").config
    sink = connector(wanted, "flights.events.sink").config
    (topic,) = (t for t in wanted.topics if t.name == "flights.ops.events")
    least = 2 * int(source["max.row.bytes"])
    assert least == 16 * 1024 * 1024
    assert int(topic.config["max.message.bytes"]) > least
    assert int(source["producer.override.max.request.size"]) > least
    assert int(source["producer.override.buffer.memory"]) > least
    assert int(sink["consumer.override.max.partition.fetch.bytes"]) > least


@pytest.fixture()
def ours() -> Desired:
    """With Messina's sink."""
    spec = parse_spec(SPEC.replace("  schema: mart\n", "  schema: mart\n  connector: messina\n"))
    schemas = {name: table_of(name) for name in ("flights", "events")}
    return desired(spec, schemas, ENDPOINTS.under(spec))


def test_the_largest_row_fits_into_the_dead_letters(ours: Desired) -> None:
    """One that Postgres rejects is larger than it was, as a trace is in its headers: what writes it
    and its topic take it, else it would fail the task for ever."""
    sink = connector(ours, "flights.events.sink").config
    (topic,) = (t for t in ours.topics if t.name == "flights.ops.events")
    (letters,) = (t for t in ours.topics if t.name == "flights.events.sink.dlq")
    for takes in (
        letters.config["max.message.bytes"],
        sink["producer.override.max.request.size"],
    ):
        assert int(takes) >= int(topic.config["max.message.bytes"]) + 1024 * 1024


def test_who_loses_its_partitions_has_lost_its_transaction(ours: Desired) -> None:
    """A sink that freezes in a transaction can't commit it after its session in the group: Postgres
    ends it before."""
    sink = connector(ours, "flights.events.sink").config
    options = unquote_plus(sink["connection.url"])
    (idle,) = re.findall(r"idle_in_transaction_session_timeout=(\d+)s", options)
    assert int(idle) * 1000 < int(sink["consumer.override.session.timeout.ms"])


def test_a_machine_that_is_gone_holds_nothing_for_long(ours: Desired) -> None:
    """Postgres gives up a sink's connection that went away in the middle of a statement, where it
    is idle to nobody: in less than the minute for which the sink itself waits for an answer."""
    options = unquote_plus(connector(ours, "flights.events.sink").config["connection.url"])
    after = {name: int(value) for name, value in re.findall(r"tcp_keepalives_(\w+)=(\d+)", options)}
    assert 0 < after["idle"] + after["interval"] * after["count"] <= 30


def test_a_topic_that_comes_to_be_missing_is_made_as_a_plan_would(wanted: Desired) -> None:
    """The first static column has its topic made by Connect, as the plan makes it afterwards."""
    config = connector(wanted, "flights.events.source").config
    (topic,) = (t for t in wanted.topics if t.name == "flights.ops.events")
    made = {
        name.removeprefix("topic.creation.static."): value
        for name, value in config.items()
        if name.startswith("topic.creation.static.")
    }
    assert made.pop("include") == "flights[.]ops[.]events__static"
    assert made.pop("replication.factor") == "-1"
    assert made == {"partitions": "2", **topic.config}


def rendered(source: str = "", table: str = "") -> dict[str, str]:
    """Return the source's configuration of a table, with more said about either."""
    spec = parse_spec(
        f"pipeline: p\nsource: {{keyspace: k{source}}}\nsink: {{schema: s}}\n"
        f"tables: [{{name: events{table}}}]\n"
    )
    made = desired(spec, {"events": table_of("events")}, ENDPOINTS.under(spec))
    return dict(connector(made, "p.events.source").config)


def test_what_the_spec_leaves_out_is_left_to_the_connector() -> None:
    """Settings that a spec does not state don't stand in the configuration."""
    config = rendered()
    for name in ("tls", "timeout", "retry", "columns", "mask", "user", "per.second"):
        assert not any(name in setting for setting in config), name


def test_masks_and_excludes_name_their_columns_in_full() -> None:
    """Columns are named with keyspace and table; the key of the masks is a reference."""
    config = rendered(", mask_key: 'env:KEY'", ", exclude: [a], mask: {b: hmac, c: null}")
    assert config["columns.exclude"] == "k.events.a"
    assert config["columns.mask.hmac"] == "k.events.b"
    assert config["columns.mask.null"] == "k.events.c"
    assert config["mask.key"] == "${env:KEY}"


def test_patience_is_told_in_milliseconds() -> None:
    """Time-outs, retries, consistency and rates of the spec reach the connector."""
    config = rendered(
        ", consistency: QUORUM, timeouts: {connect: 2s, request: 500ms}, signals_per_second: 50,"
        " retry: {timeout: 1m, backoff_max: 3s}, table_recreated: heal, max_row_bytes: 4096"
    )
    assert config["scylla.consistency"] == "QUORUM"
    assert config["scylla.connect.timeout.ms"] == "2000"
    assert config["scylla.request.timeout.ms"] == "500"
    assert config["retry.timeout.ms"] == "60000"
    assert config["retry.backoff.max.ms"] == "3000"
    assert config["signals.rows.per.second"] == "50"
    assert config["table.recreated"] == "heal"
    assert config["max.row.bytes"] == "4096"


def test_tls_names_files() -> None:
    """Certificates and the key are files; a host name is verified unless the spec says not to."""
    database = "scylla: {contact_points: [h], local_datacenter: d, tls: {ca: /etc/ca.pem%s}}"
    config = rendered(f", {database}" % "")
    assert config["scylla.tls"] == "true"
    assert config["scylla.tls.ca.file"] == "/etc/ca.pem"
    assert config["scylla.tls.verify.hostname"] == "true"
    assert "scylla.tls.key.file" not in config
    own = ", certificate: /c.pem, key: /k.pem, verify_hostname: false"
    config = rendered(f", {database}" % own)
    assert config["scylla.tls.certificate.file"] == "/c.pem"
    assert config["scylla.tls.key.file"] == "/k.pem"
    assert config["scylla.tls.verify.hostname"] == "false"


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


STATIC = Column("owner", "text", "static")


def with_statics(table: str = "") -> Desired:
    """Return what there is to be of one table with a static column."""
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: k, mask_key: 'env:KEY'}\nsink: {schema: s}\n"
        f"tables: [{{name: events, partitions: 2{table}}}]\n"
    )
    schema = table_of("events")
    schema = TableSchema(schema.keyspace, schema.table, (*schema.columns, STATIC), schema.cdc)
    return desired(spec, {"events": schema}, ENDPOINTS.under(spec))


def test_statics_go_a_way_of_their_own() -> None:
    """Static columns have a topic with as many partitions, a table by partition key, a sink."""
    wanted = with_statics()
    topics = {topic.name: topic for topic in wanted.topics}
    assert topics["p.k.events__static"].partitions == 2
    assert topics["p.k.events__static"].config == topics["p.k.events"].config
    rows, statics, _ = wanted.tables
    assert [column.name for column in rows.columns] == ["flight", "at", "Note"]
    assert statics.name == "s.events__static"
    assert [(c.name, c.nullable) for c in statics.columns] == [("flight", False), ("owner", True)]
    assert statics.primary_key == ("flight",)
    sink = connector(wanted, "p.events__static.sink").config
    assert sink["topics"] == "p.k.events__static"
    assert sink["collection.name.format"] == "s.events__static"
    assert [c.name for c in wanted.connectors if c.role == "source"] == ["p.events.source"]
    (view,) = wanted.views
    assert view.name == "s.events__with_static"
    assert view.columns == ("flight", "at", "Note", "owner")


def test_statics_that_are_all_excluded_have_no_way() -> None:
    """Where no static column is carried, there is nothing to make for it."""
    wanted = with_statics(", exclude: [owner]")
    assert [table.name for table in wanted.tables] == ["s.events", "messina_claims.p"]
    assert wanted.views == ()
    assert len(wanted.connectors) == 2


def test_a_hashed_column_is_text() -> None:
    """What stands in an hmac's place is text, whatever the column was; a null keeps its type."""
    masks = ", mask: {Note: hmac, owner: null}"
    rows, statics, _ = with_statics(masks).tables
    assert {c.name: c.type for c in (*rows.columns, *statics.columns)}["Note"] == "text"
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: k, mask_key: 'env:KEY'}\nsink: {schema: s}\n"
        "tables: [{name: t, mask: {a: hmac, b: null}}]\n"
    )
    key = Column("id", "int", "partition_key", 0)
    columns = (key, Column("a", "int", "regular"), Column("b", "int", "regular"))
    schema = TableSchema("k", "t", columns, CdcOptions(enabled=True))
    table, _ = desired(spec, {"t": schema}, ENDPOINTS.under(spec)).tables
    assert {c.name: c.type for c in table.columns} == {"id": "integer", "a": "text", "b": "integer"}
