"""Rows of the source whose bytes are no values of their types: differences, and no end of a run."""

from datetime import timedelta
from typing import Any, cast

import pytest

from messina.pipeline import parse_spec
from messina.postgres import ColumnDefinition, Connection, TableDefinition
from messina.reconciler.keytexts import key_of_text, key_text
from messina.reconciler.parts import parts_of
from messina.reconciler.recheck import ByTime, Candidate, Clock, Table, decide
from messina.reconciler.recheck.settling import discrepancy
from messina.reconciler.scanning.frames import Frames
from messina.reconciler.sides import Shape
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide
from messina.reconciler.unread import is_unread, unread
from messina.scylla import CdcOptions, Column, Session, TableSchema
from messina.types import parse_type

ONE = b"\0\0\0\1"
ODD = [
    ("time", b"\xff" * 8),
    ("time", (86_400 * 10**9).to_bytes(8, "big")),
    ("decimal", b"\0"),
    ("list<int>", b"\0\0\0\5"),
    ("duration", b"\xff"),
    ("double", b"\0\0"),
    ("float", b"\0" * 8),
    ("inet", b"\0"),
]


def shape(*types: str, key_length: int = 1) -> Shape:
    names = tuple("pcv"[: len(types)])
    return Shape("ks.t", names, tuple(map(parse_type, types)), key_length)


@pytest.mark.parametrize(("cql_type", "data"), ODD)
def test_a_value_that_is_none_is_like_no_other(cql_type: str, data: bytes) -> None:
    """Its row has a frame, unlike null's, and unlike that of other such bytes."""
    frames = Frames(shape("int", cql_type), 1)
    found = frames.of_source([[ONE] * 3, [data, None, data + b"\1\2\3"]])
    assert found.height == 3
    assert len(set(found["one"].to_list())) == 3
    assert found["one"][1] == frames.of_source([[ONE], [None]])["one"][0]


@pytest.mark.parametrize("types", [("int",), ("int", "int"), ("text", "int"), ("int", "text")])
def test_a_key_that_is_no_value_is_shown_and_can_be_kept(types: tuple[str, ...]) -> None:
    """No bytes as an int, or bytes that are no text: the key comes back from frame and store."""
    kind = shape(*types, "int", key_length=len(types))
    cells = {"int": (ONE, b""), "text": (b"a", b"\xff")}
    columns = [list(cells[each]) for each in types]
    frames = Frames(kind, 1)
    good, odd = frames.keys(frames.of_source([*columns, [ONE, ONE]])["key"].to_list())
    assert not any(map(is_unread, good)) and all(map(is_unread, odd))
    assert key_of_text(kind, key_text(kind, odd)) == (odd, False)
    assert key_of_text(kind, key_text(kind, good)) == (good, True)


SCHEMA = TableSchema(
    "ops",
    "t",
    (
        Column("p", "int", "partition_key", 0),
        Column("c", "int", "clustering", 0),
        Column("v", "time", "regular"),
    ),
    CdcOptions(enabled=True),
)


def test_a_row_that_can_not_be_read_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with an odd value differs, one with an odd key is missing; both are named."""

    def lookup(_: Session, __: TableSchema, keys: Any, **___: object) -> Any:
        assert list(keys) == [(1, 2)] * len(keys)
        return iter([(ONE, b"\0\0\0\2", b"\xff" * 8, None)] * len(keys))

    monkeypatch.setattr("messina.reconciler.source.lookup", lookup)
    table = TableDefinition(
        "s", "t", (*(ColumnDefinition(n, "integer") for n in "pc"),), ("p", "c")
    )
    monkeypatch.setattr("messina.reconciler.sink.inspect_table", lambda *_: table)

    def lookup_rows(_: object, __: object, keys: Any, *___: object, **____: object) -> Any:
        assert all(key == ["1", "2"] for key in keys)
        return iter([("1", "2", "7")] * len(keys))

    monkeypatch.setattr("messina.reconciler.sink.lookup_rows", lookup_rows)
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: ops}\nsink: {schema: s}\ntables: [{name: t}]"
    )
    (part,) = parts_of(spec, spec.tables[0], SCHEMA, None)
    source = ScyllaSide(cast(Session, None), part)
    sink = PostgresSide(cast(Connection, None), "s", "t", source.shape)
    both = Table(source.shape, source, sink)
    now = [0.0]
    clock = Clock(lambda: now[0], lambda s: now.__setitem__(0, now[0] + s), lambda: 0)

    gate = ByTime(timedelta(seconds=1), clock)
    asked = [Candidate(both, (1, 2)), Candidate(both, (1, unread(b"")))]
    found = [verdict.discrepancy for verdict in decide(asked, gate, clock)]
    kinds = {each.kind: each for each in found if each is not None}
    assert set(kinds) == {"different", "missing_in_sink"}
    (column,) = kinds["different"].columns
    assert (column.column, column.sink) == ("v", "null")
    assert column.source.endswith("no value: 0xffffffffffffffff")
    assert "no value: 0x" in str(kinds["missing_in_sink"].key)


@pytest.mark.parametrize(
    "cql_type",
    "ascii bigint blob date decimal double duration float inet int smallint text time "
    "timestamp timeuuid tinyint uuid varint list<int>".split(),
)
def test_such_a_value_can_be_shown(cql_type: str) -> None:
    """Of each type it is a text in the report."""
    kind = shape("int", cql_type)
    found = discrepancy(kind, (1,), (1, unread(b"\1")), (1, None))
    assert "bytes that are no value: 0x01" in found.columns[0].source
