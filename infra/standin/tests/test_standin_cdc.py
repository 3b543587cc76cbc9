"""What the stand-in writes into ScyllaDB's CDC log, seen from a driver."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from cassandra import ConsistencyLevel, InvalidRequest
from cassandra.cluster import Session
from cassandra.query import SimpleStatement

from messina.testing import Standin

pytestmark = pytest.mark.gentle

PRE_IMAGE, UPDATE, INSERT, ROW_DELETE, PARTITION_DELETE = range(5)
RANGE_START_INCLUSIVE, RANGE_START_EXCLUSIVE = 5, 6
RANGE_END_INCLUSIVE, RANGE_END_EXCLUSIVE = 7, 8
POST_IMAGE = 9

Row = dict[str, Any]


class Table:
    """A table with CDC, and its log."""

    def __init__(self, cql: Session, name: str) -> None:
        self.cql = cql
        self.name = name

    def run(self, statement: str, *values: object) -> None:
        """Run a statement in which ``{t}`` stands for the table."""
        self.cql.execute(statement.replace("{t}", self.name), values or None)

    def log(self) -> list[Row]:
        """Return the log, oldest first."""
        rows = self.cql.execute(f"SELECT * FROM {self.name}_scylla_cdc_log")
        named = [dict(zip(rows.column_names, row, strict=True)) for row in rows]
        return sorted(named, key=lambda row: (row["cdc$time"].time, row["cdc$batch_seq_no"]))

    def operations(self) -> list[int]:
        """Return the operations of the log, oldest first."""
        return [row["cdc$operation"] for row in self.log()]


@pytest.fixture
def table(cql: Session, keyspace: str) -> Table:
    """A table with every kind of column that the log treats in its own way."""
    made = Table(cql, f"{keyspace}.t")
    made.run(
        "CREATE TABLE {t} (p int, c int, v int, s text static, l list<int>, m map<text, int>,"
        " n set<int>, PRIMARY KEY (p, c)) WITH cdc = {'enabled': true}"
    )
    return made


def test_insert_is_logged_with_its_columns(table: Table) -> None:
    """An INSERT is one row of operation 2 with keys and values, which ends its batch."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (1, 2, 3)")
    (row,) = table.log()
    assert row["cdc$operation"] == INSERT
    assert (row["p"], row["c"], row["v"]) == (1, 2, 3)
    assert row["cdc$end_of_batch"] is True
    assert row["cdc$batch_seq_no"] == 0
    assert row["cdc$deleted_v"] is None


