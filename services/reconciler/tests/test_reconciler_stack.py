"""On real databases: every type is equal, every planted difference is found, nothing else."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session

from messina import postgres
from messina.pipeline import Endpoints, PipelineSpec, SpecError, parse_spec
from messina.reconciler import Progress, ReconcilerError, SinkTableMissing, compare
from messina.reconciler.backfill.running import backfill
from messina.reconciler.errors import NotApplied
from messina.reconciler.recheck import ByTime, Clock, gate_of
from messina.reconciler.store import NothingToResume, Store
from messina.scylla import identifier
from messina.types import hmac_text, postgres_type

pytestmark = pytest.mark.gentle

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "libs/types/vectors.json").read_text(encoding="utf-8")
)
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
SETTLE = timedelta(seconds=1)


@pytest.fixture()
def sink(postgres_dsn: str, keyspace: str) -> Iterator[postgres.Connection]:
    """The warehouse, with a schema of the keyspace's name."""
    with postgres.connect(postgres_dsn, application_name="messina-tests") as connection:
        connection.execute(postgres.create_schema(keyspace))
        yield connection
        connection.execute(f"DROP SCHEMA {keyspace} CASCADE")


def spec_for(keyspace: str, table: str) -> PipelineSpec:
    return parse_spec(
        f"pipeline: p\nsource: {{keyspace: {keyspace}}}\nsink: {{schema: {keyspace}}}\n"
        f"tables: [{{name: {table}}}]"
    )


def test_every_vector_is_equal_on_both_sides(
    endpoints: Endpoints, cql: Session, keyspace: str, sink: postgres.Connection
) -> None:
    """A CQL literal read by the driver equals Postgres' text, for all types, in any year."""
    for name, fields in DOCUMENT["user_types"].items():
        listed = ", ".join(f"{identifier(each)} {cql_type}" for each, cql_type in fields)
        cql.execute(f"CREATE TYPE {keyspace}.{identifier(name)} ({listed})")
    types = sorted({vector["cql_type"] for vector in VECTORS})
    columns = [("id", "text"), *((f"c{place}", each) for place, each in enumerate(types))]
    listed = ", ".join(f"{name} {cql_type}" for name, cql_type in columns)
    cql.execute(f"CREATE TABLE {keyspace}.vectors ({listed}, PRIMARY KEY (id))")
    table = postgres.table_definition(keyspace, "vectors", columns, ["id"])
    sink.execute(postgres.create_table(table))
    for vector in VECTORS:
        cql_type, name = vector["cql_type"], vector["id"]
        into = f"INSERT INTO {keyspace}.vectors (id, c{types.index(cql_type)}) VALUES"
        cql.execute(f"{into} ('{name}', {vector['cql']})")
        sink.execute(
            f"{into} (%s, %s::{postgres_type(cql_type)})".encode(), (name, vector["postgres"])
        )
    report = compare(spec_for(keyspace, "vectors"), endpoints, settle=SETTLE)
    assert report.discrepancies == ()
    assert report.equal
    assert report.tables[0].rows_in_source == report.tables[0].rows_in_sink == len(VECTORS)


