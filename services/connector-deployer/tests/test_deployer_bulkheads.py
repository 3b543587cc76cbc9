"""Connectors that carry several tables, and tables and columns of other names in Postgres."""

import pytest

from messina.deployer.checks_source import source_problems
from messina.deployer.desired import desired
from messina.deployer.render.lanes import UNWRAP
from messina.deployer.resources import Desired
from messina.pipeline import Endpoints, parse_spec
from messina.scylla import CdcOptions, Column, TableSchema

HEAD = """\
pipeline: p
source: {keyspace: ks%s}
sink: {schema: mart%s}
bulkhead: %s
tables: [%s]
"""
ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {"host": "127.0.0.1", "port": 4, "database": "d", "user": "u"},
        "scylla": {"contact_points": ["127.0.0.1:5"], "local_datacenter": "dc1"},
    }
)
ROW = (
    Column("id", "uuid", "partition_key", 0),
    Column("at", "timestamp", "clustering", 0),
    Column("n", "int", "regular"),
    Column("note", "text", "regular"),
)
BARE = ", connector: debezium"
OURS = ", connector: messina"
SHARED = Column("owner", "text", "static")


def wanted(
    tables: str,
    bulkhead: str = "pipeline",
    source: str = "",
    sink: str = "",
    extra: tuple[Column, ...] = (),
) -> Desired:
    spec = parse_spec(HEAD % (source, sink, bulkhead, tables))
    images = CdcOptions(enabled=True, postimage=True)
    schemas = {t.name: TableSchema("ks", t.name, (*ROW, *extra), images) for t in spec.tables}
    assert source_problems(spec, schemas) == []
    return desired(spec, schemas, ENDPOINTS.under(spec))


def config(of: Desired, name: str) -> dict[str, str]:
    return dict(next(c for c in of.connectors if c.name == name).config)


def test_one_source_and_one_sink_carry_all_tables() -> None:
    """A bulkhead's source names all of its tables; its sink reads all of their topics."""
    found = wanted("{name: a, tasks: 2}, {name: b}")
    assert [c.name for c in found.connectors] == ["p.all.sink", "p.all.source"]
    assert [c.tasks for c in found.connectors] == [2, 2]
    source, sink = config(found, "p.all.source"), config(found, "p.all.sink")
    assert (source["tables"], source["slices"]) == ("ks.a,ks.b", "4")
    assert source["topic.creation.static.include"] == "p[.]ks[.]a__static,p[.]ks[.]b__static"
    assert sink["topics"] == "p.ks.a,p.ks.b"


def test_a_record_s_topic_names_its_table() -> None:
    """The table is what stands behind pipeline and keyspace; of another name, told one by one."""
    sink = config(wanted("{name: a}, {name: b, to: sales}"), "p.all.sink")
    assert sink["collection.name.format"] == "mart.${topic}"
    assert sink["transforms"] == "once,to1,to"
    assert sink["transforms.to1.regex"] == "p[.]ks[.]b"
    assert sink["transforms.to1.replacement"] == "sales"
    assert sink["transforms.to.regex"] == "p[.]ks[.](.*)"
    assert sink["transforms.to.replacement"] == "$1"


def test_static_columns_of_a_bulkhead_have_a_sink_too() -> None:
    """What partitions share is written by a sink of its own, for all tables of the bulkhead."""
    found = wanted("{name: a, group: g}, {name: b, group: g}", "group", extra=(SHARED,))
    assert [c.name for c in found.connectors] == ["p.g.sink", "p.g__static.sink", "p.g.source"]
    assert config(found, "p.g__static.sink")["topics"] == "p.ks.a__static,p.ks.b__static"


def test_a_table_alone_is_written_under_its_name_without_a_route() -> None:
    """One topic, one table: its name stands there, and no record is given another topic."""
    sink = config(wanted("{name: a, to: sales}", "table"), "p.a.sink")
    assert sink["collection.name.format"] == "mart.sales"
    assert sink["transforms"] == "once"


@pytest.mark.parametrize("kind", [BARE, OURS])
def test_a_delete_comes_to_the_writer_once(kind: str) -> None:
    """The tombstone behind it would end the writer's batch: each delete its own transactions."""
    sink = config(wanted("{name: a}, {name: b}", sink=kind), "p.all.sink")
    assert sink["transforms.once.type"].endswith("transforms.Filter")
    assert sink["transforms.once.predicate"] == sink["predicates"] == "tombstone"
    assert sink["predicates.tombstone.type"].endswith("predicates.RecordIsTombstone")


def test_tombstones_that_are_the_deletes_reach_the_sink() -> None:
    """The official connector's deletes are tombstones and nothing else."""
    sink = config(wanted("{name: a}", "table", ", connector: scylladb"), "p.a.sink")
    assert "RecordIsTombstone" not in str(sink)


def test_a_table_of_another_name_takes_its_statics_along() -> None:
    """Table, statics and view are named by `to`; topics by the source."""
    found = wanted("{name: a, to: sales}", "table", extra=(SHARED,))
    assert [t.name for t in found.tables][:2] == ["mart.sales", "mart.sales__static"]
    assert [v.name for v in found.views] == ["mart.sales__with_static"]
    assert [t.name for t in found.topics][:2] == ["p.ks.a", "p.ks.a__static"]