def test_log_time_is_the_write_timestamp(table: Table) -> None:
    """The microseconds in cdc$time are those of WRITETIME."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (1, 2, 3)")
    written = table.cql.execute(f"SELECT WRITETIME(v) FROM {table.name}").one()[0]
    assert micros(table.log()[0]["cdc$time"]) == written


def test_update_is_not_an_insert(table: Table) -> None:
    """An UPDATE is operation 1 and has only the columns that it sets."""
    table.run("UPDATE {t} SET v = 5 WHERE p = 1 AND c = 2")
    (row,) = table.log()
    assert row["cdc$operation"] == UPDATE
    assert row["v"] == 5


def test_deleted_column_is_told_from_an_unset_one(table: Table) -> None:
    """Setting null fills cdc$deleted_<column>; leaving a column out does not."""
    table.run("UPDATE {t} SET v = null WHERE p = 1 AND c = 2")
    (row,) = table.log()
    assert row["cdc$deleted_v"] is True
    assert row["cdc$deleted_m"] is None


def test_row_delete(table: Table) -> None:
    """Deleting a row is operation 3 with its full key."""
    table.run("DELETE FROM {t} WHERE p = 1 AND c = 2")
    (row,) = table.log()
    assert row["cdc$operation"] == ROW_DELETE
    assert (row["p"], row["c"]) == (1, 2)


def test_partition_delete(table: Table) -> None:
    """Deleting a partition is operation 4 with the partition key alone."""
    table.run("DELETE FROM {t} WHERE p = 1")
    (row,) = table.log()
    assert row["cdc$operation"] == PARTITION_DELETE
    assert (row["p"], row["c"]) == (1, None)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("c >= 2 AND c < 5", [(RANGE_START_INCLUSIVE, 2), (RANGE_END_EXCLUSIVE, 5)]),
        ("c > 2 AND c <= 5", [(RANGE_START_EXCLUSIVE, 2), (RANGE_END_INCLUSIVE, 5)]),
        ("c > 2", [(RANGE_START_EXCLUSIVE, 2), (RANGE_END_INCLUSIVE, None)]),
    ],
)
def test_range_delete(table: Table, where: str, expected: list[tuple[int, int | None]]) -> None:
    """A range delete is two rows, one for each bound, whose operations say what they include."""
    table.run("DELETE FROM {t} WHERE p = 1 AND " + where)
    log = table.log()
    assert [(row["cdc$operation"], row["c"]) for row in log] == expected
    assert [row["cdc$end_of_batch"] for row in log] == [None, True]


def test_static_write_has_a_row_without_clustering_key(table: Table) -> None:
    """A static column that an INSERT writes is a row of its own, before the inserted one."""
    table.run("INSERT INTO {t} (p, c, v, s) VALUES (1, 2, 3, 'x')")
    static, row = table.log()
    assert (static["cdc$operation"], static["c"], static["s"]) == (UPDATE, None, "x")
    assert (row["cdc$operation"], row["c"], row["s"]) == (INSERT, 2, None)
    assert static["cdc$time"] == row["cdc$time"]


def test_collections_are_logged_as_deltas(table: Table) -> None:
    """Additions are the value, removed elements are named, an assignment deletes first."""
    table.run("UPDATE {t} SET m = {'a': 1}, n = n + {7} WHERE p = 1 AND c = 2")
    table.run("UPDATE {t} SET m = m - {'a'}, n = n - {7} WHERE p = 1 AND c = 2")
    added, removed = table.log()
    assert dict(added["m"]) == {"a": 1}
    assert set(added["n"]) == {7}
    assert (added["cdc$deleted_m"], added["cdc$deleted_n"]) == (True, None)
    assert set(removed["cdc$deleted_elements_m"]) == {"a"}
    assert set(removed["cdc$deleted_elements_n"]) == {7}


def test_list_is_a_map_of_its_cells(table: Table) -> None:
    """A list is logged as a map from the timeuuids of its cells, in order, to their values."""
    table.run("INSERT INTO {t} (p, c, l) VALUES (1, 2, [10, 20])")
    (row,) = table.log()
    assert list(row["l"].values()) == [10, 20]
    assert all(isinstance(key, uuid.UUID) for key in row["l"])


def test_collection_with_ttl_takes_three_rows(table: Table) -> None:
    """With a TTL, an INSERT's marker, a collection's deletion and its cells are told apart."""
    table.run("INSERT INTO {t} (p, c, m) VALUES (1, 2, {'a': 1}) USING TTL 100")
    log = table.log()
    assert [row["cdc$operation"] for row in log] == [INSERT, UPDATE, UPDATE]
    assert [row["cdc$ttl"] for row in log] == [100, None, 100]
    assert [row["cdc$deleted_m"] for row in log] == [None, True, None]
    assert dict(log[2]["m"]) == {"a": 1}


def test_ttl_is_logged(table: Table) -> None:
    """The TTL of a write is in cdc$ttl."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (1, 2, 3) USING TTL 100")
    assert table.log()[0]["cdc$ttl"] == 100


