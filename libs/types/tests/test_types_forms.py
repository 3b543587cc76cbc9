"""Columns in one form: equal bytes exactly where canonical values are equal, on both sides."""

import json
import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_interface
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Jsonb
from psycopg.types.numeric import Float4, Float8, Int2, Int4, Int8

from messina.types import (
    UserTypes,
    canonical_sink,
    canonical_wire,
    form,
    is_odd,
    sink_binary_reader,
)

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "vectors.json").read_text(encoding="utf-8")
)
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
TYPES = UserTypes.of(
    {name: list(map(tuple, fields)) for name, fields in DOCUMENT["user_types"].items()}
)
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
MILLISECOND = timedelta(milliseconds=1)
WRAPPED: dict[str, Callable[[Any], object]] = {
    "smallint": Int2,
    "integer": Int4,
    "bigint": Int8,
    "real": Float4,
    "double precision": Float8,
}


def sent(postgres: str, value: object) -> bytes:
    """A value as Postgres sends it in binary form: as psycopg sends it there."""
    wrapper = WRAPPED.get(postgres)
    wrapped = value if wrapper is None else wrapper(value)
    data = Transformer().get_dumper(wrapped, PyFormat.BINARY).dump(wrapped)
    assert data is not None
    return bytes(data)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
def test_a_vector_has_one_form(vector: dict[str, Any]) -> None:
    """The form of CQL's bytes is that of the canonical value of Postgres' text, and back."""
    kind = form(vector["cql_type"], TYPES)
    (source,) = kind.source([bytes.fromhex(vector["bytes"])])
    canonical = canonical_sink(vector["cql_type"], vector["postgres"], TYPES)
    assert source == kind.of(canonical)
    if kind.wire:  # only a key's is ever asked for
        assert kind.canonical(source) == canonical
    if kind.wire and vector["cql_type"] != "varint":
        assert source == (
            bytes.fromhex(vector["bytes"]) or (b"" if canonical is not None else None)
        )


def test_nulls_stay_where_they_are() -> None:
    """A column with nulls, in any place and of any type, has them in the same places."""
    for vector in VECTORS:
        kind = form(vector["cql_type"], TYPES)
        data = bytes.fromhex(vector["bytes"])
        (alone,) = kind.source([data])
        assert list(kind.source([None, data, None, None, data])) == [None, alone, None, None, alone]
        assert list(kind.source([])) == []
        assert list(kind.sink([None, None])) == [None, None]


def few_digits(value: Decimal) -> bool:
    return abs(value.adjusted()) < 1_000


