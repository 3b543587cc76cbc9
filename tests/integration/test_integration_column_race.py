"""A column comes, and all of a sink's tasks add it at once."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road

from messina.testing import Stack, until

_ROWS = 20
_TASKS = 2


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A table that two tasks write."""
    cql.execute(
        f"CREATE TABLE {keyspace}.grown (id int PRIMARY KEY, word text)"
        " WITH cdc = {'enabled': true}"
    )
    sink, defaults = {"connector": "messina"}, {"tasks": _TASKS, "partitions": _TASKS}
    made = Road(stack, keyspace, tmp_path, "grown", sink=sink, defaults=defaults)
    applied = made.apply()
    assert applied.code == 0, applied.output
    yield made
    assert made.destroy().code == 0


def test_tasks_that_add_a_column_at_once_go_on(
    road: Road, stack: Stack, cql: Session, postgres_dsn: str
) -> None:
    """Two tasks have both seen that a column is missing: one adds it, the other one is told that it
    is there already. It tries again; no task fails, no record is rejected, every value arrives."""

    def write(column: str) -> None:
        for key in range(_ROWS):
            cql.execute(f"INSERT INTO {road.keyspace}.grown (id, {column}) VALUES ({key}, 'w')")

    def count(column: str) -> int:
        query = f"SELECT count(to_jsonb(t) ->> '{column}') FROM {{schema}}.grown t"
        ((found,),) = road.rows(postgres_dsn, query)
        return int(found)

    def wait_for_the_lock() -> int:
        query = (
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
            " AND relation = '{schema}.grown'::regclass"
        )
        ((found,),) = road.rows(postgres_dsn, query)
        return int(found)

    write("word")
    until(lambda: count("word") == _ROWS, within=60, what="rows are there")
    log = stack.layout.log("connect")
    begin = log.stat().st_size
    with psycopg.connect(postgres_dsn) as reader:
        reader.execute(f"SELECT 1 FROM {road.keyspace}.grown LIMIT 1")
        cql.execute(f"ALTER TABLE {road.keyspace}.grown ADD later text")
        write("later")
        until(lambda: wait_for_the_lock() == _TASKS, within=40, what="both add the column")
    until(lambda: count("later") == _ROWS, within=40, what="every value is there")
    with log.open("rb") as lines:
        lines.seek(begin)
        said = [line for line in lines if b"somebody was in the way" in line and b"42701" in line]
    assert said, "one of them was told that the column is there"
    (table,) = road.status().document["tables"]
    assert (table["sink"]["state"], table["sink"]["running"]) == ("RUNNING", _TASKS)
    assert table["lag"]["dead_letters"] == 0
