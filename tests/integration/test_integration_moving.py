"""Comparing while changes flow: nothing on its way is reported, and what is broken is found."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road

from messina.testing import Stack, Traffic, until

pytestmark = pytest.mark.gentle

RUNS = int(os.environ.get("MESSINA_TEST_MOVING_RUNS", "2"))
"""How often an equal pipeline is compared; the long form has ten."""
_STILL = range(10_000, 10_200)
_MOVING = 300
_RATE = 200.0


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A table with rows that stand still, among many that do not."""
    cql.execute(
        f"CREATE TABLE {keyspace}.moving (id int, c int, n int, word text, PRIMARY KEY (id, c))"
        " WITH cdc = {'enabled': true}"
    )
    one = Road(stack, keyspace, tmp_path, "moving", source={"safe_confidence": "6s"})
    with one.applied():
        yield one


def _change(keyspace: str, session: Session, chance: random.Random) -> None:
    """A write of one of a few rows: many go back and forth between two states."""
    key, kind = chance.randrange(_MOVING), chance.random()
    where = f"id = {key} AND c = {key % 3}"
    if kind < 0.2:
        session.execute(f"DELETE FROM {keyspace}.moving WHERE {where}")
    else:
        session.execute(
            f"UPDATE {keyspace}.moving SET n = {chance.randrange(2)}, word = 'w' WHERE {where}"
        )


def test_under_traffic_just_what_is_broken_is_found(
    road: Road, cql: Session, postgres_dsn: str
) -> None:
    """Equal pipelines are equal in each run, under 200 changes a second; planted rows are named."""
    for key in _STILL:
        cql.execute(
            f"INSERT INTO {road.keyspace}.moving (id, c, n, word) VALUES ({key}, 0, {key}, 's')"
        )
    table = f"{road.keyspace}.moving"

    def operation(session: Session, chance: random.Random) -> None:
        _change(road.keyspace, session, chance)

    with Traffic(cql, operation, _RATE) as traffic:
        until(
            lambda: road.rows(postgres_dsn, f"SELECT count(*) FROM {table} WHERE id >= 10000")
            == [(len(_STILL),)],
            within=60,
            what="the rows that stand still are there",
        )
        in_flight = 0
        for _ in range(RUNS):
            answer = road.reconcile(settle=None)
            assert answer.code == 0, answer.output
            in_flight += answer.document["tables"][0]["in_flight"]
        # otherwise nothing moved, and the runs have shown nothing
        assert in_flight > 0
        assert traffic.done > RUNS * 50

        with psycopg.connect(postgres_dsn, autocommit=True) as hand:
            hand.execute(f"DELETE FROM {table} WHERE id = 10000".encode())
            hand.execute(f"UPDATE {table} SET n = NULL WHERE id IN (10001, 10002)".encode())
            hand.execute(f"UPDATE {table} SET word = 'other' WHERE id = 10003".encode())
            hand.execute(
                f"INSERT INTO {table} (id, c, n) VALUES (10000, 7, 1), (9999, 0, 1)".encode()
            )
        answer = road.reconcile(settle=None)
        assert answer.code == 2, answer.output
        found = {
            (one["kind"], int(one["key"]["id"]), int(one["key"]["c"]))
            for one in answer.document["discrepancies"]
        }
        assert found == {
            ("missing_in_sink", 10_000, 0),
            ("different", 10_001, 0),
            ("different", 10_002, 0),
            ("different", 10_003, 0),
            ("extra_in_sink", 10_000, 7),
            ("extra_in_sink", 9_999, 0),
        }
        assert answer.document["tables"][0]["unsettled"] == 0
        assert answer.document["tables"][0]["notes"] == []

        broken = road.explain("moving", "[10001, 0]")
        assert broken.code == 2, broken.output
        assert "nothing is on its way" in broken.document["verdict"]
        columns = {one["name"]: (one["source"], one["sink"]) for one in broken.document["columns"]}
        assert columns == {"n": ("10001", "null"), "word": ("'s'", "'s'")}
        assert [event["op"] for event in broken.document["events"]][:1] == ["c"]
        fine = road.explain("moving", '{"id": 10004, "c": 0}')
        assert (fine.code, fine.document["verdict"]) == (0, "both sides are equal"), fine.output
