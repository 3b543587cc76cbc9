"""Sick tables do not slow the others: one without a right, one locked, one full of poison rows.

The short form has 4 tables, 3 of them sick; MESSINA_PERFORMANCE=long has 20 (and longer looks).
What was measured goes to a file of MESSINA_PERFORMANCE_REPORTS, if that names a folder.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from cassandra.cluster import Session
from performance_trials import percentile
from road import Road

from messina.kafka import Positions
from messina.testing import Stack, until

pytestmark = pytest.mark.stack

LONG = os.environ.get("MESSINA_PERFORMANCE") == "long"
TABLES = 20 if LONG else 4
SECONDS = 60 if LONG else 6
RATE = 200 if LONG else 80
"""Changes a second, of all tables together."""
REVOKED, LOCKED, POISONED = NAMES = ("revoked", "locked", "poisoned")
HEALTHY = tuple(f"well_{number:02d}" for number in range(TABLES - len(NAMES)))


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """Tables that each have connectors of their own."""
    for name in (*NAMES, *HEALTHY):
        cql.execute(
            f"CREATE TABLE {keyspace}.{name} (id int PRIMARY KEY, at bigint)"
            " WITH cdc = {'enabled': true}"
        )
    made = Road(stack, keyspace, tmp_path, *NAMES, *HEALTHY, sink={"connector": "messina"})
    applied = made.apply()
    assert applied.code == 0, applied.output
    yield made
    assert made.destroy().code == 0


class Latencies:
    """Writes to all tables, and how long the healthy ones' took to be committed in Postgres."""

    def __init__(self, road: Road, cql: Session, dsn: str) -> None:
        self._road = road
        self._cql = cql
        self._dsn = dsn
        self._next = 0
        self._insert = {
            name: cql.prepare(f"INSERT INTO {road.keyspace}.{name} (id, at) VALUES (?, ?)")
            for name in (*NAMES, *HEALTHY)
        }

    def measured(self, seconds: float) -> list[float]:
        """Write for so long; return each healthy row's seconds from its write to its commit."""
        names = list(self._insert)
        begin, first = time.monotonic(), self._next
        while time.monotonic() < begin + seconds:
            name = names[self._next % len(names)]
            self._cql.execute(self._insert[name], (self._next, time.time_ns() // 1000))
            self._next += 1
            ahead = begin + (self._next - first) / RATE - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        expected = sum(names[n % len(names)] in HEALTHY for n in range(first, self._next))
        until(
            lambda: len(self._found(first)) == expected,
            within=60,
            what="all rows of the healthy tables are there",
        )
        return self._found(first)

    def _found(self, first: int) -> list[float]:
        took = "extract(epoch FROM pg_xact_commit_timestamp(xmin)) - at / 1e6"
        queries = [f"SELECT {took} FROM {{schema}}.{n} WHERE id >= {first}" for n in HEALTHY]
        return [float(row[0]) for row in self._road.rows(self._dsn, " UNION ALL ".join(queries))]


@contextmanager
def sick(road: Road, dsn: str) -> Iterator[None]:
    """Make three tables sick, until the end."""
    schema = road.keyspace
    with (
        psycopg.connect(dsn, autocommit=True) as hand,
        psycopg.connect(dsn) as holder,
    ):
        hand.execute(
            f"CREATE FUNCTION {schema}.no() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no right' USING ERRCODE = '42501'; END $$".encode()
        )
        hand.execute(
            f"CREATE TRIGGER no BEFORE INSERT ON {schema}.{REVOKED}"
            f" FOR EACH ROW EXECUTE FUNCTION {schema}.no()".encode()
        )
        # two of three: a table of which all is rejected stops, and is at rest
        hand.execute(
            f"ALTER TABLE {schema}.{POISONED} ADD CONSTRAINT a CHECK ((id / 7) % 3 = 0)"
            " NOT VALID".encode()
        )
        holder.execute(f"LOCK TABLE {schema}.{LOCKED} IN ACCESS EXCLUSIVE MODE".encode())
        yield
        holder.rollback()
        hand.execute(f"DROP TRIGGER no ON {schema}.{REVOKED}".encode())
        hand.execute(f"ALTER TABLE {schema}.{POISONED} DROP CONSTRAINT a".encode())


def connections(dsn: str, road: Road) -> int:
    """How many connections the sinks have to Postgres."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '{road.name}%'"
    ((count,),) = road.rows(dsn, query)
    return int(count)


def test_sick_tables_do_not_slow_the_others(
    road: Road, stack: Stack, cql: Session, postgres_dsn: str
) -> None:
    """A table whose sink fails, one that is locked and one that fills its dead letters: the
    others are as fast as before, and nobody takes more connections than two a table."""
    latencies = Latencies(road, cql, postgres_dsn)
    latencies.measured(2)
    before = latencies.measured(SECONDS)
    with sick(road, postgres_dsn):
        latencies.measured(2)
        during = latencies.measured(SECONDS)
        failed = road.status().output
        positions = Positions(stack.endpoints.kafka.bootstrap_servers)
        letters = positions.ends(f"{road.name}.{POISONED}.sink.dlq", committed=False)
        taken = connections(postgres_dsn, road)
    figures = {
        "tables": TABLES,
        "rate": RATE,
        "before": [round(percentile(before, share), 3) for share in (0.5, 0.95, 1)],
        "during": [round(percentile(during, share), 3) for share in (0.5, 0.95, 1)],
        "dead_letters": sum(letters.values()),
        "connections": taken,
        "load": round(os.getloadavg()[0], 1),
    }
    told(figures)
    assert "FAILED" in failed, failed
    assert figures["dead_letters"], figures
    assert taken <= 2 * TABLES, figures
    # half a second is what another process of the machine may take
    assert percentile(during, 0.5) < 2 * percentile(before, 0.5) + 0.5, figures
    assert percentile(during, 0.95) < 2 * percentile(before, 0.95) + 0.5, figures
    assert road.apply().code == 0
    count = f"SELECT count(*) FROM {{schema}}.{LOCKED}"
    source = cql.execute(f"SELECT count(*) FROM {road.keyspace}.{LOCKED}").one()[0]
    until(
        lambda: road.rows(postgres_dsn, count) == [(source,)],
        within=60,
        what="what was locked has caught up",
    )


def told(figures: object) -> None:
    """Write figures down where that is asked for."""
    print(figures)  # noqa: T201
    if folder := os.environ.get("MESSINA_PERFORMANCE_REPORTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"bulkheads-{TABLES}.json").write_text(json.dumps(figures) + "\n")
