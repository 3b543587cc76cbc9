"""Messina's sink: what Postgres rejects goes to the dead letters, and nothing else does."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from road import Road

from messina.kafka import Record, read
from messina.pipeline import Endpoints
from messina.testing import Stack, until

_GOOD = 995
_NUL, _NARROW, _MISSING, _CHECK, _ORPHAN = range(2_000, 2_005)
_POISON = {
    _NUL: ("22021", None),
    _NARROW: ("22003", None),
    _MISSING: ("23502", "must"),
    _CHECK: ("23514", "positive"),
    _ORPHAN: ("23503", "owned"),
}


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A table that Messina's sink writes, with columns that a hand can make strict."""
    cql.execute(
        f"CREATE TABLE {keyspace}.orders (id int PRIMARY KEY, word text, amount decimal,"
        " must int, checked int, owner int) WITH cdc = {'enabled': true}"
    )
    one = Road(
        stack, keyspace, tmp_path, "orders", sink={"connector": "messina"}, defaults={"tasks": 1}
    )
    applied = one.apply()
    assert applied.code == 0, applied.output
    yield one
    one.destroy()


def _strict(dsn: str, schema: str) -> None:
    """What a hand does to a warehouse: the sink's rows must please it."""
    with psycopg.connect(dsn, autocommit=True) as hand:
        for statement in (
            "CREATE TABLE {s}.owners (id integer PRIMARY KEY)",
            "INSERT INTO {s}.owners VALUES (1)",
            "ALTER TABLE {s}.orders ALTER COLUMN amount TYPE numeric(6, 2)",
            "ALTER TABLE {s}.orders ALTER COLUMN must SET NOT NULL",
            "ALTER TABLE {s}.orders ADD CONSTRAINT positive CHECK (checked > 0)",
            "ALTER TABLE {s}.orders ADD CONSTRAINT owned FOREIGN KEY (owner)"
            " REFERENCES {s}.owners DEFERRABLE INITIALLY DEFERRED",
        ):
            hand.execute(statement.format(s=schema).encode())


def _write(cql: Session, keyspace: str) -> None:
    insert = cql.prepare(
        f"INSERT INTO {keyspace}.orders (id, word, amount, must, checked, owner)"
        " VALUES (?, ?, ?, ?, ?, ?)"
    )
    rows: list[tuple[object, ...]] = [(key, "w", 1, 1, 1, 1) for key in range(_GOOD)]
    rows[100:100] = [(_NUL, "a\0b", 1, 1, 1, 1)]
    rows[300:300] = [(_NARROW, "w", 10**9, 1, 1, 1), (_MISSING, "w", 1, None, 1, 1)]
    rows[700:700] = [(_CHECK, "w", 1, 1, -1, 1), (_ORPHAN, "w", 1, 1, 1, 99)]
    results = execute_concurrent_with_args(cql, insert, rows, concurrency=50)
    assert all(success for success, _ in results)


def _letters(endpoints: Endpoints, road: Road) -> list[Record]:
    return list(read(endpoints.kafka.bootstrap_servers, f"{road.name}.orders.sink.dlq"))


def _header(letter: Record, name: str) -> str | None:
    value = letter.headers.get(f"messina.error.{name}")
    return None if value is None else value.decode()


def test_poison_rows_stop_nobody(
    road: Road, cql: Session, endpoints: Endpoints, postgres_dsn: str
) -> None:
    """Of 1,000 rows the 995 good ones are in Postgres, and 5 in the dead letters with reasons."""
    _strict(postgres_dsn, road.keyspace)
    _write(cql, road.keyspace)
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(_GOOD,)],
        within=60,
        what="the good rows are there",
    )
    until(lambda: len(_letters(endpoints, road)) >= 5, within=30, what="the others are told")
    letters = _letters(endpoints, road)
    reasons = {
        _header(letter, "sqlstate"): _header(letter, "constraint") or _header(letter, "column")
        for letter in letters
    }
    assert reasons == dict(_POISON.values())
    for letter in letters:
        assert _header(letter, "topic") == f"{road.name}.{road.keyspace}.orders"
        assert _header(letter, "offset") is not None
        assert letter.headers.get("messina.correlation_id")
    # a row in the dead letters is no row of the sink, and its table goes on
    cql.execute(
        f"INSERT INTO {road.keyspace}.orders (id, word, must, checked) VALUES (3000, 'on', 1, 1)"
    )
    until(
        lambda: road.rows(postgres_dsn, "SELECT word FROM {schema}.orders WHERE id = 3000")
        == [("on",)],
        within=30,
        what="the table goes on",
    )
    states = road.status()
    assert states.code == 0, states.output
    assert len(_letters(endpoints, road)) == 5


@pytest.mark.parametrize("part", ["postgres"])
def test_an_outage_is_waited_for(
    road: Road, stack: Stack, cql: Session, endpoints: Endpoints, postgres_dsn: str, part: str
) -> None:
    """A part that is killed and comes back: no task fails, and no record is rejected or lost."""
    table = f"{road.keyspace}.orders"

    def write(keys: range) -> None:
        for key in keys:
            cql.execute(f"INSERT INTO {table} (id, word) VALUES ({key}, 'w')")

    write(range(50))
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(50,)],
        within=60,
        what="rows are there",
    )
    stack.kill(part)
    write(range(50, 100))
    stack.up()
    write(range(100, 120))
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(120,)],
        within=90,
        what="all rows are there",
    )
    states = road.status()
    assert "FAILED" not in states.output, states.output
    assert _letters(endpoints, road) == []


def test_a_mistake_in_the_sink_is_no_records_fault(
    road: Road, cql: Session, endpoints: Endpoints, postgres_dsn: str
) -> None:
    """A right that is taken away fails the task; given back, nothing was lost or rejected."""
    table = f"{road.keyspace}.orders"
    with psycopg.connect(postgres_dsn, autocommit=True) as hand:
        hand.execute(
            f"CREATE FUNCTION {road.keyspace}.no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no right' USING ERRCODE = '42501'; END $$".encode()
        )
        hand.execute(
            f"CREATE TRIGGER no BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {road.keyspace}.no()".encode()
        )
        for key in range(20):
            cql.execute(f"INSERT INTO {table} (id, word) VALUES ({key}, 'w')")
        until(lambda: "FAILED" in road.status().output, within=60, what="the task says so")
        hand.execute(f"DROP TRIGGER no ON {table}".encode())
    assert road.apply().code == 0
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(20,)],
        within=60,
        what="all rows are there",
    )
    assert _letters(endpoints, road) == []