def test_renamed_columns_are_renamed_on_the_way_to_the_sink() -> None:
    """The sink is told the names of a topic's columns, in key and value."""
    found = wanted(
        "{name: a, rename: {id: key, note: remark}}", "table", sink=OURS, extra=(SHARED,)
    )
    sink = config(found, "p.a.sink")
    assert sink["columns.rename"] == "p.ks.a:id:key,p.ks.a:note:remark"
    assert "rename" not in sink.get("transforms", "")
    assert config(found, "p.a__static.sink")["columns.rename"] == "p.ks.a__static:id:key"
    rows, shared, _ = found.tables
    assert [c.name for c in rows.columns] == ["key", "at", "n", "remark"]
    assert (rows.primary_key, shared.primary_key) == (("key", "at"), ("key",))
    (view,) = found.views
    assert (view.partition_key, view.row_columns) == (("key",), ("at", "n", "remark"))


def test_debezium_s_sink_has_columns_renamed_by_transforms() -> None:
    """Events become rows, whose fields are renamed in key and value; deletes become tombstones."""
    tables = "{name: a, rename: {id: key, note: remark}}"
    found = wanted(tables, "table", sink=BARE, extra=(SHARED,))
    sink = config(found, "p.a.sink")
    assert sink["transforms"] == "rows,renameKey0,renameValue0"
    assert sink["transforms.rows.type"] == UNWRAP
    assert sink["transforms.rows.delete.tombstone.handling.mode"] == "delete-to-tombstone"
    assert sink["transforms.renameKey0.type"].endswith("ReplaceField$Key")
    assert sink["transforms.renameValue0.renames"] == "id:key,note:remark"
    assert config(found, "p.a__static.sink")["transforms.renameKey0.renames"] == "id:key"


def test_in_a_shared_sink_a_rename_holds_for_its_topic_only() -> None:
    """The topic stands before each name; Debezium's sink has a predicate on it."""
    tables = "{name: a}, {name: b, rename: {n: number}}"
    assert config(wanted(tables, sink=OURS), "p.all.sink")["columns.rename"] == "p.ks.b:n:number"
    sink = config(wanted(tables, sink=BARE), "p.all.sink")
    assert sink["transforms"] == "rows,renameKey1,renameValue1,to"
    assert sink["transforms.renameValue1.predicate"] == sink["predicates"] == "lane1"
    assert sink["predicates.lane1.pattern"] == "p[.]ks[.]b"


def test_rows_of_the_official_connector_are_renamed_as_they_are() -> None:
    """Its records are rows already: nothing is unwrapped at the sink."""
    tables, source = "{name: a, rename: {n: m}}", ", connector: scylladb"
    found = wanted(tables, "table", source, sink=BARE)
    assert config(found, "p.a.sink")["transforms"] == "renameKey0,renameValue0"


def test_only_columns_that_are_named_are_carried() -> None:
    """`columns` goes to the source, which also leaves out what comes later; the key stays."""
    found = wanted("{name: a, columns: [n]}", "table")
    assert config(found, "p.a.source")["columns.include"] == "ks.a.n"
    assert [c.name for c in found.tables[0].columns] == ["id", "at", "n"]


def test_the_official_connector_leaves_columns_out_by_table() -> None:
    """In a shared source, what is left out holds for its topic only."""
    found = wanted(
        "{name: a, exclude: [n]}, {name: b, columns: [n]}", "pipeline", ", connector: scylladb"
    )
    source = config(found, "p.all.source")
    assert source["scylla.table.names"] == "ks.a,ks.b"
    assert source["transforms"] == "rows,complete,exclude0,exclude1"
    assert source["transforms.exclude0.exclude"] == "n"
    assert source["transforms.exclude1.include"] == "n"
    assert source["predicates"] == "incomplete,table0,table1"
    assert source["predicates.table1.pattern"] == "p[.]ks[.]b"


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("{name: a, rename: {x: y}}", "table ks.a has no column 'x'"),
        ("{name: a, columns: [nn]}", "table ks.a has no column 'nn' (did you mean n?)"),
        ("{name: a, rename: {n: note}}", "column n of ks.a would be named as note is"),
        ("{name: a, columns: [n], rename: {note: x}}", "column note of ks.a is not carried"),
    ],
)
def test_names_that_do_not_fit_the_source_are_refused(table: str, problem: str) -> None:
    """A column that is not there, a name that is taken: told with its place."""
    spec = parse_spec(HEAD % ("", "", "table", table), "f")
    schemas = {"a": TableSchema("ks", "a", ROW, CdcOptions(enabled=True))}
    (found,) = map(str, source_problems(spec, schemas))
    assert found.startswith("f:5:") and problem in found


def test_columns_may_change_names() -> None:
    """Two columns that take each other's names hold: both are told."""
    found = wanted("{name: a, rename: {n: note, note: n}}", "table")
    assert {c.name: c.type for c in found.tables[0].columns}["note"] == "integer"


def test_tasks_of_messinas_sink_claim_what_they_write() -> None:
    """Its pipeline has a table of claims, apart from the rows; another sink's has none."""
    ours, others = (wanted("{name: a}", "table", sink=kind) for kind in (OURS, BARE))
    assert config(ours, "p.a.sink")["claims.table"] == "messina_claims.p"
    assert [t.name for t in ours.tables] == ["mart.a", "messina_claims.p"]
    assert [s.name for s in ours.schemas] == ["mart", "messina_claims"]
    assert "claims.table" not in config(others, "p.a.sink")
    assert [t.name for t in others.tables] == ["mart.a"]
