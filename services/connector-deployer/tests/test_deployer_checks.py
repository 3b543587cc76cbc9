"""What a plan refuses, and where in the spec it says so."""

import pytest
from deployer_endpoints import ENDPOINTS

from messina.deployer.checks import fixed, refuse, taken_tables
from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired as desired_of
from messina.deployer.desired import parts_of
from messina.deployer.resources import (
    ColumnValue,
    ConnectorResource,
    TableResource,
    TopicResource,
)
from messina.deployer.world import World
from messina.pipeline import Problem, SpecError, parse_spec
from messina.scylla import CdcOptions, Column, ScyllaError, TableMissing, TableSchema

SPEC = parse_spec(
    """\
pipeline: flights
source: {keyspace: ops}
sink: {schema: ops}
tables:
  - name: flights
  - name: events
    partitions: 2
""",
    "flights.yaml",
)
KEY = Column("id", "int", "partition_key", 0)
ON = CdcOptions(enabled=True)


def table(name: str, *columns: Column, cdc: CdcOptions = ON) -> TableSchema:
    return TableSchema("ops", name, (KEY, *columns), cdc)


def refused(**schemas: TableSchema | ScyllaError) -> list[str]:
    found: dict[str, TableSchema | ScyllaError] = {
        "flights": table("flights"),
        "events": table("events"),
        **schemas,
    }
    return [str(problem) for problem in source_problems(SPEC, found)]


def test_tables_that_can_be_carried_pass() -> None:
    """Tables with CDC, a key and scalar columns are refused nothing."""
    assert refused() == []
    refuse(SPEC, [])


def test_a_missing_table_is_named_where_it_is_listed() -> None:
    """A table that does not exist is refused at its entry, with the name that was meant."""
    missing = TableMissing("ops", "events", ["event", "flights"])
    assert refused(events=missing) == [
        "flights.yaml:6:11: table ops.events does not exist (did you mean event?)"
    ]


def test_a_table_without_cdc_is_refused_with_the_statement_that_cures_it() -> None:
    """Without CDC there is nothing to carry: the statement that turns it on is shown."""
    (problem,) = refused(flights=table("flights", cdc=CdcOptions()))
    assert problem.startswith("flights.yaml:5:11: table ops.flights has no CDC")
    assert "ALTER TABLE ops.flights WITH cdc = {'enabled': true}" in problem


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (Column("tags", "set<'x.Y'>", "regular"), "a custom type's values are not known"),
        (Column("n", "counter", "regular"), "counters have no change log"),
        (Column("p", "frozen<point>", "clustering", 0), "two keys could become one"),
        (Column("at", "time", "clustering", 0), "column at of ops.flights can't be carried"),
        (Column("at", "decimal", "clustering", 0), "column at of ops.flights can't be carried"),
        (Column("two words", "text", "regular"), "letters, digits and underscores"),
        (Column("x" * 64, "text", "regular"), "Postgres cuts names"),
        (Column("ctid", "text", "regular"), "Postgres keeps this name"),
    ],
)
def test_a_column_that_can_not_be_carried_is_refused(column: Column, reason: str) -> None:
    """A column whose type, kind or name has no place in Postgres is refused, with its type."""
    (problem,) = refused(flights=table("flights", column))
    assert problem.startswith("flights.yaml:5:11: column ")
    assert reason in problem
    assert column.cql_type in problem


CHOSEN = """\
pipeline: flights
source: {keyspace: ops, mask_key: "env:KEY"}
sink: {schema: ops}
tables:
  - name: flights
    exclude: [note, %s]
    mask: {%s: hmac}
"""


