"""Tables as values: what they refuse, how they differ, which DDL makes up the difference."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.postgres import (
    AddColumn,
    ChangeType,
    ColumnDefinition,
    CreateTable,
    DropNotNull,
    KeyDiffers,
    TableDefinition,
    create_table,
    diff,
    table_definition,
)
from messina.types import UnsupportedType

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

COLUMNS = [("carrier", "text"), ("flight", "int"), ("dep_time", "timestamp"), ("note", "text")]
TABLE = table_definition("ops", "flights", COLUMNS, ["carrier", "flight"])


def test_a_sinks_table_follows_the_source() -> None:
    """Names stay, types become Postgres', key columns refuse null."""
    assert TABLE.columns == (
        ColumnDefinition("carrier", "text", nullable=False),
        ColumnDefinition("flight", "integer", nullable=False),
        ColumnDefinition("dep_time", "timestamp with time zone"),
        ColumnDefinition("note", "text"),
    )
    assert TABLE.key == ("carrier", "flight")


def test_the_default_precision_is_no_difference() -> None:
    """time(6) is how some write what Postgres means by time."""
    assert ColumnDefinition("a", "time(6) without time zone").type == "time without time zone"
    assert ColumnDefinition("a", "timestamp(6) with time zone").type == "timestamp with time zone"
    assert ColumnDefinition("a", "timestamp(3) with time zone").type != "timestamp with time zone"


def test_names_are_quoted() -> None:
    """Whatever a name holds, it stays one name."""
    table = table_definition("s", 'odd "name', [("Order", "int"), ("a;b", "text")], ["Order"])
    assert create_table(table).as_string(None) == (
        'CREATE TABLE "s"."odd ""name"'
        ' ("Order" integer NOT NULL, "a;b" text, PRIMARY KEY ("Order"))'
    )


@pytest.mark.parametrize(
    ("name", "columns", "key"),
    [
        ("t" * 64, [("a", "int")], ["a"]),
        ("t", [("é" * 32, "int")], []),
        ("t", [("xmin", "int")], []),
        ("t", [("a", "int"), ("a", "text")], ["a"]),
        ("t", [("a", "int")], ["b"]),
        ("", [("a", "int")], ["a"]),
    ],
)
def test_what_postgres_can_not_have_is_refused(
    name: str, columns: list[tuple[str, str]], key: list[str]
) -> None:
    """Names that Postgres would cut or keeps for itself, columns twice, keys of nothing."""
    with pytest.raises(ValueError):
        table_definition("s", name, columns, key)


def test_a_type_that_can_not_be_carried_is_refused() -> None:
    """A counter makes no table."""
    with pytest.raises(UnsupportedType, match="counters"):
        table_definition("s", "t", [("a", "int"), ("n", "counter")], ["a"])


def test_equal_tables_do_not_differ() -> None:
    """No difference, no change."""
    assert diff(TABLE, TABLE) == ()


def test_a_missing_table_is_made() -> None:
    """Where there is nothing, one statement makes all."""
    (change,) = diff(TABLE, None)
    assert change == CreateTable(TABLE)
    assert change.statement == create_table(TABLE)


def test_every_difference_is_named() -> None:
    """A missing column, another type, another key, a column that refuses null: each is its own."""
    actual = TableDefinition(
        "ops",
        "flights",
        (
            ColumnDefinition("carrier", "text", nullable=False),
            ColumnDefinition("flight", "bigint", nullable=False),
            ColumnDefinition("note", "text", nullable=False),
            ColumnDefinition("only_here", "jsonb"),
        ),
        ("carrier",),
    )
    changes = diff(TABLE, actual)
    assert changes == (
        ChangeType(TABLE, "flight", "bigint", "integer"),
        AddColumn(TABLE, ColumnDefinition("dep_time", "timestamp with time zone")),
        DropNotNull(TABLE, "note"),
        KeyDiffers(TABLE, ("carrier",)),
    )
    assert [str(change) for change in changes] == [
        "ops.flights: column flight has type bigint, not integer",
        "ops.flights: add column dep_time timestamp with time zone",
        "ops.flights: column note must take null",
        "ops.flights: the primary key is (carrier), not (carrier, flight)",
    ]


def test_only_harmless_changes_have_a_statement() -> None:
    """What could lose data, or needs a person's decision, has no statement."""
    assert ChangeType(TABLE, "a", "text", "integer").statement is None
    assert KeyDiffers(TABLE, ()).statement is None
    assert AddColumn(TABLE, TABLE.columns[0]).statement is None
    statement = AddColumn(TABLE, TABLE.columns[2]).statement
    assert statement is not None
    assert statement.as_string(None) == (
        'ALTER TABLE "ops"."flights" ADD COLUMN "dep_time" timestamp with time zone'
    )


TYPES = st.sampled_from(["int", "text", "timestamp", "uuid", "boolean"])


@PATIENT
@given(st.dictionaries(st.text("abcde", min_size=1, max_size=3), TYPES, min_size=1), st.data())
def test_added_columns_close_the_difference(types: dict[str, str], data: st.DataObject) -> None:
    """A table that lacks some columns differs by exactly these."""
    key = sorted(types)[0]
    lost = data.draw(st.sets(st.sampled_from(sorted(types)))) - {key}
    wanted = table_definition("s", "t", types.items(), [key])
    actual = table_definition("s", "t", [i for i in types.items() if i[0] not in lost], [key])
    changes = diff(wanted, actual)
    assert {change.column.name for change in changes if isinstance(change, AddColumn)} == lost
    assert len(changes) == len(lost)
