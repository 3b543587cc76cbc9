"""Reading from the running CQL server."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from messina.pipeline import Endpoints
from messina.scylla import (
    KeyspaceMissing,
    QueryFailed,
    Session,
    TableMissing,
    TableSchema,
    Unreachable,
    WrongDatacenter,
    connect,
    estimated_size,
    lookup,
    scan,
    sized_ranges,
    slice_of,
    table_names,
    table_schema,
    token,
    token_ranges,
)

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

ROWS = 500


@pytest.fixture()
def session(endpoints: Endpoints) -> Iterator[Session]:
    scylla = endpoints.scylla
    with connect(scylla.contact_points, scylla.local_datacenter) as opened:
        yield opened


@pytest.fixture()
def events(session: Session, keyspace: str) -> TableSchema:
    """A table with rows, a composite partition key, a clustering key and names in quotes."""
    session.execute(
        f'CREATE TABLE {keyspace}."Events" (a int, b text, "C" int, "order" decimal, s text static,'
        " PRIMARY KEY ((a, b), \"C\")) WITH cdc = {'enabled': true, 'ttl': 3600}"
    )
    table = table_schema(session, keyspace, "Events")
    insert = session.prepare(
        f'INSERT INTO {table.cql_name} (a, b, "C", "order") VALUES (?, ?, ?, 1.5)'
    )
    for future in [session.execute_async(insert, (i, str(i % 7), -i)) for i in range(ROWS)]:
        future.result()
    return table


def test_a_table_s_schema_is_read_with_its_cdc_options(
    session: Session, keyspace: str, events: TableSchema
) -> None:
    """Columns come in key order with their kinds and types; CDC options as they were given."""
    assert [(c.name, c.cql_type, c.kind) for c in events.columns] == [
        ("a", "int", "partition_key"),
        ("b", "text", "partition_key"),
        ("C", "int", "clustering"),
        ("s", "text", "static"),
        ("order", "decimal", "regular"),
    ]
    assert (events.cdc.enabled, events.cdc.ttl) == (True, 3600)
    session.execute(f"CREATE TABLE {keyspace}.plain (id int PRIMARY KEY)")
    assert not table_schema(session, keyspace, "plain").cdc.enabled
    assert table_names(session, keyspace) == ("Events", "plain")


def test_every_row_is_scanned_once_and_lies_where_its_token_says(
    session: Session, events: TableSchema
) -> None:
    """The ranges of the ring give each row once, in pages, where `token` and `slice_of` put it."""
    seen = []
    for index, part in enumerate(token_ranges(5)):
        for row in scan(session, events, part, page_size=10):
            where = token(events, row[:2])
            assert where in part
            assert slice_of(where, 5) == index
            seen.append(row[0])
    assert sorted(seen) == list(range(ROWS))


def test_tokens_are_the_server_s(session: Session, events: TableSchema) -> None:
    """The token that is computed here is the one that the server computes."""
    for a, b, found in session.execute(f"SELECT a, b, token(a, b) FROM {events.cql_name} LIMIT 20"):
        assert token(events, (a, b)) == found


def test_rows_are_looked_up_in_the_order_of_the_keys(session: Session, events: TableSchema) -> None:
    """A lookup answers key by key, with None where there is no row, and reads what is asked for."""
    keys = [(3, "3", -3), (3, "3", 99), (4, "4", -4)]
    assert list(lookup(session, events, keys, columns=["C", "a"])) == [(-3, 3), None, (-4, 4)]


def test_what_does_not_exist_is_named(session: Session, keyspace: str) -> None:
    """A missing keyspace, a missing table and a wrong statement are errors of their own."""
    with pytest.raises(KeyspaceMissing, match="keyspace nope_nope does not exist"):
        table_schema(session, "nope_nope", "t")
    with pytest.raises(TableMissing, match=rf"table {keyspace}\.nope does not exist"):
        table_schema(session, keyspace, "nope")
    with pytest.raises(QueryFailed, match="SELEC"):
        session.execute("SELEC")


def test_where_nothing_answers_is_named(endpoints: Endpoints) -> None:
    """An address without a server, and a data center that is none, are told apart."""
    scylla = endpoints.scylla
    with pytest.raises(Unreachable, match=r"no CQL server answers at 127\.0\.0\.1:1"):
        connect(["127.0.0.1:1"], scylla.local_datacenter)
    with pytest.raises(WrongDatacenter, match=rf"it has {scylla.local_datacenter}"):
        connect(scylla.contact_points, "elsewhere")


def test_ranges_are_sized_by_looking_at_the_table(
    session: Session, keyspace: str, events: TableSchema
) -> None:
    """A new table, of which the cluster has no estimate yet, is cut into ranges of so many rows."""
    size = estimated_size(session, events)
    assert 0.7 * ROWS < size.rows < 1.5 * ROWS
    assert size.partitions == size.rows
    ranges = sized_ranges(session, events, rows=50)
    assert 7 <= len(ranges) <= 15
    assert ranges[0].tokens.after == token_ranges(1)[0].after
    assert all(one.tokens.upto == two.tokens.after for one, two in pairwise(ranges))
    found = [len(list(scan(session, events, one.tokens))) for one in ranges]
    assert sum(found) == ROWS
    assert max(found) < 120
    session.execute(f"CREATE TABLE {keyspace}.none (a int PRIMARY KEY)")
    (only,) = sized_ranges(session, table_schema(session, keyspace, "none"))
    assert (only.rows, only.tokens) == (0, token_ranges(1)[0])
