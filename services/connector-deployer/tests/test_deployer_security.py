"""TLS, users and Confluent's connectors: what stands in configurations, and that no secret does."""

from pathlib import Path

import pytest

from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired
from messina.deployer.resources import Desired
from messina.pipeline import Endpoints, load_spec, parse_spec, resolve
from messina.scylla import CdcOptions, Column, TableSchema

EXAMPLES = Path(__file__).parents[3] / "examples"
ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {"host": "127.0.0.1", "port": 4, "database": "d", "user": "u"},
        "scylla": {"contact_points": ["127.0.0.1:5"], "local_datacenter": "dc1"},
    }
)
COLUMNS = (
    Column("id", "uuid", "partition_key", 0),
    Column("total", "decimal", "regular"),
    Column("day", "date", "regular"),
    Column("note", "text", "regular"),
)


def prod() -> Desired:
    spec = load_spec(EXAMPLES / "orders.yaml", "prod")
    spec = resolve(spec, ["orders", "order_lines", "archive_2024", "archive_2026_new"])
    schemas = {t.name: TableSchema("shop", t.name, COLUMNS, CDC) for t in spec.tables}
    return desired(spec, schemas, ENDPOINTS.under(spec))


CDC = CdcOptions(enabled=True, postimage=True)


def config(of: Desired, name: str) -> dict[str, str]:
    return dict(next(c for c in of.connectors if c.name == name).config)


def test_an_overlay_s_tables_are_those_of_production() -> None:
    """Partitions and tasks of the overlay win, table by table; patterns are resolved."""
    found = prod()
    assert {t.name: t.partitions for t in found.topics if ".shop." in t.name} == {
        "orders.shop.orders": 16,
        "orders.shop.order_lines": 8,
        "orders.shop.archive_2024": 8,
    }
    assert config(found, "orders.orders.source")["tasks.max"] == "4"


def test_kafka_s_clients_inside_connect_speak_tls_as_a_user() -> None:
    """Each client of a connector has it: producer, consumer, admin, and the source's own reader."""
    found = prod()
    login = (
        "org.apache.kafka.common.security.scram.ScramLoginModule required "
        'username="messina" password="${vault:secret/messina/kafka:password}";'
    )
    source, sink = config(found, "orders.orders.source"), config(found, "orders.orders.sink")
    for prefix in (
        "producer.override.",
        "consumer.override.",
        "admin.override.",
        "kafka.consumer.",
    ):
        assert source[f"{prefix}security.protocol"] == "SASL_SSL"
        assert source[f"{prefix}sasl.jaas.config"] == login
        assert source[f"{prefix}ssl.truststore.location"] == "/etc/messina/ca.pem"
    for prefix in ("consumer.override.", "admin.override."):
        assert sink[f"{prefix}sasl.mechanism"] == "SCRAM-SHA-512"
    assert source["kafka.bootstrap.servers"].startswith("kafka-1.example.org:9093,")


def test_confluent_s_converters_know_the_registry_s_user() -> None:
    """User and certificate are its own settings; the password is a reference inside."""
    found = config(prod(), "orders.orders.source")
    prefix = "value.converter"
    assert found[prefix] == "io.confluent.connect.avro.AvroConverter"
    assert found[f"{prefix}.schema.registry.url"] == "https://registry.example.org"
    user = "messina:${env:MESSINA_SECRET_REGISTRY}"
    assert found[f"{prefix}.basic.auth.user.info"] == user
    assert found[f"{prefix}.schema.registry.ssl.truststore.location"] == "/etc/messina/ca.pem"
    assert not [name for name in found if "apicurio" in name]


def test_postgres_is_verified_by_name() -> None:
    """The sink's URL says how it is verified; the source has its certificate as well."""
    url = config(prod(), "orders.orders.sink")["connection.url"]
    assert "sslmode=verify-full" in url
    assert "sslrootcert=%2Fetc%2Fmessina%2Fca.pem" in url
    source = config(prod(), "orders.orders.source")
    assert source["scylla.tls.ca.file"] == "/etc/messina/ca.pem"


def test_an_apicurio_registry_may_ask_for_a_user_too() -> None:
    """Its converters have settings of their own for user and certificate."""
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: ks}\n"
        "sink: {schema: s, connector: messina}\ntables: [{name: t}]\n"
        "registry: {url: 'https://r', user: u, password: 'env:R', ca: /ca.pem}\n"
    )
    schemas = {"t": TableSchema("ks", "t", COLUMNS, CDC)}
    wanted = desired(spec, schemas, ENDPOINTS.under(spec))
    found = config(wanted, "p.t.source")
    assert found["key.converter.apicurio.auth.username"] == "u"
    assert found["key.converter.apicurio.auth.password"] == "${env:R}"
    assert found["key.converter.apicurio.rest.request.ssl.ca-bundle.location"] == "/ca.pem"
    sink = config(wanted, "p.t.sink")
    assert (sink["registry.user"], sink["registry.password"]) == ("u", "${env:R}")
    assert sink["registry.ca.file"] == "/ca.pem"


CONFLUENT = """\
pipeline: p
source: {keyspace: ks%s}
sink: {schema: mart, connector: confluent-jdbc}
tables: [{name: t%s}]
"""


def test_confluent_s_sink_takes_rows_by_key() -> None:
    """Rows out of envelopes, tombstones that delete, text that Postgres reads as it is."""
    spec = parse_spec(CONFLUENT % ("", ", to: sales, exclude: [total, day], rename: {note: text}"))
    schemas = {"t": TableSchema("ks", "t", COLUMNS, CDC)}
    assert source_problems(spec, schemas) == []
    sink = config(desired(spec, schemas, ENDPOINTS.under(spec)), "p.t.sink")
    assert sink["connector.class"] == "io.confluent.connect.jdbc.JdbcSinkConnector"
    assert (sink["insert.mode"], sink["pk.mode"], sink["delete.enabled"]) == (
        "upsert",
        "record_key",
        "true",
    )
    assert sink["table.name.format"] == "mart.sales"
    assert "stringtype=unspecified" in sink["connection.url"]
    assert sink["transforms"] == "rows,renameKey0,renameValue0"
    assert sink["auto.create"] == sink["auto.evolve"] == "false"


@pytest.mark.parametrize(
    ("source", "columns"), [("", ["total", "day"]), (", connector: scylladb", ["day"])]
)
def test_what_confluent_s_sink_can_not_bind_is_refused(source: str, columns: list[str]) -> None:
    """A column in a form that it does not know is refused, with its place and a way out."""
    spec = parse_spec(CONFLUENT % (source, ""), "f")
    problems = source_problems(spec, {"t": TableSchema("ks", "t", COLUMNS, CDC)})
    assert [str(p).partition("column ")[2].partition(" of")[0] for p in problems] == columns
    assert all("exclude: [" in str(p) and str(p).startswith("f:4:17: ") for p in problems)
    masked = parse_spec(CONFLUENT % (", mask_key: 'env:K'", ", mask: {total: hmac, day: }"), "f")
    assert source_problems(masked, {"t": TableSchema("ks", "t", COLUMNS, CDC)}) == []