def test_planted_differences_are_found_whatever_the_key(
    endpoints: Endpoints, cql: Session, keyspace: str, sink: postgres.Connection
) -> None:
    """Missing, extra and different rows are named, with keys that only one side can hold, too."""
    key = "ts, d, b, n, ip, small"
    cql.execute(
        f"CREATE TABLE {keyspace}.keys (ts timestamp, d date, b blob, n varint, ip inet,"
        " small tinyint, v text, note text static, extra decimal,"
        " PRIMARY KEY ((ts, d), b, n, ip, small))"
    )
    sink.execute(
        f"CREATE TABLE {keyspace}.keys (ts timestamptz, d date, b bytea, n numeric, ip inet,"
        f" small smallint, v text, other text DEFAULT 'only here', PRIMARY KEY ({key}))"
    )
    sink.execute(
        f"CREATE TABLE {keyspace}.keys__static (ts timestamptz, d date, note text,"
        " PRIMARY KEY (ts, d))"
    )
    into = f"INSERT INTO {keyspace}.keys ({key}, v"
    cql.execute(f"{into}) VALUES (0, '1970-01-01', 0x, 0, '1.2.3.4', 1, 'equal')")
    cql.execute(f"{into}) VALUES (-62135596800001, '0000-12-31', 0x00, -5, '::1', -1, 'lost')")
    cql.execute(
        f"{into}, extra) VALUES (253402300800000, '9999-12-31', 0xff, {10**25}, '::', 1, 'a', 1.50)"
    )
    sink.execute(f"{into}) VALUES ('epoch', '1970-01-01', '', 0, '1.2.3.4', 1, 'equal')")
    sink.execute(f"{into}) VALUES ('10000-01-01', '9999-12-31', '\\xff', {10**25}, '::', 1, 'b')")
    sink.execute(f"{into}) VALUES ('epoch', 'epoch', '\\x01', 1, '::2', 7, 'extra')")
    sink.execute(
        f"{into}) VALUES ('infinity', 'infinity', '\\x01', 1.5, '10.0.0.0/8', 300, 'extra')"
    )
    report = compare(spec_for(keyspace, "keys"), endpoints, settle=SETTLE)
    found = {
        (each.kind, dict(each.key)["ip"]): {c.column: (c.source, c.sink) for c in each.columns}
        for each in report.discrepancies
    }
    assert found == {
        ("missing_in_sink", "::1"): {},
        ("different", "::"): {"v": ("'a'", "'b'"), "extra": ("1.5", "null")},
        ("extra_in_sink", "::2"): {},
        ("extra_in_sink", "10.0.0.0/8"): {},
    }


def test_rows_on_their_way_are_no_discrepancies(
    endpoints: Endpoints, cql: Session, keyspace: str, sink: postgres.Connection
) -> None:
    """Rows that the sink gets while the candidates are read again are counted as in flight."""
    cql.execute(f"CREATE TABLE {keyspace}.moving (id int PRIMARY KEY, v int)")
    sink.execute(f"CREATE TABLE {keyspace}.moving (id integer PRIMARY KEY, v integer)")
    for number in range(300):
        cql.execute(f"INSERT INTO {keyspace}.moving (id, v) VALUES ({number}, {number})")
    rechecked = threading.Event()

    def deliver(progress: Progress) -> None:
        if progress.step == "recheck" and not rechecked.is_set():
            rechecked.set()
            sink.execute(
                f"INSERT INTO {keyspace}.moving SELECT i, i FROM generate_series(0, 298) i"
            )

    report = compare(spec_for(keyspace, "moving"), endpoints, settle=SETTLE, progress=deliver)
    (found,) = report.discrepancies
    assert (found.kind, dict(found.key)) == ("missing_in_sink", {"id": "299"})
    assert report.tables[0].in_flight == 299


def test_a_table_that_is_not_there_is_told_with_its_line(
    endpoints: Endpoints, cql: Session, keyspace: str, sink: postgres.Connection
) -> None:
    """A missing source table points into the spec; a missing sink table names what makes it."""
    with pytest.raises(SpecError, match=r"^<spec>:4:17: table .*\.moving does not exist"):
        compare(spec_for(keyspace, "moving"), endpoints)
    with pytest.raises(SpecError, match=r"^<spec>:2:20: keyspace no_such does not exist"):
        compare(spec_for("no_such", "moving"), endpoints)
    cql.execute(f"CREATE TABLE {keyspace}.moving (id int PRIMARY KEY, v int)")
    with pytest.raises(SinkTableMissing, match="next: messina deploy apply"):
        compare(spec_for(keyspace, "moving"), endpoints)
    cql.execute(f"CREATE TABLE {keyspace}.counted (id int PRIMARY KEY, n counter)")
    with pytest.raises(ReconcilerError, match="column n of .*counted can't be compared: counters"):
        compare(spec_for(keyspace, "counted"), endpoints)


