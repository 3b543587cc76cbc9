"""Keyspaces with tablets: streams of each table's own, in ScyllaDB's tables."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import Session
from cassandra.protocol import ConfigurationException

from messina.testing import Standin, running_standin

pytestmark = pytest.mark.gentle

CURRENT, CLOSED, OPENED = range(3)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REPLICATION = "replication = {'class': 'NetworkTopologyStrategy', 'datacenter1': 1}"


@pytest.fixture
def tablets(cql: Session) -> Iterator[str]:
    """A keyspace with tablets, of the test's own."""
    name = f"t_{secrets.token_hex(4)}"
    cql.execute(
        f"CREATE KEYSPACE {name} WITH {_REPLICATION}"
        " AND tablets = {'enabled': true, 'initial': 2}"
    )
    yield name
    cql.execute(f"DROP KEYSPACE IF EXISTS {name}")


def test_driver_sees_which_keyspace_has_tablets(cql: Session, tablets: str, keyspace: str) -> None:
    """system_schema.scylla_keyspaces has initial_tablets for keyspaces with tablets only."""
    rows = cql.execute("SELECT * FROM system_schema.scylla_keyspaces")
    found = {row.keyspace_name: row.initial_tablets for row in rows}
    assert found[tablets] == 2
    assert keyspace not in found


def test_table_has_streams_of_its_own(cql: Session, tablets: str) -> None:
    """A log that is made has one stream a tablet, in use since a little before now."""
    for table in ("a", "b"):
        make(cql, tablets, table)
    (start,) = starts_of(cql, tablets, "a")
    assert timedelta(0) < datetime.now(UTC) - start < timedelta(seconds=60)
    streams = streams_of(cql, tablets, "a", start, CURRENT)
    assert [int.from_bytes(s[:8], signed=True) for s in streams] == [-1, 2**63 - 1]
    assert streams_of(cql, tablets, "a", start, OPENED) == streams
    assert streams_of(cql, tablets, "a", start, CLOSED) == []
    other = streams_of(cql, tablets, "b", starts_of(cql, tablets, "b")[0], CURRENT)
    assert not set(streams) & set(other)


def test_ring_has_no_tablets(cql: Session, keyspace: str) -> None:
    """A table in a keyspace without tablets is in neither of the tables, and writes to the ring."""
    make(cql, keyspace, "t")
    assert starts_of(cql, keyspace, "t") == []


def test_split_and_merge(cql: Session, tablets: str) -> None:
    """A split begins new streams later, closes the old ones, and writes go by their timestamp."""
    make(cql, tablets, "t")
    (first,) = starts_of(cql, tablets, "t")
    lever = Standin(cql)
    split = lever.new_generation(4, keyspace=tablets, table="t", ahead=timedelta(seconds=1))
    merge = lever.new_generation(1, keyspace=tablets, table="t", ahead=timedelta(seconds=2))
    assert starts_of(cql, tablets, "t") == [merge, split, first]
    old = streams_of(cql, tablets, "t", first, CURRENT)
    new = streams_of(cql, tablets, "t", split, CURRENT)
    assert streams_of(cql, tablets, "t", split, CLOSED) == old
    assert streams_of(cql, tablets, "t", split, OPENED) == new
    assert len(new) == 4

    for stamp in (split - timedelta(milliseconds=1), split, merge):
        micros = (stamp - _EPOCH) // timedelta(microseconds=1)
        cql.execute(f"INSERT INTO {tablets}.t (p, v) VALUES (1, 1) USING TIMESTAMP {micros}")
    rows = cql.execute(
        f'SELECT "cdc$stream_id" AS stream, "cdc$time" AS time FROM {tablets}.t_scylla_cdc_log'
    )
    streams = [bytes(row.stream) for row in sorted(rows, key=lambda row: row.time.time)]
    assert streams[0] in old
    assert streams[1] in new
    assert streams[2:] == streams_of(cql, tablets, "t", merge, CURRENT)


def test_generations_of_the_ring_and_of_tablets_are_apart(
    cql: Session, tablets: str, keyspace: str
) -> None:
    """A table without tablets has no generations of its own; a tablet has one stream."""
    make(cql, keyspace, "t")
    make(cql, tablets, "t")
    with pytest.raises(InvalidRequest, match="made without"):
        Standin(cql).new_generation(2, keyspace=keyspace, table="t")
    with pytest.raises(InvalidRequest, match="one stream"):
        Standin(cql).new_generation(2, 2, keyspace=tablets, table="t")


