"""What is compared of a table: the spec's masks, excludes, renames and shared columns count."""

import pytest

from messina.pipeline import PipelineSpec, parse_spec
from messina.reconciler.errors import TableNotCarried
from messina.reconciler.parts import Part, parts_of
from messina.scylla import CdcOptions, Column, TableSchema
from messina.types import hmac_text

SCHEMA = TableSchema(
    "ks",
    "t",
    (
        Column("id", "int", "partition_key", 0),
        Column("at", "int", "clustering", 0),
        Column("owner", "text", "static"),
        Column("a", "int", "regular"),
        Column("b", "text", "regular"),
        Column("c", "counter", "regular"),
    ),
    CdcOptions(enabled=True),
)


def spec(entry: str, source: str = "") -> PipelineSpec:
    return parse_spec(
        f"pipeline: p\nsource: {{keyspace: ks, mask_key: env:X{source}}}\nsink: {{schema: s}}\n"
        f"tables: [{entry}]"
    )


def parts(entry: str, key: str | None = "secret") -> list[Part]:
    of = spec(entry)
    return list(parts_of(of, of.tables[0], SCHEMA, key))


def names(part: Part) -> list[str]:
    return [column.name for column in part.columns]


def test_rows_and_what_partitions_share_are_compared_apart() -> None:
    """Statics are a part of their own, by the partition key, with its own Postgres table."""
    rows, shared = parts("{name: t, to: u, exclude: [c]}")
    assert (names(rows), rows.target) == (["id", "at", "a", "b"], "u")
    assert (names(shared), shared.target) == (["id", "owner"], "u__static")
    assert (rows.shape().table, shared.shape().table) == ("ks.t", "ks.t__static")
    assert (rows.shape().key_length, shared.shape().key_length) == (2, 1)


def test_what_is_not_carried_is_not_compared() -> None:
    """An excluded column may be of any type; of included ones, the others are left out."""
    assert names(parts("{name: t, columns: [b]}")[0]) == ["id", "at", "b"]
    assert [part.static for part in parts("{name: t, exclude: [c, owner]}")] == [False]
    with pytest.raises(TableNotCarried, match="column c of ks.t can't be compared"):
        parts("{name: t}")[0].shape()


def test_renamed_columns_are_looked_for_under_their_names() -> None:
    """The sink is asked for the new names, the source for the old ones, keys too."""
    shape = parts("{name: t, exclude: [c], rename: {id: key, a: amount}}")[0].shape()
    assert shape.names == ("id", "at", "a", "b")
    assert shape.sink_names == ("key", "at", "amount", "b")


def test_masked_values_are_compared_as_they_are_masked() -> None:
    """A hash is made of the source's value with the key; a null is expected as one."""
    rows = parts("{name: t, exclude: [c], mask: {a: hmac, b: }}")[0]
    data = b"\0\0\0\7"
    readers = dict(zip(names(rows), rows.readers(), strict=True))
    assert readers["a"](data) == hmac_text("secret", "int", data)
    assert readers["a"](None) is None
    assert readers["b"](b"anything") is None
    types = dict(zip(names(rows), map(str, rows.shape().types), strict=True))
    assert types["a"] == "text"


def test_without_the_key_a_hash_is_left_out() -> None:
    """A column that can't be hashed here is not compared; one that is null is."""
    assert names(parts("{name: t, exclude: [c], mask: {a: hmac, b: }}", None)[0]) == [
        "id",
        "at",
        "b",
    ]


def test_the_official_connector_has_no_statics() -> None:
    """Where the connector carries none, none are compared."""
    of = spec("{name: t, exclude: [c]}").model_copy()
    official = parse_spec(
        "pipeline: p\nsource: {keyspace: ks, connector: scylladb}\nsink: {schema: s}\n"
        "tables: [{name: t, exclude: [c]}]"
    )
    assert len(list(parts_of(of, of.tables[0], SCHEMA, None))) == 2
    (part,) = parts_of(official, official.tables[0], SCHEMA, None)
    assert part.shape().key_types["uuid"] == "text" and "inet" not in part.shape().key_types