DAYS = st.dates() | st.sampled_from([date(1970, 1, 1), date(2000, 1, 1)])
MOMENTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
WIRE: dict[str, tuple[str, st.SearchStrategy[Any], Callable[[Any], bytes]]] = {
    "tinyint": ("smallint", st.integers(-128, 127), lambda v: v.to_bytes(1, "big", signed=True)),
    "smallint": (
        "smallint",
        st.integers(-(2**15), 2**15 - 1),
        lambda v: v.to_bytes(2, "big", signed=True),
    ),
    "int": ("integer", st.integers(-(2**31), 2**31 - 1), lambda v: struct.pack(">i", v)),
    "bigint": ("bigint", st.integers(-(2**63), 2**63 - 1), lambda v: struct.pack(">q", v)),
    "text": ("text", st.text(), str.encode),
    "ascii": ("text", st.text(st.characters(max_codepoint=127)), str.encode),
    "blob": ("bytea", st.binary(), bytes),
    "boolean": ("boolean", st.booleans(), lambda v: bytes([v])),
    "uuid": ("uuid", st.uuids(), lambda v: v.bytes),
    "double": ("double precision", st.floats(), lambda v: struct.pack(">d", v)),
    "float": ("real", st.floats(width=32), lambda v: struct.pack(">f", v)),
    "date": (
        "date",
        DAYS,
        lambda v: struct.pack(">I", v.toordinal() - 719_163 + 2**31),
    ),
    "timestamp": (
        "timestamp with time zone",
        MOMENTS.map(lambda v: v.replace(microsecond=v.microsecond // 1000 * 1000)),
        lambda v: struct.pack(">q", (v - datetime(1970, 1, 1, tzinfo=UTC)) // MILLISECOND),
    ),
    "time": (
        "time without time zone",
        st.times(),
        lambda v: struct.pack(
            ">q", ((v.hour * 60 + v.minute) * 60 + v.second) * 10**9 + v.microsecond * 1_000 + 999
        ),
    ),
    "inet": ("inet", st.ip_addresses(), lambda v: v.packed),
    "decimal": (
        "numeric",
        st.decimals(allow_nan=False, allow_infinity=False).filter(few_digits),
        lambda v: decimal_wire(v),
    ),
    "varint": (
        "numeric",
        st.integers(-(10**40), 10**40),
        lambda v: v.to_bytes(v.bit_length() // 8 + 1, "big", signed=True),
    ),
}


def decimal_wire(value: Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    number = int("".join(map(str, digits))) * (-1 if sign else 1)
    size = number.bit_length() // 8 + 1
    return struct.pack(">i", -exponent) + number.to_bytes(size, "big", signed=True)


def driver_value(cql_type: str, value: object) -> object:
    return Decimal(value) if cql_type == "varint" and isinstance(value, int) else value


@PATIENT
@given(st.data())
@pytest.mark.parametrize("cql_type", sorted(WIRE))
def test_both_sides_have_equal_forms_where_canonical_values_are_equal(
    cql_type: str, data: st.DataObject
) -> None:
    """Old and new agree: for any two columns, form by form, equal is what canonical values say."""
    postgres, values, wire = WIRE[cql_type]
    left = data.draw(st.lists(st.none() | values, max_size=6))
    right = [data.draw(st.just(value) | st.none() | values) for value in left]
    kind, read = form(cql_type), sink_binary_reader(cql_type)
    one = [None if value is None else wire(value) for value in left]
    other = [None if v is None else sent(postgres, driver_value(cql_type, v)) for v in right]
    forms = list(zip(kind.source(one), kind.sink(other), strict=True))
    old = [
        canonical_wire(cql_type, a) == canonical_sink(cql_type, driver_value(cql_type, b))
        for a, b in zip(one, right, strict=True)
    ]
    assert [a == b for a, b in forms] == old
    for cell, value in zip(other, right, strict=True):
        assert read(cell) == canonical_sink(cql_type, driver_value(cql_type, value))


@pytest.mark.parametrize(
    ("cql_type", "cell"),
    [
        ("timestamp", struct.pack(">q", 2**63 - 1)),
        ("timestamp", struct.pack(">q", -(2**63))),
        ("timestamp", struct.pack(">q", 1)),
        ("date", struct.pack(">i", 2**31 - 1)),
        ("date", struct.pack(">i", -(2**31))),
        ("tinyint", struct.pack(">h", 300)),
        ("inet", sent("inet", ip_interface("10.0.0.0/8"))),
        ("inet", sent("inet", ip_interface("fe80::/10"))),
        ("varint", sent("numeric", Decimal("1.5"))),
        ("varint", sent("numeric", Decimal("NaN"))),
    ],
)
def test_what_the_source_can_not_have_is_equal_to_nothing(cql_type: str, cell: bytes) -> None:
    """Infinities, microseconds, networks, fractions: odd forms, which say again what they were."""
    kind = form(cql_type)
    good = sent(
        *{
            "timestamp": ("", datetime(2013, 1, 1, tzinfo=UTC)),
            "date": ("", date(2013, 1, 1)),
            "tinyint": ("smallint", 7),
            "inet": ("", ip_interface("::1")),
            "varint": ("", Decimal(7)),
        }[cql_type]
    )
    first, none, odd = kind.sink([good, None, cell])
    assert first is not None and odd is not None and none is None
    assert is_odd(odd) and not is_odd(first)
    assert kind.canonical(odd) == sink_binary_reader(cql_type)(cell)
    assert kind.canonical(first) == sink_binary_reader(cql_type)(good)
    assert list(kind.source([first])) == [first]


@pytest.mark.parametrize("cql_type", ["float", "double"])
def test_zeros_and_nans_are_one(cql_type: str) -> None:
    """-0.0 is 0.0, and every NaN is one, on both sides."""
    letter = cql_type[0]
    kind = form(cql_type)
    size = struct.calcsize(f">{letter}")
    zeros = [struct.pack(f">{letter}", value) for value in (0.0, -0.0)]
    nans = [struct.pack(f">{letter}", math.nan), b"\xff" * size]
    assert len(set(kind.source(zeros))) == len(set(kind.sink([*zeros, zeros[0]]))) == 1
    assert len({*kind.source(nans), *kind.sink(nans)}) == 1
    assert kind.of("NaN") == kind.source(nans)[0]


def test_jsonb_s_order_and_spaces_are_no_difference() -> None:
    """jsonb's own order of members is not CQL's; a value that is no value of the type differs."""
    kind = form("map<text, int>")
    one = b"".join(
        [struct.pack(">i", 2)]
        + [struct.pack(">i", len(part)) + part for part in (b"aa", b"\0\0\0\1", b"b", b"\0\0\0\2")]
    )
    left = kind.source([one, one, one])
    right = kind.sink([b"\x01" + text for text in (b'{"b": 2, "aa": 1}', b'{"b": 2}', b"[1]")])
    assert [a == b for a, b in zip(left, right, strict=True)] == [True, False, False]
    assert sent("jsonb", Jsonb({"b": 2}))[:1] == b"\x01"


def test_a_duration_is_its_parts() -> None:
    """A duration's text and its bytes are one, whatever units the text has."""
    vector = next(v for v in VECTORS if v["cql_type"] == "duration" and v["postgres"] != "0ns")
    kind = form("duration")
    data = bytes.fromhex(vector["bytes"])
    assert kind.source([data]) == kind.sink([vector["postgres"].encode()])
    assert kind.sink([b"soon"]) != kind.source([data])


def test_the_empty_value_of_a_type_without_one_is_null() -> None:
    """No bytes are null for numbers, and a value for texts and blobs."""
    assert list(form("int").source([b"", b"\0\0\0\1"])) == [None, b"\0\0\0\1"]
    assert list(form("text").source([b""])) == list(form("blob").source([b""])) == [b""]
    assert list(form("double").source([b"", struct.pack(">d", 1.0)])) == [None, b"?\xf0" + bytes(6)]


def test_a_uuid_and_a_time_read_as_before() -> None:
    """What is read of Postgres' bytes is what is read of its text."""
    some = UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479")
    assert sink_binary_reader("uuid")(some.bytes) == canonical_sink("uuid", str(some))
    assert sink_binary_reader("time")(sent("time", time(1, 2, 3))) == canonical_sink(
        "time", "01:02:03"
    )
