"""What the log does not say, and a signal cures; what a masked column never says."""

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road

from messina.kafka import AvroDecoder, RegistryClient, Signal, Signals
from messina.scylla import MAX_TOKEN, MIN_TOKEN
from messina.testing import Stack, Tail, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_SECONDS = 40.0
_MASK_KEY = "pepper-4711"


@pytest.fixture()
def sink(postgres_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A person at the warehouse."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


def _signals(stack: Stack, road: Road) -> Signals:
    where = stack.endpoints
    decoder = AvroDecoder(RegistryClient(where.registry.url, where.registry.kind))
    return Signals(where.kafka.bootstrap_servers, road.name, decoder)


def _rows(sink: psycopg.Connection[Any], table: str) -> list[tuple[Any, ...]]:
    return sink.execute(f"SELECT * FROM {table} ORDER BY 1, 2".encode()).fetchall()


def test_a_signal_cures_what_was_done_to_the_sink(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, sink: psycopg.Connection[Any]
) -> None:
    """Rows changed, deleted and added by hand in Postgres are as the source has them again."""
    cql.execute(
        f"CREATE TABLE {keyspace}.things (id int, place text, word text, PRIMARY KEY (id, place)) "
        "WITH cdc = {'enabled': true}"
    )
    road = Road(stack, keyspace, tmp_path, "things")
    applied = road.apply()
    assert applied.code == 0, applied.output
    for number in range(20):
        cql.execute(
            f"INSERT INTO {keyspace}.things (id, place, word) VALUES (%s, 'x', %s)",
            (number, f"w{number}"),
        )
    table = f'"{keyspace}".things'
    wanted = [(number, "x", f"w{number}") for number in range(20)]
    until(lambda: _rows(sink, table) == wanted, within=_SECONDS, what="all rows in Postgres")

    sink.execute(f"UPDATE {table} SET word = 'spoilt' WHERE id = 3".encode())
    sink.execute(f"DELETE FROM {table} WHERE id IN (4, 5)".encode())
    sink.execute(f"INSERT INTO {table} VALUES (99, 'nowhere', 'extra')".encode())
    assert road.reconcile(settle="0s").code == 2
    signals = _signals(stack, road)
    source = f"{keyspace}.things"
    keys = Signal(table=source, keys=({"id": 3, "place": "x"}, {"id": 99, "place": "nowhere"}))
    answer = signals.wait_done(signals.send(keys))
    assert answer.rows == 2
    everything = Signal(table=source, token_range=(MIN_TOKEN, MAX_TOKEN))
    answer = signals.wait_done(signals.send(everything))
    assert answer.rows == 20
    until(lambda: _rows(sink, table) == wanted, within=_SECONDS, what="Postgres cured")
    compared = road.reconcile()
    assert compared.code == 0, compared.output
    assert road.destroy().code == 0


def test_masked_and_excluded_columns_leave_the_source_masked(
    stack: Stack,
    cql: Session,
    keyspace: str,
    tmp_path: Path,
    sink: psycopg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Kafka and Postgres hold a hash, a null, or no column; the same value has the same hash."""
    secret = stack.layout.secrets / f"{keyspace}-mask"
    secret.write_text(_MASK_KEY)
    cql.execute(
        f"CREATE TABLE {keyspace}.people (id int PRIMARY KEY, name text, mail text, born date, "
        "note text) WITH cdc = {'enabled': true}"
    )
    road = Road(
        stack,
        keyspace,
        tmp_path,
        {
            "name": "people",
            "mask": {"mail": "hmac", "born": "null"},
            "exclude": ["note"],
        },
        source={"mask_key": f"file:{secret}"},
    )
    applied = road.apply()
    assert applied.code == 0, applied.output
    topic = f"{road.name}.{keyspace}.people"
    with Tail(stack.endpoints.kafka.bootstrap_servers, [topic]) as tail:
        for number, mail in enumerate(["ada@example.org", "bob@example.org", "ada@example.org"]):
            cql.execute(
                f"INSERT INTO {keyspace}.people (id, name, mail, born, note) "
                "VALUES (%s, 'n', %s, '1815-12-10', 'a-private-note')",
                (number, mail),
            )
        cql.execute(f"UPDATE {keyspace}.people SET mail = null WHERE id = 2")
        query = f'SELECT id, name, mail, born FROM "{keyspace}".people ORDER BY id'.encode()
        hashed = [
            hmac.new(_MASK_KEY.encode(), f'"{who}@example.org"'.encode(), "sha256").hexdigest()
            for who in ("ada", "bob")
        ]
        wanted = [(0, "n", hashed[0], None), (1, "n", hashed[1], None), (2, "n", None, None)]
        until(
            lambda: sink.execute(query).fetchall() == wanted,
            within=_SECONDS,
            what="masked rows in Postgres",
        )

        def told() -> bytes:
            tail.poll()
            return b"".join(record.value or b"" for record in tail.records[topic])

        until(lambda: hashed[1].encode() in told(), within=_SECONDS, what="the rows' events")
        values = told()
    assert hashed[0].encode() in values
    for private in (b"example.org", b"a-private-note", _MASK_KEY.encode()):
        assert private not in values
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    found = sink.execute(columns.encode(), (f'"{keyspace}".people',)).fetchall()
    assert {name for (name,) in found} == {"id", "name", "mail", "born"}
    assert road.destroy().code == 0
