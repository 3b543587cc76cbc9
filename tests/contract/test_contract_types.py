"""Type by type, value by value: what is in Kafka and in Postgres for each of the shared vectors."""

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import psycopg
import pytest
from cassandra.cluster import Session
from psycopg import sql
from road import Road
from seen import Adapter, Messina, Scylladb, Seen

from messina.artifacts import root
from messina.kafka import AvroDecoder, RegistryClient
from messina.testing import Options, Stack, Tail, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_CONTRACT: Final[dict[str, Any]] = json.loads(
    (root() / "libs" / "types" / "vectors.json").read_text(encoding="utf-8")
)
VECTORS: Final[list[dict[str, Any]]] = _CONTRACT["vectors"]
USER_TYPES: Final[dict[str, list[list[str]]]] = _CONTRACT.get("user_types", {})
TYPES: Final[list[str]] = sorted({vector["cql_type"] for vector in VECTORS})

# How the official connector's values differ in Postgres, by type; facts that were measured.
OTHERWISE: Final[Mapping[str, str]] = {
    "decimal": "it lands as text",
    "varint": "it lands as text",
    "uuid": "it lands as text",
    "timeuuid": "it lands as text",
    "inet": "it lands as text",
    "time": "it lands as a bigint",
}
SHIFTED: Final = "dates before 1582 shift by the days between the calendars"
NOT_CARRIED: Final = "its sink fails on collections, tuples, vectors and user types"

_SECONDS = 60.0


@dataclass
class Carried:
    """All vectors in one table, on both ends of the road."""

    source: str
    left_out: frozenset[str]
    events: dict[str, Seen] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    postgres_types: dict[str, str] = field(default_factory=dict)


def column(cql_type: str) -> str:
    """The column for values of a type."""
    return f"v{TYPES.index(cql_type)}"


def scalar(cql_type: str) -> bool:
    """Whether it is one of CQL's own scalar types."""
    return cql_type.isalpha() and cql_type not in USER_TYPES


@pytest.fixture(scope="module")
def carried(
    options: Options,
    stack: Stack,
    shared_session: Session,
    module_keyspace: str,
    postgres_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Carried]:
    """A table with a column for each type, a row for each vector, and what came of it."""
    ours = options.source == "messina"
    _make(shared_session, module_keyspace, ours)
    left_out = frozenset() if ours else frozenset(t for t in TYPES if not scalar(t))
    road = Road(
        stack,
        module_keyspace,
        tmp_path_factory.mktemp("types"),
        {"name": "vectors", "exclude": sorted(map(column, left_out))},
        source={"connector": options.source},
    )
    applied = road.apply()
    assert applied.code == 0, applied.output
    for vector in VECTORS:
        shared_session.execute(
            f"INSERT INTO {module_keyspace}.vectors (id, {column(vector['cql_type'])}) "
            f"VALUES ('{vector['id']}', {vector['cql']})"
        )
    found = Carried(options.source, left_out)
    _collect(found, road, stack, postgres_dsn)
    yield found
    destroyed = road.destroy()
    assert destroyed.code == 0, destroyed.output


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VECTORS])
def test_a_value_in_kafka(carried: Carried, vector: Mapping[str, Any]) -> None:
    """The event of each row has the vector's value, in the form that the contract says."""
    if carried.source == "scylladb":
        pytest.skip("the official connector's values are stated as they land in Postgres")
    seen = carried.events[vector["id"]]
    assert seen.op == "c"
    assert seen.after is not None
    assert _wire(seen.after[column(vector["cql_type"])]) == _stated(vector)
    others = [name for name, value in seen.after.items() if value is not None and name != "id"]
    assert others == [column(vector["cql_type"])]


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["id"]) for v in VECTORS])
def test_a_value_in_postgres(carried: Carried, vector: Mapping[str, Any]) -> None:
    """The text that Postgres shows of each value is the vector's."""
    cql_type = vector["cql_type"]
    if cql_type in carried.left_out:
        pytest.skip(NOT_CARRIED)
    text = carried.texts.get(vector["id"])
    if carried.source == "scylladb" and cql_type == "date" and vector["postgres"] < "1582-10-15":
        assert text != vector["postgres"], SHIFTED
    else:
        assert text == vector["postgres"]


