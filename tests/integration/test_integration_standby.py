"""Postgres behind one address: a sink that was led to a standby comes to the primary by itself."""

from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from psycopg import sql
from road import Road

from messina.testing import Stack, until

pytestmark = pytest.mark.stack


def test_who_was_led_to_a_standby_connects_anew(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """A sink whose connection takes no writes tries another one: the same would be read only for
    ever, though the address has been the primary's for long."""
    cql.execute(
        f"CREATE TABLE {keyspace}.words (id int PRIMARY KEY, word text)"
        " WITH cdc = {'enabled': true}"
    )
    road = Road(stack, keyspace, tmp_path, "words", sink={"connector": "messina"})
    applied = road.apply()
    assert applied.code == 0, applied.output
    log = stack.layout.log("connect")
    begun = log.stat().st_size

    def refused() -> bool:
        with log.open("rb") as file:
            file.seek(begun)
            return b"in a read-only transaction (SQLSTATE 25006)" in file.read()

    def there() -> dict[int, str]:
        return dict(road.rows(postgres_dsn, "SELECT id, word FROM {schema}.words"))

    def write(key: int, word: str) -> None:
        cql.execute(f"INSERT INTO {keyspace}.words (id, word) VALUES ({key}, '{word}')")

    try:
        write(1, "first")
        until(lambda: there() == {1: "first"}, within=90, what="the row is there")
        with psycopg.connect(postgres_dsn, autocommit=True) as hand:
            role = sql.Identifier(hand.info.user)
            standby = sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on")
            primary = sql.SQL("ALTER ROLE {} RESET default_transaction_read_only")
            hand.execute(standby.format(role))
            try:
                hand.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = %s",
                    [f"{road.name}.words.sink"],
                )
                write(1, "second")
                until(refused, within=60, what="its connection takes no writes")
            finally:
                hand.execute(primary.format(role))
        until(lambda: there() == {1: "second"}, within=60, what="it writes to the primary")
    finally:
        assert road.destroy().code == 0
