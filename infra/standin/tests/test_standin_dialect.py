"""What of ScyllaDB's CQL the stand-in takes, and how a log follows its table's schema."""

from typing import Any

import pytest
from cassandra import InvalidRequest
from cassandra.cluster import Session
from cassandra.query import BatchStatement, BatchType

pytestmark = pytest.mark.gentle

INSERT, ROW_DELETE = 2, 3


@pytest.fixture
def table(cql: Session, keyspace: str) -> str:
    """The name of a table with CDC."""
    name = f"{keyspace}.t"
    cql.execute(
        f"CREATE TABLE {name} (p int, c int, v int, m map<text, int>, PRIMARY KEY (p, c))"
        " WITH cdc = {'enabled': true}"
    )
    return name


def test_protocol_batch_of_plain_and_prepared_statements(cql: Session, table: str) -> None:
    """A batch message may mix texts in ScyllaDB's CQL with prepared statements."""
    insert = cql.prepare(f"INSERT INTO {table} (p, c, v) VALUES (?, ?, ?) USING TIMEOUT 5s")
    batch = BatchStatement(BatchType.UNLOGGED)
    batch.add(insert, (1, 1, 1))
    batch.add(f"DELETE FROM {table} USING TIMEOUT 500ms WHERE p = 1 AND c = 2")
    cql.execute(batch)
    assert sorted([row["cdc$operation"] for row in log_of(cql, table)]) == [INSERT, ROW_DELETE]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {t} (p, c, v) VALUES (1, 2, 3) USING TIMEOUT 5s",
        "INSERT INTO {t} (p, c, v) VALUES (1, 2, 3) USING TTL 10 AND TIMEOUT 1m30s",
        "UPDATE {t} USING TIMEOUT 50ms AND TTL 10 SET v = 1 WHERE p = 1 AND c = 2",
        "DELETE v FROM {t} USING TIMEOUT 5s WHERE p = 1 AND c = 2",
        "BEGIN BATCH USING TIMEOUT 5s UPDATE {t} SET v = 1 WHERE p = 1 AND c = 2; APPLY BATCH",
    ],
)
def test_writes_take_a_timeout(cql: Session, table: str, statement: str) -> None:
    """USING TIMEOUT is accepted, alone and among others, and the write is logged."""
    run(cql, table, statement)
    assert len(log_of(cql, table)) == 1


@pytest.mark.parametrize(
    "tail",
    [
        "BYPASS CACHE",
        "LIMIT 5 BYPASS CACHE USING TIMEOUT 1s",
        "WHERE v = 3 ALLOW FILTERING BYPASS CACHE",
        "USING TIMEOUT 1s",
    ],
)
def test_reads_take_scylla_clauses(cql: Session, table: str, tail: str) -> None:
    """BYPASS CACHE and USING TIMEOUT are accepted in plain and prepared SELECTs."""
    run(cql, table, "INSERT INTO {t} (p, c, v) VALUES (1, 2, 3)")
    select = f"SELECT v FROM {table} {tail}"
    assert [row.v for row in cql.execute(select)] == [3]
    assert [row.v for row in cql.execute(cql.prepare(select))] == [3]


def test_timeout_in_days_is_refused(cql: Session, table: str) -> None:
    """A timeout in days is refused with ScyllaDB's message."""
    with pytest.raises(InvalidRequest, match="cannot be expressed in days/months"):
        run(cql, table, "SELECT * FROM {t} USING TIMEOUT 1d")


