"""How many rows a second each sink writes: the same topic, the same table, in turns.

Only with MESSINA_PERFORMANCE=long; MESSINA_SINKS_ROWS is how many rows (60000), MESSINA_SINKS_RUNS
how often each sink writes them (3), after once that is not counted.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg
import pytest
from cassandra.cluster import Session
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.util import Date
from performance_tables import COLUMNS, KEY, NAMES
from road import Road

from messina.kafka import ConnectClient
from messina.testing import Stack, until

pytestmark = pytest.mark.stack

LONG = os.environ.get("MESSINA_PERFORMANCE") == "long"
ROWS = int(os.environ.get("MESSINA_SINKS_ROWS", "60000"))
RUNS = int(os.environ.get("MESSINA_SINKS_RUNS", "3"))
LEAST = 0.5
"""What of Debezium's rate is the least that Messina's sink may have: moments differ."""
_BEGIN = datetime(2026, 1, 1)
"""Without a zone: the driver takes it for UTC."""


def _rows() -> Iterator[tuple[object, ...]]:
    for n in range(ROWS):
        yield (
            n % 1000,
            _BEGIN + timedelta(milliseconds=n),
            UUID(int=n),
            Decimal(n).scaleb(-2),
            f"name {n}",
            ("red", "green", "blue")[n % 3],
            n % 2 == 1,
            n * 0.5,
            Date(n % 20_000),
            n,
        )


class Bench:
    """A table with rows, and sinks that write them again and again."""

    def __init__(self, road: Road, dsn: str) -> None:
        self._road = road
        self._dsn = dsn
        self._plain = road.file.read_text()
        self._sink = f"{road.name}.t.sink"
        self._url = road.stack.endpoints.connect.url

    def become(self, kind: str) -> None:
        """Let the pipeline have this sink."""
        self._road.file.write_text(self._plain.replace('"debezium"', f'"{kind}"'))
        said = self._road.apply()
        assert said.code == 0, said.output

    def count(self) -> int:
        """How many rows are in Postgres."""
        ((rows,),) = self._road.rows(self._dsn, "SELECT count(*) FROM {schema}.t")
        return int(rows)

    def sql(self, statement: str) -> None:
        """Run a statement in the sink's database."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(statement.format(schema=self._road.keyspace).encode())

    def rate(self) -> float:
        """Have the sink write all of the topic into the emptied table; return rows a second.

        From the first row's statement to the last's, so that no start of a task is in it.
        """
        with ConnectClient(self._url) as connect:
            connect.stop(self._sink)
            self.sql("TRUNCATE {schema}.t")
            said = self._road.offsets("reset", "--side", "sinks", "--yes")
            assert said.code == 0, said.output
            connect.resume(self._sink)
        until(lambda: self.count() >= ROWS, within=180, what="all rows are written")
        ((seconds,),) = self._road.rows(
            self._dsn, "SELECT extract(epoch FROM max(taken) - min(taken)) FROM {schema}.t"
        )
        return ROWS / float(seconds)


@pytest.fixture()
def bench(
    stack: Stack, cql: Session, keyspace: str, postgres_dsn: str, tmp_path: Path
) -> Iterator[Bench]:
    """A pipeline of one table of ten columns with all rows, and when Postgres took each."""
    table = f"{keyspace}.t"
    cql.execute(
        f"CREATE TABLE {table} ({COLUMNS}, PRIMARY KEY ({KEY})) WITH cdc = {{'enabled': true}}"
    )
    one = {"partitions": 1}
    road = Road(stack, keyspace, tmp_path, "t", sink={"connector": "debezium"}, defaults=one)
    made = Bench(road, postgres_dsn)
    made.become("debezium")
    made.sql("ALTER TABLE {schema}.t ADD COLUMN taken timestamptz DEFAULT clock_timestamp()")
    insert = cql.prepare(
        f"INSERT INTO {table} ({', '.join(NAMES)}) VALUES ({', '.join('?' for _ in NAMES)})"
    )
    execute_concurrent_with_args(cql, insert, _rows(), concurrency=64)
    until(lambda: made.count() == ROWS, within=180, what="all rows have come once")
    yield made
    gone = road.destroy()
    assert gone.code == 0, gone.output


@pytest.mark.skipif(not LONG, reason="MESSINA_PERFORMANCE=long compares the sinks for minutes")
def test_messinas_sink_keeps_up_with_debeziums(bench: Bench, tmp_path: Path) -> None:
    """What Messina's sink does besides (decoding by itself, claims, one transaction more to ask)
    leaves it at least half of the bare sink's rate; the figures are printed and kept."""
    rates: dict[str, list[float]] = {"debezium": [], "messina": []}
    for number in range(RUNS + 1):
        for kind, found in rates.items():
            bench.become(kind)
            rate = bench.rate()
            if number:
                found.append(rate)
    ratio = median(rates["messina"]) / median(rates["debezium"])
    told = {
        "rows": ROWS,
        "load": os.getloadavg()[0],
        **{kind: [round(one) for one in found] for kind, found in rates.items()},
        "ratio": round(ratio, 2),
    }
    print(told)  # noqa: T201
    reports = Path(os.environ.get("MESSINA_PERFORMANCE_REPORTS", str(tmp_path)))
    reports.mkdir(parents=True, exist_ok=True)
    (reports / "sinks.json").write_text(json.dumps(told) + "\n")
    assert ratio >= LEAST, told
