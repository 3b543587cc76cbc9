"""How soon after they are due deleted partitions and expired rows are gone from Postgres.

The long form, whose figures stand in the reconciler's README:
MESSINA_TEST_HEAL_SECONDS=60 MESSINA_TEST_HEAL_RANGES=50 MESSINA_TEST_HEAL_KEYS=1000
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from child import running
from road import Road

from messina.testing import Stack, until

pytestmark = pytest.mark.stack

_SECONDS = int(os.environ.get("MESSINA_TEST_HEAL_SECONDS", "4"))
_RANGES = int(os.environ.get("MESSINA_TEST_HEAL_RANGES", "10"))
_KEYS = int(os.environ.get("MESSINA_TEST_HEAL_KEYS", "100"))
_ROWS = 5
_TTL = 8 if _SECONDS < 10 else 20
_WITHIN = 10.0 if _SECONDS >= 10 else 30.0
"""Seconds; the short form runs beside whatever else a machine has to do."""


def _at_rate(rate: int, seconds: int, act: Callable[[int], object]) -> None:
    """Act so often a second; what is late is made up for."""
    began = time.monotonic()
    for number in range(rate * seconds):
        ahead = began + number / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        act(number)


def test_what_is_due_is_gone_within_ten_seconds_at_rate(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Range gaps and expiring rows at a steady rate: each is gone soon after it is due."""
    parts, young = f"{keyspace}.parts", f"{keyspace}.young"
    cql.execute(f"CREATE TABLE {parts} (id int, c int, word text, PRIMARY KEY (id, c))")
    cql.execute(f"CREATE TABLE {young} (id int PRIMARY KEY, due bigint)")
    count = _RANGES * _SECONDS
    rows = [(p, c, "w") for p in range(count) for c in range(_ROWS)]
    insert = cql.prepare(f"INSERT INTO {parts} (id, c, word) VALUES (?, ?, ?)")
    execute_concurrent_with_args(cql, insert, rows, concurrency=32)
    for table in (parts, young):
        cql.execute(f"ALTER TABLE {table} WITH cdc = {{'enabled': true}}")
    source = {"signals_per_second": 8_000}
    road = Road(stack, keyspace, tmp_path, "parts", "young", source=source)
    applied = road.apply()
    assert applied.code == 0, applied.output
    assert road.backfill("--table", "parts").code == 0
    deleted: dict[int, float] = {}
    delete = cql.prepare(f"DELETE FROM {parts} WHERE id = ?")
    write = cql.prepare(f"INSERT INTO {young} (id, due) VALUES (?, ?) USING TTL {_TTL}")

    def remove(number: int) -> None:
        cql.execute(delete, (number,))
        deleted[number] = time.time()

    def expire(number: int) -> None:
        due = int((time.time() + _TTL) * 1e6)
        cql.execute_async(write, (number, due)).add_errback(print)

    writers = [
        threading.Thread(target=_at_rate, args=(_RANGES, _SECONDS, remove)),
        threading.Thread(target=_at_rate, args=(_KEYS, _SECONDS, expire)),
    ]
    overdue: dict[str, list[float]] = {"ranges": [0.0], "keys": [0.0]}
    most = 0
    with (
        psycopg.connect(postgres_dsn, autocommit=True) as sink,
        running(road, "heal") as healing,
    ):
        until(lambda: "gaps are taken in" in healing.said(), within=40, what="it heals")

        def look() -> bool:
            """Note how long what is there still has been due; whether all is over."""
            nonlocal most
            now = time.time()
            gone = {number: at for number, at in list(deleted.items()) if at < now}
            found = sink.execute(f"SELECT DISTINCT id FROM {parts}".encode()).fetchall()
            late = [now - gone[number] for (number,) in found if number in gone]
            overdue["ranges"].append(max(late, default=0.0))
            row = sink.execute(f"SELECT min(due), count(*) FROM {young}".encode()).fetchone()
            assert row is not None
            most = max(most, row[1])
            overdue["keys"].append(0.0 if row[0] is None else now - row[0] / 1e6)
            over = not any(writer.is_alive() for writer in writers) and now > ended + 1
            return over and len(deleted) == count and not found and row[1] == 0

        began = time.time()
        ended = began + _SECONDS
        for writer in writers:
            writer.start()
        try:
            until(look, within=_SECONDS + _TTL + 60, what="all that was due is gone", every=0.3)
        finally:
            worst = {name: round(max(seconds), 1) for name, seconds in overdue.items()}
            said = f"{_RANGES} ranges/s, {_KEYS} keys/s for {_SECONDS} s: {worst} s late at worst"
            used = psutil.Process(healing.process.pid).cpu_times()
            said += f"; {used.user + used.system:.1f} s of a core for healing"
            print(said, f"({most} rows at a time)", healing.said())  # noqa: T201
        assert healing.end() == 0, healing.said()
    assert most > 0
    assert max(worst.values()) < _WITHIN, said
    assert road.destroy().code == 0
