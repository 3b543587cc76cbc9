"""A sink is filled from a table that had its rows before the pipeline was."""

import random
import re
from pathlib import Path

import httpx
import psycopg
import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from child import Child, running
from road import Road

from messina.testing import Stack, Traffic, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_PARTITIONS = 2_000
_ROWS = 3


def _served(child: Child, name: str) -> float:
    """A metric, as it is served; 0 while it is not there."""
    url = re.search(r"http://[0-9.:]+", child.said())
    if url is None:
        return 0.0
    found = re.search(rf"^{name}{{.*}} (.+)$", httpx.get(f"{url[0]}/metrics").text, re.MULTILINE)
    return 0.0 if found is None else float(found[1])


def test_a_backfill_that_is_killed_goes_on_while_rows_change(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """kill -9 in the middle; --resume fills the rest, and both sides are equal, under traffic."""
    table = f"{keyspace}.old"
    cql.execute(
        f"CREATE TABLE {table} (id int, c int, word text, owner text static, PRIMARY KEY (id, c))"
    )
    insert = cql.prepare(f"INSERT INTO {table} (id, c, word, owner) VALUES (?, ?, 'w', ?)")
    rows = [(p, c, f"o{p}") for p in range(_PARTITIONS) for c in range(_ROWS)]
    execute_concurrent_with_args(cql, insert, rows, concurrency=64)
    cql.execute(f"ALTER TABLE {table} WITH cdc = {{'enabled': true}}")
    road = Road(stack, keyspace, tmp_path, "old", source={"safe_confidence": "6s"})
    applied = road.apply()
    assert applied.code == 0, applied.output

    def change(session: Session, chance: random.Random) -> None:
        where = f"id = {chance.randrange(_PARTITIONS)} AND c = {chance.randrange(_ROWS)}"
        if chance.random() < 0.2:
            session.execute(f"DELETE FROM {table} WHERE {where}")
        else:
            session.execute(f"UPDATE {table} SET word = '{chance.random()}' WHERE {where}")

    options = ("--range-rows", "400", "--in-flight", "2", "--listen", "127.0.0.1:0")
    with (
        psycopg.connect(postgres_dsn, autocommit=True) as sink,
        Traffic(cql, change, rate=50.0),
        running(road, "backfill", *options) as child,
    ):

        def ranges(what: str) -> int:
            query = (
                f"SELECT count({what}) FROM messina.ranges JOIN messina.runs ON run = runs.id"
                f" WHERE pipeline = '{road.name}'"
            )
            there = sink.execute("SELECT to_regclass('messina.ranges') IS NOT NULL").fetchone()
            found = sink.execute(query.encode()).fetchone() if there == (True,) else None
            return 0 if found is None else int(found[0])

        until(
            lambda: _served(child, "messina_backfill_ranges_done") >= 1,
            within=60,
            what="some ranges are done",
            every=0.05,
        )
        assert _served(child, "messina_backfill_ranges") > 10
        child.kill()
        done, planned = ranges("done_at"), ranges("*")
        assert done < planned
        answer = road.backfill("--resume", "--in-flight", "4")
        assert answer.code == 0, answer.output
        assert answer.document["ranges"] == ranges("done_at") == planned
    assert answer.document["rows"] > _PARTITIONS * _ROWS
    again = road.backfill("--resume")
    assert again.code == 1
    assert "nothing to resume" in again.output
    compared = road.reconcile(settle=None)
    assert compared.code == 0, compared.output
    assert road.destroy().code == 0