@pytest.mark.parametrize(
    ("excluded", "masked", "place", "what"),
    [
        ("nume", "name", "6:21", "table ops.flights has no column 'nume' (did you mean name?)"),
        ("id", "name", "6:21", "column id of ops.flights can't be excluded: it is part of the key"),
        ("n", "nam", "7:17", "table ops.flights has no column 'nam' (did you mean name?)"),
        ("n", "id", "7:16", "column id of ops.flights can't be masked: it is part of the key"),
    ],
)
def test_a_column_that_can_not_be_chosen_is_refused(
    excluded: str, masked: str, place: str, what: str
) -> None:
    """Excluded and masked columns must exist and not be key columns; the place is their own."""
    spec = parse_spec(CHOSEN % (excluded, masked), "flights.yaml")
    columns = [Column(name, "text", "regular") for name in ("note", "name", "n")]
    (problem,) = source_problems(spec, {"flights": table("flights", *columns)})
    assert str(problem).startswith(f"flights.yaml:{place}: {what}")


def test_an_excluded_column_may_have_any_type_and_name() -> None:
    """What is not carried need not fit: that is the way to carry a table with such a column."""
    spec = parse_spec(CHOSEN % ('"two words"', "name"), "flights.yaml")
    columns = (
        Column("note", "'some.custom.Type'", "regular"),
        Column("two words", "text", "regular"),
        Column("name", "text", "regular"),
    )
    assert source_problems(spec, {"flights": table("flights", *columns)}) == []


def test_a_refused_column_comes_with_the_way_out() -> None:
    """A column that can't be carried can be left out, unless it is part of the key."""
    (problem,) = refused(flights=table("flights", Column("ctid", "text", "regular")))
    assert "the column left out: exclude: [ctid]" in problem
    (problem,) = refused(flights=table("flights", Column("at", "time", "clustering", 0)))
    assert "exclude" not in problem


def test_the_names_of_static_columns_are_taken() -> None:
    """A table can't have the name under which another one's static columns go."""
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: ops}\nsink: {schema: s}\n"
        "tables:\n  - name: a\n  - name: a__static\n",
        "p.yaml",
    )
    plain = TableSchema("ops", "a__static", (KEY,), ON)
    static = TableSchema("ops", "a", (KEY, Column("s", "text", "static")), ON)
    assert source_problems(spec, {"a": table("a"), "a__static": plain}) == []
    (problem,) = source_problems(spec, {"a": static, "a__static": plain})
    assert str(problem).startswith("p.yaml:6:11: table a__static has the name that belongs to")


def test_another_connector_of_the_name_is_refused() -> None:
    """A source is not swapped in place: its offsets and records would not be understood."""
    name = "flights.flights.source"
    existing = ConnectorResource(
        name=name, role="source", tasks=1, config={"connector.class": "other.Connector"}
    )
    (problem,) = fixed_problems(World(connectors={name: existing}))
    assert f"connector {name} exists and is another one" in str(problem)
    assert "other.Connector, or first: messina deploy destroy flights.yaml" in str(problem)


def test_all_problems_are_told_at_once() -> None:
    """A plan names everything that is wrong, in the order of the file, and changes nothing."""
    found: dict[str, TableSchema | ScyllaError] = {
        "flights": table("flights", Column("n", "counter", "regular"), cdc=CdcOptions()),
        "events": TableMissing("ops", "events", []),
    }
    with pytest.raises(SpecError) as caught:
        refuse(SPEC, source_problems(SPEC, found))
    assert [p.position.line for p in caught.value.problems] == [5, 5, 6]
    assert "Nothing was changed. Next:" in str(caught.value)


SCHEMAS = {"flights": table("flights"), "events": table("events")}


def fixed_problems(world: World) -> list[Problem]:
    wanted = desired_of(SPEC, SCHEMAS, ENDPOINTS)
    return fixed(SPEC, parts_of(SPEC, SCHEMAS), wanted, world)


def test_another_number_of_partitions_is_refused() -> None:
    """Partitions are slices of the ring: a topic with another number is refused, not changed."""
    world = World(topics={"flights.ops.events": TopicResource(name="x", partitions=3)})
    (problem,) = fixed_problems(world)
    assert str(problem).startswith("flights.yaml:7:17: topic flights.ops.events exists with 3")


