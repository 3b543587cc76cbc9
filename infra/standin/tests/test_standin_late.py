"""Log rows and base rows that are visible later than they were acknowledged."""

import time
from datetime import timedelta

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import Session

from messina.testing import Standin, running_standin, until

_LONG = timedelta(seconds=60)
_SHORT = timedelta(seconds=1)


class Table:
    """A table with CDC whose writes can be late."""

    def __init__(self, cql: Session, keyspace: str) -> None:
        self.cql = cql
        self.keyspace = keyspace
        self.name = f"{keyspace}.t"
        cql.execute(
            f"CREATE TABLE {self.name} (p int, c int, v int, PRIMARY KEY (p, c))"
            " WITH cdc = {'enabled': true}"
        )

    def delay(self, log: timedelta = timedelta(0), base: timedelta = timedelta(0)) -> None:
        """Set the delays."""
        Standin(self.cql).delay(self.keyspace, "t", log=log, base=base)

    def write(self, p: int, v: int) -> None:
        """Write a row."""
        self.cql.execute(f"INSERT INTO {self.name} (p, c, v) VALUES ({p}, 1, {v})")

    def base(self) -> dict[int, int]:
        """Return what is in the table."""
        return {row.p: row.v for row in self.cql.execute(f"SELECT p, v FROM {self.name}")}

    def log(self, p: int) -> list[int]:
        """Return what the log has for a partition, oldest first."""
        rows = self.cql.execute(f'SELECT "cdc$time" AS t, p, v FROM {self.name}_scylla_cdc_log')
        return [row.v for row in sorted(rows, key=lambda row: row.t.time) if row.p == p]


@pytest.fixture
def table(cql: Session, keyspace: str) -> Table:
    """A table of the test's own."""
    return Table(cql, keyspace)


def test_late_log_row_keeps_its_time(table: Table) -> None:
    """A late log row comes after its delay, its cdc$time is that of the write; the row is there."""
    table.delay(log=_SHORT)
    before = time.monotonic()
    table.write(1, 10)
    assert (table.base(), table.log(1)) == ({1: 10}, [])
    until(lambda: table.log(1) == [10], within=10, what="the late log row is there")
    assert time.monotonic() - before >= _SHORT.total_seconds()

    written = table.cql.execute(f"SELECT WRITETIME(v) FROM {table.name}").one()[0]
    logged = table.cql.execute(f'SELECT "cdc$time" AS t FROM {table.name}_scylla_cdc_log').one().t
    assert (logged.time - 0x01B21DD213814000) // 10 == written


def test_late_base_row_is_in_the_log_at_once(table: Table) -> None:
    """A late base row is logged at once and cannot be read before its delay is over."""
    table.delay(base=_SHORT)
    table.write(1, 10)
    assert (table.base(), table.log(1)) == ({}, [10])
    until(lambda: table.base() == {1: 10}, within=10, what="the late base row is there")


def test_late_base_row_keeps_its_timestamp(table: Table) -> None:
    """A late base row does not win over one with a newer timestamp that was there before it."""
    table.write(1, 10)
    stamp = table.cql.execute(f"SELECT WRITETIME(v) FROM {table.name}").one()[0]
    table.delay(base=_SHORT)
    table.cql.execute(
        f"INSERT INTO {table.name} (p, c, v) VALUES (1, 1, 9) USING TIMESTAMP {stamp - 1}"
    )
    table.write(2, 20)
    until(lambda: 2 in table.base(), within=10, what="what came after it is there")
    assert table.base() == {1: 10, 2: 20}


def test_every_kind_of_write_can_be_late(table: Table) -> None:
    """Batches over tables, deletes of rows, ranges and partitions: all wait, none is lost."""
    other = f"{table.keyspace}.plain"
    table.cql.execute(f"CREATE TABLE {other} (p int PRIMARY KEY)")
    for key in range(1, 6):
        table.write(key, key)
    table.delay(base=_SHORT)
    table.cql.execute(f"DELETE FROM {table.name} WHERE p = 1 AND c = 1")
    table.cql.execute(f"DELETE FROM {table.name} WHERE p = 2 AND c > 0")
    table.cql.execute(f"DELETE FROM {table.name} WHERE p = 3")
    table.cql.execute(f"UPDATE {table.name} SET v = null WHERE p = 4 AND c = 1")
    table.cql.execute(
        f"BEGIN BATCH INSERT INTO {other} (p) VALUES (1); UPDATE {table.name} SET v = 7"
        " WHERE p = 5 AND c = 1; APPLY BATCH"
    )
    assert table.base() == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
    assert table.cql.execute(f"SELECT p FROM {other}").one() == (1,)
    until(lambda: table.base() == {4: None, 5: 7}, within=10, what="all late writes are there")


def test_order_of_a_key_survives_switching_off(table: Table) -> None:
    """After switching off, a write waits for the late ones of its key; other keys do not."""
    table.delay(log=_SHORT, base=_SHORT)
    table.write(1, 10)
    table.delay()
    table.write(1, 11)
    table.write(2, 20)
    assert (table.base(), table.log(1), table.log(2)) == ({2: 20}, [], [20])
    until(lambda: table.base() == {1: 11, 2: 20}, within=10, what="the late base rows are there")
    until(lambda: table.log(1) == [10, 11], within=10, what="the late log rows are there")
    table.write(1, 12)
    assert (table.base()[1], table.log(1)) == (12, [10, 11, 12])


def test_conditional_write_logs_late(table: Table) -> None:
    """A conditional write's log row can be late; the row itself is there at once."""
    table.delay(log=_SHORT, base=_SHORT)
    table.cql.execute(f"INSERT INTO {table.name} (p, c, v) VALUES (1, 1, 1) IF NOT EXISTS")
    assert (table.base(), table.log(1)) == ({1: 1}, [])
    until(lambda: table.log(1) == [1], within=10, what="the late log row is there")


def test_delay_of_a_table_without_cdc_is_refused(table: Table) -> None:
    """A delay can be had for tables with CDC only."""
    with pytest.raises(InvalidRequest, match="no table .* with CDC"):
        Standin(table.cql).delay(table.keyspace, "nothing", log=_SHORT)


def test_late_writes_outlive_a_kill() -> None:
    """Kill -9 loses none of what was late: a restart makes it visible."""
    with running_standin() as standin:
        with standin.connect() as session:
            session.execute(
                "CREATE KEYSPACE k WITH replication ="
                " {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"
            )
            table = Table(session.driver, "k")
            table.delay(log=_LONG, base=_LONG)
            for key in range(50):
                table.write(key, key)
            assert (table.base(), table.log(1)) == ({}, [])
        standin.kill()
        standin.start()
        with standin.connect() as session:
            table.cql = session.driver
            assert table.base() == {key: key for key in range(50)}
            assert [table.log(key) for key in range(50)] == [[key] for key in range(50)]
