"""The whole road, from CQL to Postgres, on the real stack."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from road import Road

from messina.testing import Stack, Traffic, until

pytestmark = pytest.mark.gentle

_TABLE = """
    CREATE TABLE {keyspace}.readings (
        sensor int, place text, level int, note text, seen timestamp,
        PRIMARY KEY ((sensor), place)
    ) WITH cdc = {{'enabled': true}}
"""


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A deployed pipeline with one table, `readings`."""
    cql.execute(_TABLE.format(keyspace=keyspace))
    made = Road(stack, keyspace, tmp_path, "readings")
    applied = made.apply()
    assert applied.code == 0, applied.output
    yield made
    assert made.destroy().code == 0


def _equal(road: Road) -> None:
    answer = road.reconcile()
    assert answer.code == 0, answer.output


def test_inserts_updates_and_deletes_arrive(road: Road, cql: Session, postgres_dsn: str) -> None:
    """After inserts, updates and deletes the sink holds exactly the source's rows."""
    table = f"{road.keyspace}.readings"
    for sensor in range(200):
        cql.execute(f"INSERT INTO {table} (sensor, place, level) VALUES ({sensor}, 'roof', 1)")
    for sensor in range(0, 200, 2):
        cql.execute(f"UPDATE {table} SET level = 2 WHERE sensor = {sensor} AND place = 'roof'")
    for sensor in range(0, 200, 5):
        cql.execute(f"DELETE FROM {table} WHERE sensor = {sensor} AND place = 'roof'")
    _equal(road)
    levels = road.rows(postgres_dsn, "SELECT sensor, level FROM {schema}.readings ORDER BY 1")
    assert levels == [(n, 1 if n % 2 else 2) for n in range(200) if n % 5]


def test_applying_twice_changes_nothing(road: Road) -> None:
    """A second apply finds nothing to do, and a plan after it says so with exit code 0."""
    assert road.apply().code == 0
    assert road.plan().code == 0
    assert road.status().code == 0


def test_a_difference_is_found_and_named(road: Road, cql: Session, postgres_dsn: str) -> None:
    """A row that somebody changed in the sink makes the reconciler exit with 2 and name the row."""
    cql.execute(f"INSERT INTO {road.keyspace}.readings (sensor, place, level) VALUES (7, 'x', 1)")
    _equal(road)
    road.rows(
        postgres_dsn, "UPDATE {schema}.readings SET level = 99 WHERE sensor = 7 RETURNING sensor"
    )
    answer = road.reconcile(settle="20s")
    assert answer.code == 2, answer.output
    (found,) = answer.document["discrepancies"]
    assert (found["kind"], found["key"]["sensor"]) == ("different", "7")
    assert found["columns"] == {"level": {"source": "1", "sink": "99"}}


def test_two_writers_of_different_columns(road: Road, stack: Stack, cql: Session) -> None:
    """Two writers that update different columns of the same rows at once leave both sides equal."""
    table = f"{road.keyspace}.readings"
    level = cql.prepare(f"UPDATE {table} SET level = ? WHERE sensor = ? AND place = 'x'")
    note = cql.prepare(f"UPDATE {table} SET note = ? WHERE sensor = ? AND place = 'x'")

    def write(statement: object, value: type[int] | type[str], seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(1500):
            number = chance.randrange(10**6)
            cql.execute(statement, (value(number), chance.randrange(40)))

    writers = [
        threading.Thread(target=write, args=(level, int, 1)),
        threading.Thread(target=write, args=(note, str, 2)),
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    _equal(road)


def test_a_column_is_added_while_changes_flow(road: Road, cql: Session, postgres_dsn: str) -> None:
    """ADD COLUMN during traffic reaches Postgres with its type and values; no task is restarted."""
    table = f"{road.keyspace}.readings"
    added = threading.Event()

    def operation(session: Session, chance: random.Random) -> None:
        sensor, value = chance.randrange(100), chance.randrange(1000)
        extra = f", quality = {value}.25" if added.is_set() else ""
        session.execute(
            f"UPDATE {table} SET level = {value}{extra} WHERE sensor = {sensor} AND place = 'x'"
        )

    with Traffic(cql, operation, rate=100) as traffic:
        until(lambda: traffic.done > 200, within=30, what="200 writes before the new column")
        cql.execute(f"ALTER TABLE {table} ADD quality decimal")
        added.set()
        before = traffic.done
        until(lambda: traffic.done > before + 300, within=30, what="300 writes with it")
    _equal(road)
    ((kind,),) = road.rows(
        postgres_dsn,
        "SELECT data_type FROM information_schema.columns "
        "WHERE table_schema = '{schema}' AND column_name = 'quality'",
    )
    assert kind == "numeric"
    filled = road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.readings WHERE quality > 0")
    assert filled[0][0] > 50
    assert road.status().code == 0