@pytest.mark.parametrize(
    "properties",
    [
        "cdc = {'enabled': true}",
        "cdc={'enabled':'true'} AND comment = 'it''s AND cdc = {}'",
        "comment = $$a 'b' AND cdc$$ AND cdc = {'enabled': true} AND gc_grace_seconds = 5",
        "gc_grace_seconds = 5 AND /* AND */ CDC\n=\t{ 'enabled' : TRUE } -- the end\n",
        "\"cdc\" = {'enabled': 1} // the end\n",
        "CLUSTERING ORDER BY (c DESC) AND cdc = {'enabled': true, 'ttl': 60}",
        "paxos_grace_seconds = 1 AND cdc = {'enabled': true} AND tombstone_gc = {'mode': 'repair'}"
        " AND in_memory = false AND synchronous_updates = true"
        " AND tablets = {'min_tablet_count': 4}",
        "cdc = {'enabled': true} AND caching = {'enabled': 'false'}"
        " AND compaction = {'class': 'IncrementalCompactionStrategy'}"
        " AND compression = {'sstable_compression':"
        " 'org.apache.cassandra.io.compress.LZ4Compressor'}",
    ],
)
def test_ddl_forms(cql: Session, keyspace: str, properties: str) -> None:
    """CDC options are understood wherever and however they stand among the table's options."""
    made = f"{keyspace}.made"
    run(cql, made, "CREATE TABLE {t} (p int, c int, v int, PRIMARY KEY (p, c)) WITH " + properties)
    run(cql, made, "INSERT INTO {t} (p, c, v) VALUES (1, 2, 3)")
    assert [row["cdc$operation"] for row in log_of(cql, made)] == [INSERT]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("{'enable': true}", "Invalid CDC option: enable"),
        ("{'enabled': maybe}", 'Invalid value for CDC option "enabled": maybe'),
        ("{'enabled': true, 'delta': 'some'}", 'Invalid value for CDC option "delta": some'),
        ("{'enabled': true, 'ttl': -1}", "Invalid CDC option: ttl must be >= 0"),
        ("{'enabled': true, 'ttl': 99999999999}", "Invalid CDC option: ttl too large"),
        ("{enabled: true}", "expecting a string"),
        ("true", "It should be a map"),
    ],
)
def test_bad_options_are_refused(
    cql: Session, keyspace: str, properties: str, message: str
) -> None:
    """A CDC option that ScyllaDB does not know is refused, and no table is made."""
    with pytest.raises(Exception, match=message):
        cql.execute(f"CREATE TABLE {keyspace}.bad (p int PRIMARY KEY) WITH cdc = {properties}")
    assert tables_of(cql, keyspace) == set()


def test_counters_are_refused(cql: Session, keyspace: str) -> None:
    """A counter table with CDC is refused, and no table is made."""
    with pytest.raises(InvalidRequest, match="Counter support not implemented"):
        cql.execute(
            f"CREATE TABLE {keyspace}.n (p int PRIMARY KEY, v counter)"
            " WITH cdc = {'enabled': true}"
        )
    assert tables_of(cql, keyspace) == set()


def test_prepared_ddl(cql: Session, keyspace: str) -> None:
    """A prepared CREATE TABLE makes the log as a plain one does."""
    statement = cql.prepare(
        f"CREATE TABLE {keyspace}.t (p int PRIMARY KEY) WITH cdc = {{'enabled': true}}"
    )
    cql.execute(statement)
    assert tables_of(cql, keyspace) == {"t", "t_scylla_cdc_log"}


def test_added_column_is_logged_at_once(cql: Session, table: str) -> None:
    """A column that ALTER TABLE adds is in the log of the next write."""
    run(cql, table, "ALTER TABLE {t} ADD extra map<int, text>")
    run(cql, table, "INSERT INTO {t} (p, c, extra) VALUES (1, 2, {3: 'x'})")
    (row,) = log_of(cql, table)
    assert dict(row["extra"]) == {3: "x"}
    assert row["cdc$deleted_extra"] is True


def test_dropped_and_renamed_columns_follow(cql: Session, table: str) -> None:
    """The log loses a dropped column and has a renamed one under its new name."""
    run(cql, table, "ALTER TABLE {t} DROP m")
    run(cql, table, "ALTER TABLE {t} RENAME c TO k")
    run(cql, table, "INSERT INTO {t} (p, k, v) VALUES (1, 2, 3)")
    (row,) = log_of(cql, table)
    assert row["k"] == 2
    assert not {"m", "c", "cdc$deleted_m", "cdc$deleted_elements_m"} & row.keys()


def test_altered_type_follows(cql: Session, keyspace: str) -> None:
    """A field that ALTER TYPE adds to a UDT can be logged."""
    made = f"{keyspace}.t"
    cql.execute(f"CREATE TYPE {keyspace}.point (x int)")
    run(cql, made, "CREATE TABLE {t} (p int PRIMARY KEY, v point) WITH cdc = {'enabled': true}")
    cql.execute(f"ALTER TYPE {keyspace}.point ADD y int")
    run(cql, made, "INSERT INTO {t} (p, v) VALUES (1, {x: 1, y: 2})")
    (row,) = log_of(cql, made)
    assert (row["v"].x, row["v"].y) == (1, 2)