def test_applied_condition_is_logged_once(table: Table) -> None:
    """A conditional write that was applied is logged once, at the timestamp of its ballot."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (1, 2, 3) IF NOT EXISTS")
    (row,) = table.log()
    written = table.cql.execute(f"SELECT WRITETIME(v) FROM {table.name}").one()[0]
    assert (row["cdc$operation"], row["v"]) == (INSERT, 3)
    assert micros(row["cdc$time"]) == written


def test_refused_condition_is_not_logged(table: Table) -> None:
    """A conditional write that was not applied leaves no trace in the log."""
    table.run("UPDATE {t} SET v = 5 WHERE p = 1 AND c = 2 IF v = 4")
    assert table.log() == []


def test_conditional_batch_is_logged(table: Table) -> None:
    """The statements of a conditional batch that was applied are logged together."""
    table.run(
        "BEGIN BATCH INSERT INTO {t} (p, c, v) VALUES (1, 1, 1) IF NOT EXISTS;"
        " INSERT INTO {t} (p, c, v) VALUES (1, 2, 2); APPLY BATCH"
    )
    assert table.operations() == [INSERT, INSERT]


def test_batch_in_one_partition_shares_a_time(table: Table) -> None:
    """Statements of one batch, partition and timestamp share cdc$time and are numbered."""
    table.run(
        "BEGIN UNLOGGED BATCH INSERT INTO {t} (p, c, v) VALUES (1, 1, 1);"
        " INSERT INTO {t} (p, c, v) VALUES (1, 2, 2); APPLY BATCH"
    )
    log = table.log()
    assert len({row["cdc$time"] for row in log}) == 1
    assert [row["cdc$batch_seq_no"] for row in log] == [0, 1]
    assert [row["cdc$end_of_batch"] for row in log] == [None, True]


def test_logged_batch_over_partitions(table: Table) -> None:
    """Every partition of a logged batch has log rows of its own."""
    table.run(
        "BEGIN BATCH INSERT INTO {t} (p, c, v) VALUES (1, 1, 1);"
        " DELETE FROM {t} WHERE p = 2; APPLY BATCH"
    )
    assert sorted((row["p"], row["cdc$operation"]) for row in table.log()) == [
        (1, INSERT),
        (2, PARTITION_DELETE),
    ]


def test_timestamps_of_a_batch_are_told_apart(table: Table) -> None:
    """Every timestamp in a batch has its own cdc$time and end of batch."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (9, 9, 9)")
    now = micros(table.log()[0]["cdc$time"])
    table.run(
        f"BEGIN UNLOGGED BATCH INSERT INTO {{t}} (p, c, v) VALUES (1, 1, 1) USING TIMESTAMP {now};"
        f" INSERT INTO {{t}} (p, c, v) VALUES (1, 2, 2) USING TIMESTAMP {now - 7}; APPLY BATCH"
    )
    log = [row for row in table.log() if row["p"] == 1]
    assert [(row["c"], micros(row["cdc$time"])) for row in log] == [(2, now - 7), (1, now)]
    assert [row["cdc$end_of_batch"] for row in log] == [True, True]


def test_images(cql: Session, keyspace: str) -> None:
    """Pre- and post-image stand around the delta, with the row as it was and as it is."""
    made = Table(cql, f"{keyspace}.t")
    made.run(
        "CREATE TABLE {t} (p int PRIMARY KEY, a int, m map<int, int>)"
        " WITH cdc = {'enabled': true, 'preimage': 'full', 'postimage': true}"
    )
    made.run("INSERT INTO {t} (p, a, m) VALUES (1, 1, {1: 1})")
    made.run("UPDATE {t} SET m = m + {2: 2} WHERE p = 1")
    log = made.log()
    assert [row["cdc$operation"] for row in log] == [
        INSERT,
        POST_IMAGE,
        PRE_IMAGE,
        UPDATE,
        POST_IMAGE,
    ]
    assert (log[2]["a"], dict(log[2]["m"])) == (1, {1: 1})
    assert (log[4]["a"], dict(log[4]["m"])) == (1, {1: 1, 2: 2})