def test_streams_go_with_the_table_and_the_keyspace(cql: Session, tablets: str) -> None:
    """A dropped table's streams go; made again it has others; the keyspace takes all along."""
    make(cql, tablets, "t")
    (before,) = starts_of(cql, tablets, "t")
    old = streams_of(cql, tablets, "t", before, CURRENT)
    cql.execute(f"DROP TABLE {tablets}.t")
    assert starts_of(cql, tablets, "t") == []
    make(cql, tablets, "t")
    (after,) = starts_of(cql, tablets, "t")
    assert not set(old) & set(streams_of(cql, tablets, "t", after, CURRENT))
    cql.execute(f"DROP KEYSPACE {tablets}")
    assert starts_of(cql, tablets, "t") == []
    found = cql.execute(
        "SELECT * FROM system_schema.scylla_keyspaces WHERE keyspace_name = %s", (tablets,)
    )
    assert list(found) == []


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("{'enabled': 'maybe'}", "must be true or false"),
        ("{'initial': 'x'}", "should be numeric"),
        ("{'number': 1}", "Unrecognized tablets option number"),
    ],
)
def test_bad_tablet_options_are_refused(cql: Session, properties: str, message: str) -> None:
    """Options of tablets that ScyllaDB does not know are refused in its words."""
    with pytest.raises(ConfigurationException, match=message):
        cql.execute(f"CREATE KEYSPACE bad WITH {_REPLICATION} AND tablets = {properties}")


def test_simple_strategy_is_refused(cql: Session) -> None:
    """Tablets need NetworkTopologyStrategy; the keyspace is not made."""
    with pytest.raises(ConfigurationException, match="doesn't support tablet replication"):
        cql.execute(
            "CREATE KEYSPACE bad WITH replication = {'class': 'SimpleStrategy',"
            " 'replication_factor': 1} AND tablets = {'enabled': true}"
        )
    found = cql.execute(
        "SELECT keyspace_name FROM system_schema.scylla_keyspaces WHERE keyspace_name = 'bad'"
    )
    assert list(found) == []


def test_flavor_cannot_be_altered(cql: Session, tablets: str, keyspace: str) -> None:
    """A keyspace keeps its tablets, or stays without."""
    for name, enabled in ((tablets, "false"), (keyspace, "true")):
        with pytest.raises(InvalidRequest, match="vnode/tablets flavor"):
            cql.execute(
                f"ALTER KEYSPACE {name} WITH {_REPLICATION} AND tablets = {{'enabled': {enabled}}}"
            )


def test_scylla_tables(cql: Session, keyspace: str) -> None:
    """system_schema.scylla_tables has the CDC options, and the partitioner of a log."""
    make(cql, keyspace, "t")
    rows = cql.execute(
        "SELECT table_name, cdc, partitioner FROM system_schema.scylla_tables"
        " WHERE keyspace_name = %s",
        (keyspace,),
    )
    found = {row.table_name: row for row in rows}
    assert found["t"].cdc["enabled"] == "true"
    assert found["t_scylla_cdc_log"].partitioner == "com.scylladb.dht.CDCPartitioner"


def test_tablets_outlive_a_kill() -> None:
    """After kill -9 a table's streams are those that were announced, and are written to."""
    with running_standin() as standin:
        with standin.connect() as session:
            cql = session.driver
            cql.execute(f"CREATE KEYSPACE k WITH {_REPLICATION} AND tablets = {{'enabled': true}}")
            make(cql, "k", "t")
            split = Standin(cql).new_generation(8, keyspace="k", table="t", ahead=timedelta())
            before = streams_of(cql, "k", "t", split, CURRENT)
        standin.kill()
        standin.start()
        with standin.connect() as session:
            cql = session.driver
            assert starts_of(cql, "k", "t")[0] == split
            assert streams_of(cql, "k", "t", split, CURRENT) == before
            cql.execute("INSERT INTO k.t (p, v) VALUES (1, 1)")
            row = cql.execute('SELECT "cdc$stream_id" AS stream FROM k.t_scylla_cdc_log').one()
            assert bytes(row.stream) in before


def make(cql: Session, keyspace: str, table: str) -> None:
    """Make a table with CDC."""
    cql.execute(
        f"CREATE TABLE {keyspace}.{table} (p int PRIMARY KEY, v int)"
        " WITH cdc = {'enabled': true}"
    )


def starts_of(cql: Session, keyspace: str, table: str) -> list[datetime]:
    """Return the starts of a table's stream sets, newest first."""
    rows = cql.execute(
        "SELECT timestamp FROM system.cdc_timestamps WHERE keyspace_name = %s AND table_name = %s",
        (keyspace, table),
    )
    return [row.timestamp.replace(tzinfo=UTC) for row in rows]


def streams_of(cql: Session, keyspace: str, table: str, start: datetime, state: int) -> list[bytes]:
    """Return the streams that are in a state at a time, by their tokens."""
    select = cql.prepare(
        "SELECT stream_id FROM system.cdc_streams WHERE keyspace_name = ? AND table_name = ?"
        " AND timestamp = ? AND stream_state = ?"
    )
    rows = cql.execute(select, (keyspace, table, start, state))
    ids = [bytes(row.stream_id) for row in rows]
    return sorted(ids, key=lambda id: int.from_bytes(id[:8], signed=True))