def test_disabled_log_stays_and_is_taken_up_again(cql: Session, table: str) -> None:
    """Disabling CDC keeps the log as it is; enabling it again goes on in the same log."""
    run(cql, table, "INSERT INTO {t} (p, c, v) VALUES (1, 1, 1)")
    run(cql, table, "ALTER TABLE {t} WITH cdc = {'enabled': false}")
    run(cql, table, "INSERT INTO {t} (p, c, v) VALUES (1, 2, 2)")
    run(cql, table, "ALTER TABLE {t} ADD late int")
    run(cql, table, "ALTER TABLE {t} WITH cdc = {'enabled': true} AND comment = 'again'")
    run(cql, table, "INSERT INTO {t} (p, c, late) VALUES (1, 3, 3)")
    assert [row["c"] for row in log_of(cql, table)] == [1, 3]
    assert log_of(cql, table)[1]["late"] == 3


def test_alter_must_say_enabled(cql: Session, table: str) -> None:
    """ALTER TABLE with CDC options but without 'enabled' is refused."""
    with pytest.raises(InvalidRequest, match='requires specifying "enabled" flag'):
        run(cql, table, "ALTER TABLE {t} WITH cdc = {'preimage': true}")


def test_log_is_dropped_with_its_table(cql: Session, table: str) -> None:
    """DROP TABLE takes the log along."""
    keyspace = table.split(".")[0]
    run(cql, table, "DROP TABLE {t}")
    assert tables_of(cql, keyspace) == set()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE {t}_scylla_cdc_log", "Cannot DROP cdc log table"),
        ("ALTER TABLE {t}_scylla_cdc_log ADD x int", "You cannot modify the set of columns"),
        (
            "ALTER TABLE {t}_scylla_cdc_log WITH cdc = {'enabled': true}",
            "creating nested CDC logs is not allowed",
        ),
    ],
)
def test_log_is_protected(cql: Session, table: str, statement: str, message: str) -> None:
    """The log of a table cannot be dropped, reshaped or logged by itself."""
    with pytest.raises(InvalidRequest, match=message):
        run(cql, table, statement)


def test_foreign_table_with_the_name_of_a_log(cql: Session, keyspace: str) -> None:
    """CDC is refused where a table that is no log has the log's name."""
    cql.execute(f"CREATE TABLE {keyspace}.t_scylla_cdc_log (p int PRIMARY KEY)")
    with pytest.raises(InvalidRequest, match="already exists"):
        cql.execute(f"CREATE TABLE {keyspace}.t (p int PRIMARY KEY) WITH cdc = {{'enabled': true}}")


def test_extension_holds_the_options(cql: Session, table: str) -> None:
    """Readers find the options in system_schema, as a little-endian map with every key."""
    keyspace = table.split(".")[0]
    row = cql.execute(
        "SELECT extensions FROM system_schema.tables WHERE keyspace_name = %s AND table_name = 't'",
        (keyspace,),
    ).one()
    encoded = bytes(row.extensions["cdc"])
    assert encoded[:4] == b"\x05\0\0\0"
    for option in (b"delta", b"enabled", b"postimage", b"preimage", b"ttl"):
        assert len(option).to_bytes(4, "little") + option in encoded


def tables_of(cql: Session, keyspace: str) -> set[str]:
    """Return the tables of a keyspace."""
    rows = cql.execute(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", (keyspace,)
    )
    return {row.table_name for row in rows}


def run(cql: Session, table: str, statement: str) -> None:
    """Run a statement in which ``{t}`` stands for the table."""
    cql.execute(statement.replace("{t}", table))


def log_of(cql: Session, table: str) -> list[dict[str, Any]]:
    """Return the log of a table, oldest first."""
    rows = cql.execute(f"SELECT * FROM {table}_scylla_cdc_log")
    named = [dict(zip(rows.column_names, row, strict=True)) for row in rows]
    return sorted(named, key=lambda row: (row["cdc$time"].time, row["cdc$batch_seq_no"]))
