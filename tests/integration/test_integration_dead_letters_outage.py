"""Messina's sink while Postgres is away: an outage is no record's fault."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from road import Road

from messina.kafka import read
from messina.pipeline import Endpoints
from messina.testing import Stack, until

pytestmark = pytest.mark.stack


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A table that Messina's sink writes."""
    cql.execute(
        f"CREATE TABLE {keyspace}.orders (id int PRIMARY KEY, word text)"
        " WITH cdc = {'enabled': true}"
    )
    one = Road(
        stack, keyspace, tmp_path, "orders", sink={"connector": "messina"}, defaults={"tasks": 1}
    )
    with one.applied():
        yield one


def test_an_outage_is_waited_for(
    road: Road, stack: Stack, cql: Session, endpoints: Endpoints, postgres_dsn: str
) -> None:
    """Postgres is killed and comes back: no task fails, and no record is rejected or lost."""
    table = f"{road.keyspace}.orders"

    def write(keys: range) -> None:
        for key in keys:
            cql.execute(f"INSERT INTO {table} (id, word) VALUES ({key}, 'w')")

    write(range(50))
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(50,)],
        within=60,
        what="rows are there",
    )
    stack.kill("postgres")
    write(range(50, 100))
    stack.up()
    write(range(100, 120))
    until(
        lambda: road.rows(postgres_dsn, "SELECT count(*) FROM {schema}.orders") == [(120,)],
        within=90,
        what="all rows are there",
    )
    states = road.status()
    assert "FAILED" not in states.output, states.output
    assert list(read(endpoints.kafka.bootstrap_servers, f"{road.name}.orders.sink.dlq")) == []