@pytest.mark.parametrize(
    ("columns", "key", "what"),
    [
        ([("id", "bigint")], ["id"], "column id has type bigint, not integer"),
        ([("id", "integer")], [], "the primary key is none, not (id)"),
        ([("other", "integer")], ["other"], "add column id integer"),
    ],
)
def test_a_postgres_table_of_another_shape_is_refused(
    columns: list[tuple[str, str]], key: list[str], what: str
) -> None:
    """A table with another type or key is never altered: that could lose what is in it."""
    found = TableResource(
        schema_name="ops",
        table="flights",
        columns=tuple(ColumnValue(name=name, type=kind) for name, kind in columns),
        primary_key=tuple(key),
    )
    problems = [str(p) for p in fixed_problems(World(tables={"ops.flights": found}))]
    assert any(what in problem for problem in problems)
    assert all(
        problem.startswith("flights.yaml:5:11: Postgres has another table") for problem in problems
    )


def test_more_columns_than_desired_are_left_alone() -> None:
    """A column that the source has dropped stays in Postgres, with what it holds."""
    found = TableResource(
        schema_name="ops",
        table="flights",
        columns=(ColumnValue(name="id", type="integer"), ColumnValue(name="old", type="text")),
        primary_key=("id",),
    )
    assert fixed_problems(World(tables={"ops.flights": found})) == []


def test_another_class_and_other_connectors_at_once_are_refused() -> None:
    """A table that goes to another connector takes its offsets along, which another class could
    not read: the one after the other."""
    schemas = {name: table(name) for name in ("flights", "events")}
    wanted = desired_of(SPEC, schemas, ENDPOINTS)
    parts = parts_of(SPEC, schemas)

    def carried_by(connector_class: str) -> World:
        config = {"connector.class": connector_class, "tables": "ops.flights"}
        if "scylladb" in connector_class:
            config["scylla.table.names"] = config.pop("tables")
        old = ConnectorResource(name="flights.all.source", role="source", tasks=1, config=config)
        return World(strays=(old,))

    (ours,) = {c.config["connector.class"] for c in wanted.connectors if c.role == "source"}
    assert fixed(SPEC, parts, wanted, carried_by(ours)) == []
    (problem,) = fixed(
        SPEC, parts, wanted, carried_by("com.scylladb.cdc.debezium.connector.ScyllaConnector")
    )
    assert "table ops.flights is carried by connector flights.all.source" in str(problem)
    assert "flights.yaml:2:9" in str(problem)


@pytest.mark.parametrize(
    ("other", "filled", "refused_it"),
    [
        ({"collection.name.format": "ops.events"}, {}, True),
        ({"table.name.format": "ops.events"}, {}, True),
        ({"collection.name.format": "ops.${topic}"}, {"events": "shop.ops.events"}, True),
        # its rows came from there once, and that sink does not read it any more
        ({"collection.name.format": "ops.other"}, {"events": "old.ops.events"}, False),
        ({"collection.name.format": "ops.events", "connection.url": "h:4/other"}, {}, False),
    ],
)
def test_a_table_that_another_pipeline_writes_is_refused(
    other: dict[str, str], filled: dict[str, str], refused_it: bool
) -> None:
    """A Postgres table has one writer: each would undo what the other writes."""
    schemas = {name: table(name) for name in ("flights", "events")}
    wanted = desired_of(SPEC, schemas, ENDPOINTS)
    config = {"topics": "shop.ops.events", "connection.url": "127.0.0.1:4/d", **other}
    sink = ConnectorResource(name="shop.events.sink", role="sink", tasks=1, config=config)
    found = taken_tables(SPEC, wanted, World(others=(sink,), filled=filled), ENDPOINTS)
    assert len(found) == refused_it
    if found:
        assert "flights.yaml:6:11" in str(found[0])
        assert "is written by the sink shop.events.sink already" in str(found[0])
