"""How rows are written in the place of a connector, read off its schemas and records."""

import json
import struct
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from messina.kafka import AvroEncoder, default_partition
from messina.reconciler.repair.form import (
    Carried,
    Form,
    FormUnknown,
    Sample,
    ValueUnknown,
    misplaced,
)
from messina.reconciler.repair.writing import Seen, Write, last_offsets, overtaken
from messina.types import from_json

_TIMESTAMP = {"type": "long", "connect.name": "org.apache.kafka.connect.data.Timestamp"}
_COLUMNS = [
    Carried("id", "int"),
    Carried("u", "uuid"),
    Carried("d", "decimal"),
    Carried("at", "timestamp"),
    Carried("f", "double"),
]
_TYPES: dict[str, Any] = {
    "id": "int",
    "u": "string",
    "d": "string",
    "at": _TIMESTAMP,
    "f": "double",
}


def _struct(types: dict[str, Any]) -> dict[str, Any]:
    fields = [{"name": n, "type": ["null", t], "default": None} for n, t in types.items()]
    return {"type": "record", "name": "R", "namespace": "p.k.t", "fields": fields}


def _form(columns: list[Carried] = _COLUMNS, types: dict[str, Any] = _TYPES) -> Form:
    key, value = _struct({"id": "int"}), {"type": ["null", _struct(types)]}
    return Form(_COLUMNS[:1], columns, (3, key), (4, value))


def _cells(**values: str) -> list[bytes | None]:
    return [
        from_json(each.cql_type, values[each.name]) if each.name in values else None
        for each in _COLUMNS
    ]


def test_a_row_is_written_with_the_newest_schemas() -> None:
    """Key and value carry their ids; nulls, signs of zero and texts are as the source has them."""
    form = _form()
    assert form.ids == (3, 4)
    assert form.key([struct.pack(">i", 7)]) == AvroEncoder(3, _struct({"id": "int"})).encode(
        {"id": 7}
    )
    uuid = "0e3f7c1e-0000-4000-8000-00000000abcd"
    data = form.value(
        _cells(id="7", u=f'"{uuid}"', d='"1.50"', at='"2026-11-23T06:00:00.123Z"', f='"-0.0"')
    )
    row = AvroEncoder(4, {"type": ["null", _struct(_TYPES)]}).decode(data)
    assert (row["id"], row["u"], row["d"], row["at"]) == (7, uuid, "1.50", 1795413600123)
    assert str(row["f"]) == "-0.0"
    form.check_value(data)
    form.check_value(form.value(_cells(id="7")))


@pytest.mark.parametrize("number", ["1E+3", "1E-7", "0E+1", "0E-7"])
def test_a_decimal_whose_text_java_has_twice_is_not_written(number: str) -> None:
    """With an exponent or without: which of them the connector takes no schema says."""
    with pytest.raises(ValueUnknown, match="d: "):
        _form().value(_cells(id="1", d=f'"{Decimal(number)}"'))


def test_bytes_that_are_no_value_are_not_written() -> None:
    """They are the source's, and no record can hold them; a key is never null."""
    cells = _cells(id="1")
    cells[1] = b"short"
    with pytest.raises(ValueUnknown, match="u: its bytes are no uuid"):
        _form().value(cells)
    with pytest.raises(ValueUnknown, match="id: it is null"):
        _form().key([b""])


@pytest.mark.parametrize(
    ("columns", "types", "reason"),
    [
        ([*_COLUMNS, Carried("new", "int")], _TYPES, "lacks new"),
        (_COLUMNS, {**_TYPES, "old": "int"}, "has old, which the table does not have"),
        (_COLUMNS, {**_TYPES, "id": "long"}, "has id as"),
        (_COLUMNS, {**_TYPES, "at": "long"}, "has at as"),
        (_COLUMNS, {**_TYPES, "u": {"type": "string", "connect.name": "x.Uuid"}}, "has u as"),
        ([*_COLUMNS, Carried("l", "list<int>")], {**_TYPES, "l": "int"}, "l is a list<int>"),
        ([*_COLUMNS, Carried("t", "time")], {**_TYPES, "t": "long"}, "t is a time"),
        ([*_COLUMNS, Carried("i", "inet")], {**_TYPES, "i": "string"}, "i is a inet"),
    ],
)
def test_columns_that_cannot_be_filled_exactly_are_refused(
    columns: list[Carried], types: dict[str, Any], reason: str
) -> None:
    """One that is missing, too many, of another type, or of one that can be written in two ways."""
    with pytest.raises(FormUnknown, match=reason):
        _form(columns, types)