def test_preimage_of_touched_columns(cql: Session, keyspace: str) -> None:
    """A plain pre-image has the touched columns only, and says which of them were null."""
    made = Table(cql, f"{keyspace}.t")
    made.run(
        "CREATE TABLE {t} (p int PRIMARY KEY, a int, b int, c int)"
        " WITH cdc = {'enabled': true, 'preimage': true}"
    )
    made.run("INSERT INTO {t} (p, a, c) VALUES (1, 1, 3)")
    made.run("UPDATE {t} SET a = 2, b = 2 WHERE p = 1")
    image = made.log()[1]
    assert image["cdc$operation"] == PRE_IMAGE
    assert (image["a"], image["b"], image["c"]) == (1, None, None)
    assert (image["cdc$deleted_b"], image["cdc$deleted_c"]) == (True, None)


def test_images_of_a_deleted_row(cql: Session, keyspace: str) -> None:
    """Deleting a row logs what it was before, and nothing after."""
    made = Table(cql, f"{keyspace}.t")
    made.run(
        "CREATE TABLE {t} (p int, c int, v int, PRIMARY KEY (p, c))"
        " WITH cdc = {'enabled': true, 'preimage': 'full', 'postimage': true}"
    )
    made.run("INSERT INTO {t} (p, c, v) VALUES (1, 2, 3)")
    made.run("DELETE FROM {t} WHERE p = 1 AND c = 2")
    log = made.log()[2:]
    assert [row["cdc$operation"] for row in log] == [PRE_IMAGE, ROW_DELETE]
    assert log[0]["v"] == 3


def test_deltas_of_keys_only(cql: Session, keyspace: str) -> None:
    """With 'delta': 'keys' the log has the keys of what changed, and no values."""
    made = Table(cql, f"{keyspace}.t")
    made.run(
        "CREATE TABLE {t} (p int PRIMARY KEY, v int) WITH cdc = {'enabled': true, 'delta': 'keys'}"
    )
    made.run("INSERT INTO {t} (p, v) VALUES (1, 2)")
    (row,) = made.log()
    assert (row["cdc$operation"], row["p"], row["v"]) == (INSERT, 1, None)


def test_fields_of_a_udt_are_logged_as_deltas(cql: Session, keyspace: str) -> None:
    """A UDT that is not frozen has the fields that were set, and the indexes of those deleted."""
    made = Table(cql, f"{keyspace}.t")
    cql.execute(f"CREATE TYPE {keyspace}.point (x int, y int)")
    made.run("CREATE TABLE {t} (p int PRIMARY KEY, v point) WITH cdc = {'enabled': true}")
    made.run("UPDATE {t} SET v.y = 5 WHERE p = 1")
    made.run("UPDATE {t} SET v.y = null WHERE p = 1")
    changed, deleted = made.log()
    assert (changed["v"].x, changed["v"].y) == (None, 5)
    assert set(deleted["cdc$deleted_elements_v"]) == {1}


def test_streams_cover_the_ring(cql: Session) -> None:
    """The newest generation's vnodes end at the ring's end, each with streams of its own."""
    vnodes = newest_vnodes(cql)
    assert max(vnodes) == 2**63 - 1
    streams = [stream for of_vnode in vnodes.values() for stream in of_vnode]
    assert len(set(streams)) == len(streams)
    assert all(len(stream) == 16 and stream[15] & 15 == 1 for stream in streams)


def test_row_is_logged_in_a_stream_of_its_vnode(table: Table) -> None:
    """The stream of a log row belongs to the vnode in whose range the row's token lies."""
    for p in range(20):
        table.run("INSERT INTO {t} (p, c) VALUES (%s, 0)", p)
    positions = table.cql.execute(f"SELECT DISTINCT p, token(p) AS position FROM {table.name}")
    tokens = {row.p: row.position for row in positions}
    vnodes = newest_vnodes(table.cql)
    for row in table.log():
        end = min(end for end in vnodes if end >= tokens[row["p"]])
        assert row["cdc$stream_id"] in vnodes[end]


