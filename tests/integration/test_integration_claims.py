"""Partitions are claimed in Postgres: a sink's task that lost its claim can't write any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
from campaign_workers import second_worker
from cassandra.cluster import Session
from road import Road

from messina.kafka import ConnectClient
from messina.testing import Stack, until

pytestmark = pytest.mark.stack


class Words:
    """A table of words on both sides."""

    def __init__(self, road: Road, name: str, cql: Session, dsn: str) -> None:
        self.road, self.name, self._cql, self._dsn = road, name, cql, dsn
        self.sink = f"{road.name}.{name}.sink"

    def write(self, key: int, word: str) -> None:
        """Write a word at the source."""
        table = f"{self.road.keyspace}.{self.name}"
        self._cql.execute(f"INSERT INTO {table} (id, word) VALUES ({key}, '{word}')")

    def arrive(self, words: dict[int, str], what: str) -> None:
        """Wait until the sink has just these."""
        until(lambda: self.there() == words, within=90, what=what)

    def there(self) -> dict[int, str]:
        """What the sink has."""
        return dict(self.road.rows(self._dsn, f"SELECT id, word FROM {{schema}}.{self.name}"))

    def claims(self) -> dict[tuple[str, int], int]:
        """The claims of the pipeline's partitions."""
        rows = self.road.rows(
            self._dsn, f'SELECT topic, partition, claim FROM messina_claims."{self.road.name}"'
        )
        return {(topic, partition): claim for topic, partition, claim in rows}

    def await_lock(self) -> None:
        """Wait until the sink waits for a lock."""
        query = (
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            f" AND application_name = '{self.sink}'"
        )
        until(lambda: self.road.rows(self._dsn, query), within=30, what="the sink waits")


@contextmanager
def _tables(
    stack: Stack, cql: Session, keyspace: str, folder: Path, dsn: str, *names: str
) -> Iterator[list[Words]]:
    """Tables that Messina's sink writes, each by one task."""
    for name in names:
        cql.execute(
            f"CREATE TABLE {keyspace}.{name} (id int PRIMARY KEY, word text)"
            " WITH cdc = {'enabled': true}"
        )
    road = Road(
        stack, keyspace, folder, *names, sink={"connector": "messina"}, defaults={"tasks": 1}
    )
    applied = road.apply()
    assert applied.code == 0, applied.output
    try:
        yield [Words(road, name, cql, dsn) for name in names]
    finally:
        road.destroy()


def test_who_has_lost_a_claim_writes_nothing(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """While somebody else claims a partition nobody commits a row of it; then its old holder
    commits none before Connect has told it anew that the partition is its own."""
    with _tables(stack, cql, keyspace, tmp_path, postgres_dsn, "words") as (words,):
        words.write(1, "first")
        words.arrive({1: "first"}, "the row is there")
        with psycopg.connect(postgres_dsn) as other:
            taken = other.execute(
                f'UPDATE messina_claims."{words.road.name}" SET claim = claim + 1'
                " RETURNING topic, partition, claim".encode()
            ).fetchall()
            words.write(1, "second")
            words.await_lock()
            assert words.there() == {1: "first"}
            other.commit()
        words.arrive({1: "second"}, "the row is there once more")
        now = words.claims()
        assert sorted(now[place[0], place[1]] - place[2] for place in taken)[-1] == 1


@contextmanager
def _frozen(pid: int) -> Iterator[None]:
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    for each in family:
        each.suspend()
    try:
        yield
    finally:
        for each in family:
            each.resume()


def _holder(connect: ConnectClient, sink: str) -> str | None:
    """The worker that runs a sink's task."""
    status = connect.status(sink)
    running = [task for task in status.tasks if task.state == "RUNNING"] if status else []
    return running[0].worker_id if running else None


def test_a_worker_that_wakes_puts_no_old_row_over_a_newer_one(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """A worker is frozen in the middle of a batch, and another one writes a newer row meanwhile:
    that one stays, and what is written next arrives."""
    with (
        _tables(stack, cql, keyspace, tmp_path, postgres_dsn, "a", "b", "c") as tables,
        ConnectClient(f"http://{stack.layout.address('connect')}", patience=60) as connect,
        second_worker(stack, tmp_path) as second,
    ):
        words = until(
            lambda: next(
                (one for one in tables if _holder(connect, one.sink) == second.name), None
            ),
            within=60,
            what="the second worker has a sink",
        )
        assert words is not None
        words.write(1, "first")
        words.arrive({1: "first"}, "the row is there")
        with psycopg.connect(postgres_dsn) as hand:
            hand.execute(f"LOCK TABLE {keyspace}.{words.name} IN EXCLUSIVE MODE".encode())
            words.write(1, "old")
            words.await_lock()
            before = words.claims()
            with _frozen(second.process.pid):
                words.write(1, "new")
                hand.commit()
                words.arrive({1: "new"}, "another worker goes on")
        assert any(claim > before.get(place, 0) for place, claim in words.claims().items())
        words.write(2, "next")
        words.arrive({1: "new", 2: "next"}, "both are awake, and it goes on")