def test_a_record_that_would_be_written_otherwise_is_refused() -> None:
    """The values of records that are there show whether texts are of the one form known here."""
    encoder = AvroEncoder(4, {"type": ["null", _struct(_TYPES)]})
    row = dict.fromkeys(_TYPES)
    _form().check_value(encoder.encode(row))
    for uuid in ("0E3F7C1E-0000-4000-8000-00000000ABCD", "{0e3f7c1e-0000-4000-8000-00000000abcd}"):
        with pytest.raises(FormUnknown, match="u .uuid. in a form"):
            _form().check_value(encoder.encode({**row, "u": uuid}))


RECORDED: dict[str, Any] = {
    each["type"]: each
    for each in json.loads(Path(__file__).with_name("official_records.json").read_text())["types"]
}
_UNTOLD = ("inet", "time")
_TWICE = {
    ("decimal", '"1E-7"'): "an exponent",
    ("decimal", '"1E+3"'): "an exponent",
    ("date", '"1500-01-01"'): "shifts dates",
}
"""Values of which the connector has another form than its records can show, or another value."""


@pytest.mark.parametrize("cql_type", [name for name in RECORDED if name not in _UNTOLD])
def test_keys_and_rows_are_written_as_the_official_connector_writes_them(cql_type: str) -> None:
    """Byte for byte, for each type, in the key and in the row; else the row is not written."""
    of = RECORDED[cql_type]
    key, value = Carried("k", cql_type), Carried("v", cql_type)
    form = Form([key], [key, value], (3, of["key"]), (4, {"type": of["value"]}))
    for text, key_hex, row_hex in of["rows"]:
        cell = from_json(cql_type, text)
        in_key = struct.pack(">bI", 0, 3) + bytes.fromhex(key_hex)
        in_row = struct.pack(">bI", 0, 4) + bytes.fromhex(row_hex)
        form.check_key(in_key)
        form.check_value(in_row)
        if (cql_type, text) in _TWICE:
            with pytest.raises(ValueUnknown, match=f"k: .*{_TWICE[cql_type, text]}"):
                form.key([cell])
        else:
            assert form.key([cell]) == in_key
            assert form.value([cell, cell]) == in_row


@pytest.mark.parametrize("cql_type", _UNTOLD)
def test_types_with_two_forms_are_refused_in_keys(cql_type: str) -> None:
    """Of an inet the connector writes one text for two values; a time can't be compared there."""
    of, key = RECORDED[cql_type], Carried("k", cql_type)
    with pytest.raises(FormUnknown, match=f"k is a {cql_type}"):
        Form([key], [key], (3, of["key"]), (4, of["value"]))


def test_records_lie_where_the_default_partitioner_puts_them() -> None:
    """The first that does not is told."""
    good = [Sample(default_partition(bytes([n]), 4), n, 0, bytes([n]), b"") for n in range(20)]
    assert misplaced(good, 4) is None
    bad = Sample((good[3].partition + 1) % 4, 3, 0, good[3].key, b"")
    assert misplaced([*good, bad], 4) is bad


def test_only_others_events_of_the_key_before_ours_are_in_its_way() -> None:
    """Not our own, not other keys, not what comes behind, not what was there before the read."""
    writes = [Write(b"a", b"1", 0), Write(b"b", b"2", 0), Write(b"a", None, 1)]
    offsets = [12, 13, 7]
    since = {0: 10, 1: 5}

    def behind(*seen: Seen) -> frozenset[int]:
        own = [Seen(0, 12, b"a"), Seen(0, 13, b"b"), Seen(1, 7, b"a")]
        return overtaken(writes, offsets, since, [*seen, *own])

    assert behind() == frozenset()
    assert behind(Seen(0, 10, b"a")) == {0}
    assert behind(Seen(0, 9, b"a"), Seen(0, 14, b"b"), Seen(0, 11, b"c")) == frozenset()
    assert behind(Seen(1, 6, b"a"), Seen(0, 11, b"b"), Seen(0, 11, None)) == {1, 2}
    assert last_offsets(writes, offsets) == {0: 13, 1: 7}
