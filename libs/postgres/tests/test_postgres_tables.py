"""Against a real server: tables are made, inspected, compared and read as they are."""

import json
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from messina.postgres import (
    AddColumn,
    ColumnDefinition,
    Connection,
    LoginRefused,
    StatementFailed,
    TableDefinition,
    Unreachable,
    connect,
    create_schema,
    create_table,
    diff,
    estimated_rows,
    inspect_table,
    lookup_rows,
    read_rows,
    table_definition,
)
from messina.types import Canonical, UserTypes, canonical_sink, canonical_wire, postgres_type
from messina.types.cql import SCALARS

pytestmark = pytest.mark.gentle

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "types/vectors.json").read_text(encoding="utf-8")
)
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
USER_TYPES = UserTypes.of(
    {name: list(map(tuple, fields)) for name, fields in DOCUMENT["user_types"].items()}
)


@pytest.fixture()
def connection(postgres_dsn: str) -> Iterator[Connection]:
    with connect(postgres_dsn, application_name="messina-tests") as opened:
        yield opened


@pytest.fixture()
def schema(connection: Connection) -> Iterator[str]:
    name = f"T {secrets.token_hex(4)}"
    connection.execute(create_schema(name))
    yield name
    connection.execute(f'DROP SCHEMA "{name}" CASCADE')


def test_a_table_is_inspected_as_it_was_made(connection: Connection, schema: str) -> None:
    """Every scalar type and odd names come back from the catalog as they were defined."""
    columns = [(f"Col {i} {t}", t) for i, t in enumerate(sorted(SCALARS - {"counter"}))]
    key = ["Col 18 varint", "Col 0 ascii"]
    wanted = table_definition(schema, 'odd "name', columns, key)
    connection.execute(create_table(wanted))
    assert inspect_table(connection, schema, 'odd "name') == wanted
    assert inspect_table(connection, schema, "none") is None


def test_changes_bring_a_table_to_what_it_should_be(connection: Connection, schema: str) -> None:
    """After the statements of a difference there is no difference."""
    wanted = table_definition(schema, "t", [("a", "int"), ("b", "text"), ("c", "time")], ["a"])
    connection.execute(f'CREATE TABLE "{schema}".t (a integer PRIMARY KEY, b text NOT NULL)')
    for change in diff(wanted, inspect_table(connection, schema, "t")):
        assert change.statement is not None
        connection.execute(change.statement)
    assert diff(wanted, inspect_table(connection, schema, "t")) == ()


def test_a_dropped_column_is_missed(connection: Connection, schema: str) -> None:
    """A column dropped by hand shows as one to add."""
    wanted = table_definition(schema, "t", [("a", "int"), ("b", "text")], ["a"])
    connection.execute(create_table(wanted))
    connection.execute(f'ALTER TABLE "{schema}".t DROP COLUMN b')
    assert diff(wanted, inspect_table(connection, schema, "t")) == (
        AddColumn(wanted, ColumnDefinition("b", "text")),
    )


def test_vectors_survive_postgres(connection: Connection, schema: str) -> None:
    """Every vector's text goes into its column and comes out, by stream and by key, as it was."""
    types = sorted({vector["cql_type"] for vector in VECTORS})
    names = ["id", *(f"c{place}" for place, _ in enumerate(types))]
    columns = list(zip(names, ["text", *types], strict=True))
    table = table_definition(schema, "vectors", columns, ["id"])
    connection.execute(create_table(table))
    for vector in VECTORS:
        connection.execute(
            f'INSERT INTO "{schema}".vectors (id, {names[1 + types.index(vector["cql_type"])]})'
            f" VALUES (%s, %s::{postgres_type(vector['cql_type'])})".encode(),
            (vector["id"], vector["postgres"]),
        )
    streamed = {row[0]: row for row in read_rows(connection, table)}
    keys = [(vector["id"],) for vector in VECTORS]
    for vector, found in zip(VECTORS, lookup_rows(connection, table, keys, batch=50), strict=True):
        assert found is not None
        place = 1 + types.index(vector["cql_type"])
        assert found[place] == vector["postgres"]
        for row in (found, streamed[vector["id"]]):
            cql_type, expected = canonical(vector)
            assert canonical_sink(cql_type, row[place], USER_TYPES) == expected
            assert sum(value is not None for value in row) == 2