def test_a_pipeline_that_was_never_applied_is_told_as_such(
    endpoints: Endpoints, cql: Session, keyspace: str
) -> None:
    """A backfill names what applies it, and leaves no run; a comparison goes by time, and says why.

    Its topics are what is missing: everything that is asked answers.
    """
    cql.execute(f"CREATE TABLE {keyspace}.never (id int PRIMARY KEY, v int)")
    spec = spec_for(keyspace, "never").model_copy(update={"pipeline": f"p-{keyspace}"})
    missing = f"Kafka has no topic {spec.signals_topic}, .*next: messina deploy apply"
    with pytest.raises(NotApplied, match=missing):
        backfill(spec, endpoints)
    with (
        Store.open(endpoints.postgres, spec.pipeline) as store,
        pytest.raises(NothingToResume),
    ):
        store.resume("backfill")
    clock = Clock(time.monotonic, time.sleep, lambda: time.time_ns() // 1000)
    with ExitStack() as opened:
        gate, _, why = gate_of(spec, endpoints, [], SETTLE, clock, opened)
    assert isinstance(gate, ByTime)
    assert f"no topic {spec.watermarks_topic}; next: messina deploy apply FILE" in why


def test_what_the_spec_does_with_columns_is_known(
    endpoints: Endpoints, cql: Session, keyspace: str, sink: postgres.Connection, tmp_path: Path
) -> None:
    """Shared, masked, excluded and renamed columns are compared as the sink is to have them."""
    cql.execute(
        f"CREATE TABLE {keyspace}.people (id int, at int, owner text static, site int static,"
        " name text, mail text, age int, secret text, PRIMARY KEY (id, at))"
    )
    sink.execute(
        f"CREATE TABLE {keyspace}.persons (key integer, at integer, name text, mail text,"
        " years integer, PRIMARY KEY (key, at))"
    )
    sink.execute(
        f"CREATE TABLE {keyspace}.persons__static (key integer PRIMARY KEY, owner text, place"
        " integer)"
    )
    into = f"INSERT INTO {keyspace}.people"
    cql.execute(f"{into} (id, owner, site) VALUES (1, 'Ann', 7)")
    cql.execute(f"{into} (id, owner) VALUES (2, 'Bob')")
    cql.execute(f"{into} (id, at, name, mail, age, secret) VALUES (1, 1, 'x', 'a@b', 30, 's')")
    cql.execute(f"{into} (id, at, name, mail, age) VALUES (3, 1, 'y', 'c@d', 40)")
    hashed = [hmac_text("the key", "text", mail) for mail in (b"a@b", b"c@d")]
    into = f"INSERT INTO {keyspace}.persons"
    sink.execute(f"{into} VALUES (1, 1, NULL, '{hashed[0]}', 30)".encode())
    sink.execute(f"{into} VALUES (3, 1, NULL, '{hashed[1]}', 40)".encode())
    sink.execute(f"{into}__static VALUES (1, 'Ann', 7), (2, 'Bob', NULL)".encode())
    file = tmp_path / "mask-key"
    spec = parse_spec(
        f"pipeline: p\nsource: {{keyspace: {keyspace}, mask_key: 'file:{file}'}}\n"
        f"sink: {{schema: {keyspace}}}\ntables:\n  - name: people\n    to: persons\n"
        "    exclude: [secret]\n    rename: {id: key, age: years, site: place}\n"
        "    mask: {mail: hmac, name: null}\n"
    )
    blind = compare(spec, endpoints, settle=SETTLE)
    assert blind.equal
    assert "not compared, without the key of their masks: mail" in blind.tables[0].notes[0]
    file.write_text("the key")
    report = compare(spec, endpoints, settle=SETTLE)
    assert report.discrepancies == ()
    assert [(t.table, t.rows_in_source, t.notes) for t in report.tables] == [
        (f"{keyspace}.people", 2, ()),
        (f"{keyspace}.people__static", 2, ()),
    ]
    sink.execute(f"UPDATE {keyspace}.persons SET mail = 'a@b', name = 'x' WHERE key = 1".encode())
    sink.execute(f"UPDATE {keyspace}.persons__static SET place = 8 WHERE key = 1".encode())
    sink.execute(f"INSERT INTO {keyspace}.persons__static VALUES (3, NULL, NULL)".encode())
    found = compare(spec, endpoints, settle=SETTLE).discrepancies
    assert {
        (one.table.rpartition(".")[2], one.kind, tuple(c.column for c in one.columns))
        for one in found
    } == {
        ("people", "different", ("mail", "name")),
        ("people__static", "different", ("site",)),
        ("people__static", "extra_in_sink", ()),
    }