@pytest.mark.parametrize(("shift", "where"), [(60, "future"), (-86_400, "past")])
def test_timestamps_far_off_are_refused(table: Table, shift: int, where: str) -> None:
    """A write whose timestamp belongs to no known generation is refused."""
    table.run("INSERT INTO {t} (p, c) VALUES (0, 0)")
    stamp = micros(table.log()[0]["cdc$time"]) + shift * 1_000_000
    with pytest.raises(InvalidRequest, match=f"from the {where}"):
        table.run(f"INSERT INTO {{t}} (p, c) VALUES (1, 2) USING TIMESTAMP {stamp}")


def test_quorum_reads_find_the_generations(cql: Session) -> None:
    """The generation tables can be read at QUORUM on the one node."""
    statement = SimpleStatement(
        "SELECT time FROM system_distributed.cdc_generation_timestamps WHERE key = 'timestamps'",
        consistency_level=ConsistencyLevel.QUORUM,
    )
    assert cql.execute(statement).one() is not None


def micros(time: uuid.UUID) -> int:
    """Return the microseconds since 1970 that a timeuuid tells."""
    return (time.time - 0x01B21DD213814000) // 10


def newest_vnodes(cql: Session) -> dict[int, set[bytes]]:
    """Return the streams of the newest generation, by the ends of their vnodes."""
    newest = cql.execute(
        "SELECT time FROM system_distributed.cdc_generation_timestamps"
        " WHERE key = 'timestamps' LIMIT 1"
    ).one()
    rows = cql.execute(
        "SELECT range_end, streams FROM system_distributed.cdc_streams_descriptions_v2"
        " WHERE time = %s",
        (newest.time,),
    )
    return {row.range_end: set(row.streams) for row in rows}


def test_log_expires_on_request(table: Table, keyspace: str) -> None:
    """Rows of the log that are older than a time go, the later ones and the table stay."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (1, 1, 1)")
    table.run("INSERT INTO {t} (p, c, v) VALUES (2, 1, 1)")
    later = max(micros(row["cdc$time"]) for row in table.log()) // 1000 + 1
    stamp = later * 1000 + 500
    table.run(f"INSERT INTO {{t}} (p, c, v) VALUES (1, 2, 2) USING TIMESTAMP {stamp}")
    before = datetime.fromtimestamp(later / 1000, UTC)
    Standin(table.cql).expire_log(keyspace, "t", before)
    assert [row["v"] for row in table.log()] == [2]
    assert len(list(table.cql.execute(f"SELECT p FROM {table.name}"))) == 3


def test_truncate_leaves_the_log(table: Table) -> None:
    """TRUNCATE of a table empties it, and says nothing in the log, which stays as it is."""
    table.run("INSERT INTO {t} (p, c, v) VALUES (1, 2, 3)")
    table.run("TRUNCATE {t}")
    assert list(table.cql.execute(f"SELECT p FROM {table.name}")) == []
    assert table.operations() == [INSERT]


def test_post_image_of_a_row_that_never_was(cql: Session, keyspace: str) -> None:
    """An update that writes nulls only has a post-image without values, also without a row."""
    made = Table(cql, f"{keyspace}.images")
    made.run(
        "CREATE TABLE {t} (p int, c int, v int, PRIMARY KEY (p, c))"
        " WITH cdc = {'enabled': true, 'postimage': true}"
    )
    made.run("UPDATE {t} SET v = null WHERE p = 1 AND c = 2")
    update, image = made.log()
    assert (update["cdc$operation"], image["cdc$operation"]) == (UPDATE, POST_IMAGE)
    assert (image["p"], image["c"], image["v"], image["cdc$deleted_v"]) == (1, 2, None, None)
