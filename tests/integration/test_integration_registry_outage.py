"""The registry is away just when schemas are needed: both sides wait, and nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cassandra.cluster import Session
from road import Road

from messina.kafka import ConnectClient, Positions, Waits, sink_group
from messina.stack.supervision import Supervisor
from messina.testing import Stack, until

_ROWS = 20


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """Two tables: one whose sink will know no schema, and one that will get a column."""
    for name in ("known", "grown"):
        cql.execute(
            f"CREATE TABLE {keyspace}.{name} (id int PRIMARY KEY, word text)"
            " WITH cdc = {'enabled': true}"
        )
    made = Road(stack, keyspace, tmp_path, "known", "grown", sink={"connector": "messina"})
    applied = made.apply()
    assert applied.code == 0, applied.output
    yield made
    assert made.destroy().code == 0


@contextmanager
def without_registry(stack: Stack) -> Iterator[None]:
    """The registry is stopped, and started again in the end."""
    Supervisor(stack.layout).call("stopProcess", "registry")
    try:
        yield
    finally:
        stack.up()


def test_both_sides_wait_for_the_registry(
    road: Road, stack: Stack, cql: Session, postgres_dsn: str
) -> None:
    """A sink's task that starts anew, and a source whose table gets a column, without a registry:
    both say so and wait, no task fails, no record is rejected, and then every row arrives."""

    def write(table: str, ids: range, column: str = "word") -> None:
        for key in ids:
            cql.execute(f"INSERT INTO {road.keyspace}.{table} (id, {column}) VALUES ({key}, 'w')")

    def count(table: str, column: str = "word") -> int:
        # a column that the sink has not added yet is as good as empty
        query = f"SELECT count(to_jsonb(t) ->> '{column}') FROM {{schema}}.{table} t"
        ((found,),) = road.rows(postgres_dsn, query)
        return int(found)

    for table in ("known", "grown"):
        write(table, range(_ROWS))
    until(lambda: count("known") == count("grown") == _ROWS, within=60, what="rows are there")
    brokers = stack.endpoints.kafka.bootstrap_servers
    log = stack.layout.log("connect")
    begin = log.stat().st_size

    def told(*texts: str) -> bool:
        with log.open("rb") as lines:
            lines.seek(begin)
            return any(all(t.encode() in line for t in texts) for line in lines)

    def waits() -> str:
        known, _ = road.status().document["tables"]
        return known["sink"]["waits"]["why"] if known["sink"]["waits"] else ""

    with without_registry(stack):
        with ConnectClient(stack.endpoints.connect.url) as connect:
            connect.restart(f"{road.name}.known.sink", only_failed=False)
        write("known", range(_ROWS, 2 * _ROWS))
        cql.execute(f"ALTER TABLE {road.keyspace}.grown ADD later text")
        write("grown", range(_ROWS), column="later")
        until(lambda: told("the registry does not answer"), within=60, what="the sink waits")
        until(
            lambda: told("that the registry was not told yet", f"{road.keyspace}.grown"),
            within=60,
            what="the source waits",
        )
        until(lambda: "registry" in waits(), within=60, what="status says what the sink waits for")
        # as the watcher asks
        topic = f"{road.name}.{road.keyspace}.known"
        group = sink_group(f"{road.name}.known.sink")
        assert "registry" in Waits(brokers).of({group: [topic]})[group].why
        states = road.status()
        assert "FAILED" not in states.output, states.output
        assert count("known") == _ROWS
    until(lambda: count("known") == 2 * _ROWS, within=60, what="the sink goes on")
    until(lambda: count("grown", "later") == _ROWS, within=60, what="the source goes on")
    until(lambda: waits() == "", within=20, what="status says so no more")
    states = road.status()
    assert states.code == 0, states.output
    positions = Positions(brokers)
    for table in ("known", "grown"):
        ends = positions.ends(f"{road.name}.{table}.sink.dlq", committed=False)
        assert set(ends.values()) <= {0}, ends