def canonical(vector: dict[str, Any]) -> tuple[str, Canonical]:
    """A vector's type and its value as both sides have it."""
    cql_type = vector["cql_type"]
    return cql_type, canonical_wire(cql_type, bytes.fromhex(vector["bytes"]), USER_TYPES)


def test_rows_are_read_in_key_order(connection: Connection, schema: str) -> None:
    """With `ordered`, rows come by their key, and only the columns that were asked for."""
    table = table_definition(schema, "t", [("a", "int"), ("b", "int"), ("c", "text")], ["b", "a"])
    connection.execute(create_table(table))
    connection.execute(
        f'INSERT INTO "{schema}".t SELECT i % 7, -i, i::text FROM generate_series(1, 5000) i'
    )
    rows = list(read_rows(connection, table, ["b", "c"], ordered=True))
    assert rows == [(str(-i), str(i)) for i in range(5000, 0, -1)]


def test_keys_that_are_not_there_are_none(connection: Connection, schema: str) -> None:
    """A lookup keeps the order of its keys: None for an unknown one, twice for one asked twice."""
    table = table_definition(
        schema, "t", [("k", "uuid"), ("n", "bigint"), ("v", "text")], ["k", "n"]
    )
    connection.execute(create_table(table))
    one, two = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
    connection.execute(f'INSERT INTO "{schema}".t VALUES (%s, 1, %s)', (one, "it's \\ \t\n"))
    keys = [(two, "1"), (one, "1"), (one, "2"), (one, "1")]
    row = (one, "1", "it's \\ \t\n")
    assert list(lookup_rows(connection, table, keys)) == [None, row, None, row]
    assert list(lookup_rows(connection, table, [])) == []


def test_a_stream_can_be_left(connection: Connection, schema: str) -> None:
    """A reader that stops early leaves the connection usable."""
    table = table_definition(schema, "t", [("a", "int")], ["a"])
    connection.execute(create_table(table))
    connection.execute(f'INSERT INTO "{schema}".t SELECT generate_series(1, 100000)')
    rows = read_rows(connection, table)
    next(rows)
    del rows
    assert connection.execute("SELECT 1").fetchone() == (1,)
    connection.execute(f'ANALYZE "{schema}".t')
    assert estimated_rows(connection, schema, "t") == 100_000
    assert estimated_rows(connection, schema, "none") == 0


def test_a_refused_statement_says_why(connection: Connection, schema: str) -> None:
    """The error names what was read, the server's reason and its SQLSTATE."""
    table = TableDefinition(schema, "none", (ColumnDefinition("a", "integer"),), ("a",))
    with pytest.raises(StatementFailed, match=r"none failed: .*does not exist") as caught:
        list(read_rows(connection, table))
    assert caught.value.sqlstate == "42P01"


def test_a_statement_has_a_time_limit(postgres_dsn: str) -> None:
    """A statement that runs too long is given up by the server."""
    limit = timedelta(milliseconds=50)
    with (
        connect(postgres_dsn, application_name="x", statement_timeout=limit) as connection,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        connection.execute("SELECT pg_sleep(5)")


def test_a_session_is_known_by_its_name_and_speaks_utc(connection: Connection) -> None:
    """Whatever the server's settings, texts are read the same way."""
    row = connection.execute(
        "SELECT current_setting('application_name'), current_setting('TimeZone'),"
        " 'epoch'::timestamptz::text, '\\x00'::bytea::text"
    ).fetchone()
    assert row == ("messina-tests", "UTC", "1970-01-01 00:00:00+00", "\\x00")


def test_nobody_there_and_wrong_password_are_two_things(postgres_dsn: str) -> None:
    """The error says which it was and what to do; it never shows the password."""
    with pytest.raises(Unreachable, match="next: messina status"):
        connect("host=127.0.0.1 port=1 dbname=d user=u password=hunter2", application_name="x")
    with pytest.raises(LoginRefused) as caught:
        connect(f"{postgres_dsn} password=hunter2", application_name="x")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ValueError) as wrong:
        connect("hunter2", application_name="x")
    assert "hunter2" not in str(wrong.value)
