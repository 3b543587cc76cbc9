"""Deleted ranges and partitions, and expired rows, are gone from Postgres soon after they are due.

A row that is about to go is in Postgres first; it is gone within ten seconds of its being due.
"""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cassandra.cluster import Session
from child import running
from road import Road

from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_SECONDS = 40.0
_WITHIN = 10.0
_TTL = 20


@pytest.fixture()
def sink(postgres_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    """A look at the warehouse."""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """Events of a place: the newest first, those of one moment by an id that only CQL orders so."""
    cql.execute(
        f"CREATE TABLE {keyspace}.events (place text, at timestamp, id timeuuid, word text,"
        " owner text static, PRIMARY KEY (place, at, id))"
        " WITH CLUSTERING ORDER BY (at DESC, id ASC) AND cdc = {'enabled': true}"
    )
    cql.execute(
        f"CREATE TABLE {keyspace}.series (id int, t timeuuid, n int, PRIMARY KEY (id, t))"
        " WITH CLUSTERING ORDER BY (t DESC) AND cdc = {'enabled': true}"
    )
    cql.execute(
        f"CREATE TABLE {keyspace}.young (id int PRIMARY KEY, word text)"
        " WITH cdc = {'enabled': true}"
    )
    one = Road(
        stack, keyspace, tmp_path, "events", "series", "young", source={"safe_confidence": "60s"}
    )
    with one.applied():
        yield one


def _rows(sink: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    return sink.execute(query.encode()).fetchall()


def _after(due: float, gone: Callable[[], bool], what: str) -> float:
    """Wait until it is so; return how many seconds after it was due that was."""
    until(gone, within=max(0.0, due - time.time()) + _WITHIN, what=what)
    return time.time() - due


def test_deletes_and_expiry_reach_postgres_within_ten_seconds(
    road: Road, cql: Session, sink: psycopg.Connection[Any]
) -> None:
    """A range, a partition, a TTL of 20 s: gone in time; a row outside of them stays as it is."""
    events, series, young = (f"{road.keyspace}.{name}" for name in ("events", "series", "young"))
    for place in ("a", "b"):
        cql.execute(f"INSERT INTO {events} (place, owner) VALUES ('{place}', 'o')")
        for hour in range(20):
            cql.execute(
                f"INSERT INTO {events} (place, at, id, word)"
                f" VALUES ('{place}', {hour * 3_600_000}, now(), 'w{hour}')"
            )
    for number in range(40):
        moment = 1_600_000_000_000 + number * 1_000
        cql.execute(f"INSERT INTO {series} (id, t, n) VALUES (1, mintimeuuid({moment}), {number})")
    for number in range(10):
        cql.execute(f"INSERT INTO {young} (id, word) VALUES ({number}, 'stays')")
    counts = f"SELECT (SELECT count(*) FROM {events}), (SELECT count(*) FROM {series}),"
    counts += f" (SELECT count(*) FROM {young})"
    until(lambda: _rows(sink, counts) == [(40, 40, 10)], within=_SECONDS, what="rows in Postgres")
    with running(road, "heal") as healing:
        until(lambda: "gaps are taken in" in healing.said(), within=_SECONDS, what="it heals")
        due = time.time()
        cql.execute(
            f"DELETE FROM {events} WHERE place = 'a' AND at > '1970-01-01 04:00Z'"
            " AND at <= '1970-01-01 10:00Z'"
        )
        words = f"SELECT word FROM {events} WHERE place = 'a' ORDER BY at"
        left = [(f"w{hour}",) for hour in range(20) if not 4 < hour <= 10]
        took = {"range": _after(due, lambda: _rows(sink, words) == left, "a range is gone")}

        due = time.time()
        cql.execute(f"DELETE FROM {series} WHERE id = 1 AND t < mintimeuuid(1600000020000)")
        numbers = f"SELECT n FROM {series} ORDER BY n"
        rest = [(number,) for number in range(20, 40)]
        took["times"] = _after(due, lambda: _rows(sink, numbers) == rest, "old ones are gone")

        due = time.time()
        cql.execute(f"DELETE FROM {events} WHERE place = 'b'")
        both = f"SELECT (SELECT count(*) FROM {events} WHERE place = 'b'),"
        both += f" (SELECT count(*) FROM {events}__static WHERE place = 'b')"
        took["partition"] = _after(
            due, lambda: _rows(sink, both) == [(0, 0)], "a partition is gone"
        )

        cql.execute(f"INSERT INTO {young} (id, word) VALUES (100, 'goes') USING TTL {_TTL}")
        cql.execute(f"UPDATE {young} USING TTL {_TTL} SET word = 'fades' WHERE id = 3")
        due = time.time() + _TTL
        here = f"SELECT id, word FROM {young} WHERE id IN (3, 100) ORDER BY id"
        until(
            lambda: _rows(sink, here) == [(3, "fades"), (100, "goes")],
            within=_TTL - 5,
            what="rows with a time to live in Postgres",
        )
        took["ttl"] = _after(
            due, lambda: _rows(sink, here) == [(3, None)], "what has expired is gone"
        )
        open_gaps = f"SELECT count(*) FROM messina.gaps WHERE pipeline = '{road.name}'"
        until(lambda: _rows(sink, open_gaps) == [(0,)], within=30, what="all gaps are closed")
        assert healing.end() == 0, healing.said()
    assert _rows(sink, words) == left
    # What a lost stretch of the log had, nobody knows: all rows of its tokens are looked at.
    sink.execute(f"DELETE FROM {young} WHERE id < 5".encode())
    sink.execute(f"INSERT INTO {young} VALUES (77, 'extra')".encode())
    sink.execute(
        "INSERT INTO messina.gaps (pipeline, subject, slot, table_name, static, kind, work,"
        " from_token, to_token, written_us, due_us, next_us)"
        " VALUES (%s, gen_random_uuid(), 0, 'young', false, 'log_lost', 'tokens', %s, %s, 0, 0, 0)",
        (road.name, -(2**63), 2**63 - 1),
    )
    once = road.heal_once()
    assert (once.code, once.document["closed"], once.document["open"]) == (0, 1, 0), once.output
    print({name: round(seconds, 1) for name, seconds in took.items()})  # noqa: T201
    assert road.reconcile(settle=None).code == 0


_MANY = int(os.environ.get("MESSINA_TEST_HEALED_PARTITIONS", "80"))


def test_healing_that_is_killed_goes_on(
    road: Road, cql: Session, sink: psycopg.Connection[Any]
) -> None:
    """kill -9 while gaps are healed; two others end it, whatever one of the gaps is like."""
    series, young = (f"{road.keyspace}.{name}" for name in ("series", "young"))
    for number in range(_MANY):
        for n in range(3):
            cql.execute(f"INSERT INTO {series} (id, t, n) VALUES ({number}, now(), {n})")
        cql.execute(f"INSERT INTO {young} (id, word) VALUES ({number}, 'goes') USING TTL 25")
    cql.execute(f"INSERT INTO {young} (id, word) VALUES (-1, 'stays')")
    counts = f"SELECT (SELECT count(*) FROM {series}), (SELECT count(*) FROM {young})"
    until(
        lambda: _rows(sink, counts) == [(3 * _MANY, _MANY + 1)],
        within=_SECONDS,
        what="rows in Postgres",
    )
    gaps = f"FROM messina.gaps WHERE pipeline = '{road.name}'"
    with running(road, "heal") as first:
        for number in range(_MANY):
            cql.execute(f"DELETE FROM {series} WHERE id = {number}")
        until(
            lambda: _rows(sink, f"SELECT count(*) > 0 {gaps} AND holder IS NOT NULL") == [(True,)],
            within=_SECONDS,
            what="gaps are being healed",
            every=0.02,
        )
        first.kill()
    # One that nobody can heal: its table has no such key.
    sink.execute(
        "INSERT INTO messina.gaps (pipeline, subject, slot, table_name, static, kind, work,"
        " partition_key, written_us, due_us, next_us) VALUES (%s, gen_random_uuid(), 0, 'series',"
        " false, 'partition_delete', 'range', '{\"no\":1}', 0, 0, 0)",
        (road.name,),
    )
    with running(road, "heal") as second, running(road, "heal") as third:
        until(lambda: _rows(sink, counts) == [(0, 1)], within=60, what="what was deleted is gone")
        until(
            lambda: _rows(sink, f"SELECT count(*) {gaps}") == [(1,)],
            within=60,
            what="all gaps but one are closed",
        )
        assert (second.end(), third.end()) == (0, 0), second.said()
    listed = road.gaps()
    (bad,) = listed.document["gaps"]
    assert (listed.code, bad["kind"], bad["attempts"] > 0) == (0, "partition_delete", True)
    assert "a key has the columns id" in bad["error"]
    assert road.gaps("--close", bad["id"]).document["open"] == 0
    assert road.heal_once().code == 0