@pytest.mark.parametrize("cql_type", TYPES)
def test_a_type_in_postgres(carried: Carried, cql_type: str) -> None:
    """Each column has the Postgres type of the contract."""
    if cql_type in carried.left_out:
        pytest.skip(NOT_CARRIED)
    (expected,) = {v["postgres_type"] for v in VECTORS if v["cql_type"] == cql_type}
    actual = carried.postgres_types[column(cql_type)]
    if carried.source == "scylladb" and cql_type in OTHERWISE:
        assert actual != expected, OTHERWISE[cql_type]
    else:
        assert actual == expected


def _make(session: Session, keyspace: str, ours: bool) -> None:
    for name, fields in USER_TYPES.items():
        columns = ", ".join(f"{_quoted(part)} {kind}" for part, kind in fields)
        session.execute(f"CREATE TYPE {keyspace}.{_quoted(name)} ({columns})")
    columns = ", ".join(f"{column(kind)} {kind}" for kind in TYPES)
    cdc = "{'enabled': true}" if ours else "{'enabled': true, 'postimage': true}"
    session.execute(
        f"CREATE TABLE {keyspace}.vectors (id text PRIMARY KEY, {columns}) WITH cdc = {cdc}"
    )


def _collect(found: Carried, road: Road, stack: Stack, dsn: str) -> None:
    where = stack.endpoints
    decoder = AvroDecoder(RegistryClient(where.registry.url, where.registry.kind))
    adapter: Adapter = (Messina if found.source == "messina" else Scylladb)(decoder)
    topic = f"{road.name}.{road.keyspace}.vectors"
    with Tail(where.kafka.bootstrap_servers, [topic]) as tail:

        def all_there() -> bool:
            for record in tail.poll():
                if (seen := adapter.read(record)) is not None:
                    found.events[seen.key["id"]] = seen
            return len(found.events) == len(VECTORS)

        until(all_there, within=_SECONDS, what="an event for each vector")
    with psycopg.connect(dsn, autocommit=True, options="-c TimeZone=UTC") as connection:
        table = sql.Identifier(road.keyspace, "vectors")

        def all_stored() -> bool:
            query = sql.SQL("SELECT count(*) FROM {}").format(table)
            return connection.execute(query).fetchall() == [(len(VECTORS),)]

        until(all_stored, within=_SECONDS, what="a row for each vector in Postgres")
        kept = [kind for kind in TYPES if kind not in found.left_out]
        for kind in kept:
            name = sql.Identifier(column(kind))
            query = sql.SQL("SELECT id, {}::text FROM {} WHERE {} IS NOT NULL")
            rows = connection.execute(query.format(name, table, name)).fetchall()
            found.texts.update(dict(rows))
        types = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        rows = connection.execute(
            sql.SQL(types + " WHERE attrelid = {}::regclass AND attnum > 0").format(
                sql.Literal(f'"{road.keyspace}".vectors')
            )
        ).fetchall()
        found.postgres_types.update(dict(rows))


def _stated(vector: Mapping[str, Any]) -> Any:
    """What a vector says, as `_wire` writes it; of a float what 32 bits keep."""
    value = vector["connect_value"]
    if not isinstance(value, float):
        return value
    if vector["connect"]["type"] == "FLOAT32":
        (value,) = struct.unpack(">f", struct.pack(">f", value))
    return value.hex()


def _wire(value: Any) -> Any:
    """A value of the wire: bytes and floats in hexadecimal (-0.0 is not 0.0), odd ones as text."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: _wire(part) for name, part in value.items()}
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value.hex() if isinstance(value, float) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
