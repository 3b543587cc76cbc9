"""Rows of both sides are placed in the same token ranges: where the server itself says they are."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session as Driver

from messina import postgres, scylla
from messina.pipeline import Endpoints
from messina.reconciler.scanning.frames import Frames
from messina.reconciler.sides import Shape
from messina.types import key_problem, parse_type, postgres_type

pytestmark = pytest.mark.gentle

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "libs/types/vectors.json").read_text(encoding="utf-8")
)
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
TYPES = sorted(
    {
        each["cql_type"]
        for each in VECTORS
        if parse_type(each["cql_type"]).scalar and key_problem(each["cql_type"]) is None
    }
)


@pytest.fixture(scope="module")
def reader(stack: Any) -> Iterator[scylla.Session]:
    """A session whose rows are bytes."""
    where: Endpoints = stack.endpoints
    contact = where.scylla
    with scylla.connect(contact.contact_points, contact.local_datacenter) as session:
        scylla.read_bytes(session)
        yield session


@pytest.fixture(scope="module")
def sink(postgres_dsn: str, module_keyspace: str) -> Iterator[postgres.Connection]:
    """The warehouse, with a schema of the keyspace's name."""
    with postgres.connect(postgres_dsn, application_name="messina-tests") as connection:
        connection.execute(postgres.create_schema(module_keyspace))
        yield connection
        connection.execute(f"DROP SCHEMA {module_keyspace} CASCADE")


@pytest.mark.parametrize("cql_type", TYPES)
def test_both_sides_know_the_server_s_token(
    reader: scylla.Session,
    sink: postgres.Connection,
    shared_session: Driver,
    module_keyspace: str,
    cql_type: str,
) -> None:
    """For every type of key, alone and as one of three: of either side's bytes the same token."""
    values = [
        each
        for each in VECTORS
        if each["cql_type"] == cql_type and (each["bytes"] or cql_type == "blob")
    ]
    for name, key in ((f"{cql_type}_alone", ["k"]), (f"{cql_type}_three", ["n", "k", "t"])):
        table = f"{module_keyspace}.{name}"
        columns = [("n", "int"), ("k", cql_type), ("t", "text")]
        listed = ", ".join(f"{each} {kind}" for each, kind in columns)
        shared_session.execute(f"CREATE TABLE {table} ({listed}, PRIMARY KEY (({', '.join(key)})))")
        made = postgres.table_definition(module_keyspace, name, columns, key)
        sink.execute(postgres.create_table(made))
        for number, value in enumerate(values):
            if cql_type == "blob" and not value["bytes"] and len(key) == 1:
                continue  # CQL takes no empty key
            shared_session.execute(
                f"INSERT INTO {table} (n, k, t) VALUES ({number}, {value['cql']}, 'é{number}')"
            )
            sink.execute(
                f"INSERT INTO {table} VALUES (%s, %s::{postgres_type(cql_type)}, %s)"
                " ON CONFLICT DO NOTHING".encode(),
                (number, value["postgres"], f"é{number}"),
            )
        shape = Shape(table, tuple(key), tuple(parse_type(dict(columns)[c]) for c in key), len(key))
        frames = Frames(shape, len(key))
        rows = reader.execute(f"SELECT {', '.join(key)}, token({', '.join(key)}) FROM {table}")
        server = {
            tuple(row[:-1]): int.from_bytes(row[-1], "big", signed=True) for row in map(tuple, rows)
        }
        assert server
        source = frames.of_source(list(zip(*server, strict=True)))
        assert source["token"].to_list() == list(server.values())
        columns_of_sink = next(iter(postgres.read_columns(sink, made, key)))
        other = frames.of_sink(list(columns_of_sink))
        assert other.sort("key").equals(source.sort("key"))
