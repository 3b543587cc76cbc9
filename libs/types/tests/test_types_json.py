"""Canonical JSON: of any type, however nested, a value written and read is the same value."""

import json
import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.types import (
    CqlType,
    UnsupportedType,
    UserTypes,
    ValueMismatch,
    canonical_bytes,
    canonical_sink,
    canonical_wire,
    from_json,
    jsontext,
    key_json,
    key_of_json,
    key_problem,
    parse_type,
    postgres_type,
    sink_text,
    to_json,
    unsupported,
    vints,
)
from messina.types.codec import encoded
from messina.types.cql import SCALARS
from messina.types.registry import codec

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

Values = Callable[[CqlType, UserTypes], st.SearchStrategy[Any]]


def whole(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def scaled(unscaled: int, scale: int) -> Decimal:
    return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


TEXT = st.text(
    st.characters(blacklist_categories=["Cs"]) | st.sampled_from('\x00\x01"\\/\n\u2028\U0001f6eb')
)
EXACT: dict[str, st.SearchStrategy[Any]] = {
    "ascii": st.text(st.characters(max_codepoint=127)),
    "text": TEXT,
    "tinyint": whole(8),
    "smallint": whole(16),
    "int": whole(32),
    "bigint": whole(64),
    "varint": st.integers(),
    "float": st.floats(width=32),
    "double": st.floats(),
    "boolean": st.booleans(),
    "blob": st.binary(),
    "decimal": st.builds(scaled, st.integers(-(10**40), 10**40), whole(32)),
    "uuid": st.uuids(),
    "timeuuid": st.uuids(version=1),
    "timestamp": whole(64),
    "date": whole(32),
    "time": st.integers(0, 86_400 * 10**9 - 1),
    "inet": st.ip_addresses().map(lambda a: codec("inet").decode(a.packed)),
    "duration": st.builds(
        lambda sign, *parts: tuple(sign * part for part in parts),
        st.sampled_from([1, -1]),
        *[st.integers(0, 2**31 - 1)] * 2,
        st.integers(0, 2**63 - 1),
    ),
}


def values(cql_type: CqlType, user_types: UserTypes) -> st.SearchStrategy[Any]:
    """Exact values of a type, as its codec decodes them."""
    inner = [values(argument, user_types) for argument in cql_type.arguments]
    if cql_type.kind == "scalar":
        return EXACT[cql_type.name]
    if cql_type.kind == "map":
        pairs = st.lists(st.tuples(*inner), max_size=3, unique_by=lambda pair: repr(pair[0]))
        if cql_type.arguments[0].name in ("text", "ascii"):
            return pairs.map(lambda each: tuple(sorted(each, key=lambda pair: pair[0].encode())))
        return pairs.map(tuple)
    if cql_type.kind == "tuple":
        return st.tuples(*(st.none() | part for part in inner))
    if cql_type.kind == "udt":
        fields = user_types.fields[cql_type.name]
        return st.tuples(*(st.none() | values(part, user_types) for _, part in fields))
    if cql_type.kind == "vector":
        return st.tuples(*inner * (cql_type.dimension or 0))
    return st.lists(inner[0], max_size=3).map(tuple)


@st.composite
def types(draw: st.DrawFn, user_types: dict[str, Any], depth: int = 3) -> CqlType:
    """A type; user types that it needs are put into the dictionary."""
    kinds = ["list", "set", "map", "tuple", "vector", "udt"] if depth else []
    kind = draw(st.sampled_from([*kinds, "scalar", "scalar"]))
    frozen = draw(st.booleans())
    if kind == "scalar":
        return CqlType(draw(st.sampled_from(sorted(SCALARS - {"counter"}))))
    count = {"map": 2, "tuple": 3, "udt": 2}.get(kind, 1)
    inner = tuple(draw(types(user_types, depth - 1)) for _ in range(count))
    if kind == "udt":
        name = f"Type {len(user_types)}"
        user_types[name] = tuple((f'f"{i}', each) for i, each in enumerate(inner))
        return CqlType(name, "udt", (), frozen)
    dimension = draw(st.integers(1, 3)) if kind == "vector" else None
    return CqlType(kind, kind, inner, frozen, dimension)  # type: ignore[arg-type]


def same(one: Any, other: Any) -> bool:
    """Equal, with NaN equal to itself and zeros told apart."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


@PATIENT
@given(st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    """Bytes to JSON to bytes is the identity for random values of random nested types."""
    fields: dict[str, Any] = {}
    cql_type = data.draw(types(fields))
    user_types = UserTypes(fields)
    value = data.draw(values(cql_type, user_types))
    road = codec(cql_type, user_types)
    wire = encoded(road, value)
    assert wire is not None
    assert same(road.decode(wire), value) or not wire
    text = to_json(cql_type, wire, user_types)
    assert json.loads(text, parse_int=str, parse_float=str) is not None or text == "null"
    again = from_json(cql_type, text, user_types)
    assert again == wire or "NaN" in text  # of which there are many, and one text
    assert to_json(cql_type, again, user_types) == text


@PATIENT
@given(st.data())
def test_order_and_spaces_of_jsonb_make_no_difference(data: st.DataObject) -> None:
    """However Postgres lays out an object and its numbers, the value is the source's."""
    fields: dict[str, Any] = {}
    cql_type = data.draw(types(fields).filter(lambda each: not each.scalar))
    user_types = UserTypes(fields)
    wire = codec(cql_type, user_types).encode(data.draw(values(cql_type, user_types)))
    text = to_json(cql_type, wire, user_types)
    assert canonical_sink(cql_type, normalised(text), user_types) == text
    assert canonical_wire(cql_type, wire, user_types) == text


def normalised(text: str) -> str:
    """As jsonb's output: members by length and bytes, spaces, numbers without an exponent."""

    def out(value: Any) -> str:
        if isinstance(value, jsontext.Number):
            return format(Decimal(value), "f")
        if isinstance(value, list):
            return f"[{', '.join(map(out, value))}]"
        if isinstance(value, dict):
            ordered = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
            return "{" + ", ".join(f"{json.dumps(n)}: {out(value[n])}" for n in ordered) + "}"
        return json.dumps(value, ensure_ascii=False)

    return out(jsontext.parse(text))


@pytest.mark.parametrize(
    ("cql_type", "one", "other"),
    [
        ("list<int>", "[1, 2]", "[2, 1]"),
        ("list<int>", "[]", None),
        ("set<int>", "[1]", "[1, 1]"),
        ("list<decimal>", '["1.0"]', '["1.00"]'),
        ("list<time>", '["00:00:00.000000001"]', '["00:00:00.000000002"]'),
        ("list<double>", '["-0.0"]', "[0]"),
        ("tuple<int, int>", "[1, null]", "[null, 1]"),
        ("map<text, int>", '{"a": 1}', '{"a": null}'),
        ("map<int, int>", "[[1, 1]]", "[[1, 2]]"),
        ("list<text>", '["é"]', '["e\u0301"]'),
        ("list<int>", "null", None),
    ],
)
def test_other_values_differ(cql_type: str, one: str, other: str | None) -> None:
    """Order in a list, a scale, a nanosecond, a sign of zero, null in a place: differences."""
    assert canonical_sink(cql_type, one) != canonical_sink(cql_type, other)


def test_a_field_that_was_added_later_is_null() -> None:
    """Rows from before an ALTER TYPE … ADD are equal without being written again."""
    before = UserTypes.of({"t": [("a", "int")]})
    after = UserTypes.of({"t": [("a", "int"), ("b", "text")]})
    wire = from_json("t", '{"a":1}', before)
    assert canonical_wire("t", wire, after) == canonical_sink("t", '{"a": 1}', after)
    assert canonical_sink("t", '{"a": 1, "b": null}', after) == canonical_wire("t", wire, after)
    with pytest.raises(ValueMismatch, match="an object where an object of the type's fields"):
        canonical_sink("t", '{"a": 1, "c": 2}', after)


@pytest.mark.parametrize("text", ["", "{", "[1", "NaN", '{"a":1,"a":1}', "[1] 2", "[" * 100_000])
def test_what_is_no_json_is_a_mismatch(text: str) -> None:
    """Never another error, whatever stands in the sink."""
    with pytest.raises(ValueMismatch, match="not JSON"):
        canonical_sink("list<int>", text)


def test_nul_in_a_text_is_none_that_postgres_holds() -> None:
    """U+0000 is refused by jsonb as by text; a backslash before the letters u0000 is not it."""
    nul = to_json("list<text>", from_json("list<text>", '["a\\u0000"]'))
    with pytest.raises(ValueMismatch, match="no NUL"):
        sink_text("list<text>", nul)
    assert sink_text("list<text>", '["\\\\u0000"]') == '["\\\\u0000"]'
    with pytest.raises(ValueMismatch, match="no NUL"):
        sink_text("list<text>", '["\\\\\\u0000"]')


@PATIENT
@given(st.integers(0, 2**64 - 1))
def test_numbers_of_variable_length_survive(number: int) -> None:
    """Of all sizes, in the fewest bytes."""
    data = vints.to_unsigned(number)
    assert vints.unsigned(data + b"rest") == (number, b"rest")
    assert len(data) == min(max(1, math.ceil(number.bit_length() / 7)), 9)


@PATIENT
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_is_the_nearest_of_its_text(value: float) -> None:
    """A text is rounded once, to 32 bits: by way of 64 it could become the neighbour."""
    (bits,) = struct.unpack(">i", struct.pack(">f", value))
    neighbour = struct.unpack(">f", struct.pack(">i", bits + 1))[0]
    if math.isfinite(neighbour):
        middle = (Decimal(value) + Decimal(neighbour)) / 2
        step = abs(Decimal(neighbour) - Decimal(value)) / 2**60
        lower, upper = sorted((value, neighbour))
        assert jsontext.nearest_single(str(middle - step)) == lower
        assert jsontext.nearest_single(str(middle + step)) == upper


KEYS = [
    (name, CqlType(name))
    for name in sorted(SCALARS - {"counter"})
    if key_problem(CqlType(name)) is None
]


@PATIENT
@given(st.data())
def test_a_key_of_the_sink_is_one_of_the_source(data: st.DataObject) -> None:
    """A key as it was compared becomes the JSON that a signal needs, by way of its bytes."""
    exact = [data.draw(EXACT[name]) for name, _ in KEYS]
    parts = [codec(t).encode(value) for (_, t), value in zip(KEYS, exact, strict=True)]
    canonical = [canonical_wire(t, part) for (_, t), part in zip(KEYS, parts, strict=True)]
    again = [canonical_bytes(t, value) for (_, t), value in zip(KEYS, canonical, strict=True)]
    assert again == parts
    assert key_of_json(KEYS, key_json(KEYS, parts)) == tuple(parts)


@pytest.mark.parametrize(
    "text", ["[]", "{}", "7", '{"b": 1}', '{"a": 1, "c": 2}', '{"a": null}', '{"a": "x"}', "{"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    """Another column, a gap between the columns, null, or a value of another type."""
    with pytest.raises(ValueMismatch):
        key_of_json([("a", parse_type("int")), ("b", parse_type("int"))], text)


@pytest.mark.parametrize(
    ("cql_type", "reason"),
    [
        ("list<frozen<address>>", "the keyspace has no type address"),
        ("map<int, 'x.Y'>", "custom type"),
        ("tuple<counter>", "counters"),
        ("frozen<odd>", "custom type"),
    ],
)
def test_what_is_inside_counts_too(cql_type: str, reason: str) -> None:
    """A type that can't be carried can't be carried as a part of another."""
    user_types = UserTypes.of({"odd": [("x", "'x.Y'")]})
    assert reason in (unsupported(cql_type, user_types) or "")
    with pytest.raises(UnsupportedType, match=reason):
        codec(cql_type, user_types)


def test_user_types_need_no_definition_to_have_a_place() -> None:
    """What a column becomes is known by its name alone; its values are not."""
    assert unsupported("frozen<address>") is None
    assert postgres_type("frozen<address>") == "jsonb"
    assert key_problem("frozen<address>")


def test_a_uuid_has_one_spelling() -> None:
    """Capitals are read, short spellings are not."""
    value = UUID("f47ac10b-58cc-4372-a567-0e02b2c3d479")
    assert from_json("uuid", f'"{str(value).upper()}"') == value.bytes
