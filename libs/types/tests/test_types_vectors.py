"""vectors.json holds: bytes, JSON, Connect and Postgres values are one value, on every road."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cassandra import cqltypes
from cassandra.util import Date, Time

from messina.types import (
    UserTypes,
    ValueMismatch,
    canonical_sink,
    canonical_source,
    canonical_wire,
    connect_schema,
    digest,
    from_json,
    key_json,
    key_of_event,
    key_of_json,
    key_problem,
    parse_type,
    postgres_type,
    show,
    sink_text,
    to_json,
)
from messina.types.cql import SCALARS

FILE = Path(__file__).parent.parent / "vectors.json"
DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
TYPES = UserTypes.of(
    {name: list(map(tuple, fields)) for name, fields in DOCUMENT["user_types"].items()}
)
EACH = pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])
SCALAR = pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS if vector["cql_type"] in SCALARS],
    ids=[vector["id"] for vector in VECTORS if vector["cql_type"] in SCALARS],
)

DRIVER: dict[str, Any] = {
    "ascii": cqltypes.AsciiType,
    "text": cqltypes.UTF8Type,
    "tinyint": cqltypes.ByteType,
    "smallint": cqltypes.ShortType,
    "int": cqltypes.Int32Type,
    "bigint": cqltypes.LongType,
    "float": cqltypes.FloatType,
    "double": cqltypes.DoubleType,
    "boolean": cqltypes.BooleanType,
    "blob": cqltypes.BytesType,
    "decimal": cqltypes.DecimalType,
    "varint": cqltypes.IntegerType,
    "uuid": cqltypes.UUIDType,
    "timeuuid": cqltypes.TimeUUIDType,
    "timestamp": cqltypes.DateType,
    "date": cqltypes.SimpleDateType,
    "time": cqltypes.TimeType,
    "inet": cqltypes.InetAddressType,
    "duration": cqltypes.DurationType,
}


def wire(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["bytes"])


def from_connect(vector: dict[str, Any]) -> object:
    """The value in Kafka Connect as the driver would have given it."""
    value, name = vector["connect_value"], vector["connect"]["name"]
    if name == "io.debezium.data.VariableScaleDecimal":
        unscaled = int.from_bytes(bytes.fromhex(value["value"]), "big", signed=True)
        size = (unscaled if unscaled >= 0 else ~unscaled).bit_length() // 8 + 1
        data = unscaled.to_bytes(size, "big", signed=True)
        scale = value["scale"].to_bytes(4, "big", signed=True)
        return canonical_wire("decimal", scale + data)
    if vector["connect"]["type"] == "BYTES":
        return bytes.fromhex(value)
    if vector["connect"]["type"].startswith("FLOAT"):
        return float(value)
    if name == "io.debezium.data.Uuid":
        return UUID(value)
    if name == "io.debezium.time.Date":
        return Date(value)
    if name == "io.debezium.time.NanoTime":
        return Time(value)
    if name == "io.debezium.time.ZonedTimestamp":
        # Only the digits of a second that it needs; JSON always has three.
        clock, _, fraction = value.removesuffix("Z").rpartition(".")
        text = f"{clock}.{fraction:0<3}Z" if clock else f"{fraction}.000Z"
        return from_json("timestamp", f'"{text}"')
    if vector["cql_type"] == "duration":
        return canonical_wire("duration", from_json("duration", f'"{value}"'))
    return value


@EACH
def test_source_and_sink_are_one_value(vector: dict[str, Any]) -> None:
    """What CQL's bytes mean equals what Postgres says of it."""
    source = canonical_wire(vector["cql_type"], wire(vector), TYPES)
    sink = canonical_sink(vector["cql_type"], vector["postgres"], TYPES)
    assert source == sink
    assert type(source) is type(sink)
    assert digest([source]) == digest([sink])


@SCALAR
def test_what_the_driver_reads_is_the_same(vector: dict[str, Any]) -> None:
    """A scalar as scylla-driver gives it equals its bytes, where the driver can read them."""
    try:
        value = DRIVER[vector["cql_type"]].deserialize(wire(vector), 4)
    except (OverflowError, ValueError):  # beyond Python's years, or its digits of a number
        assert vector["cql_type"] in ("timestamp", "decimal")
        return
    expected = canonical_wire(vector["cql_type"], wire(vector))
    assert canonical_source(vector["cql_type"], value) == expected


@SCALAR
def test_the_value_between_them_is_the_same(vector: dict[str, Any]) -> None:
    """What is in Kafka equals what is on both sides."""
    between = canonical_source(vector["cql_type"], from_connect(vector))
    assert between == canonical_sink(vector["cql_type"], vector["postgres"])


@EACH
def test_the_types_are_those_of_the_vector(vector: dict[str, Any]) -> None:
    """The tables of types and the vectors say the same."""
    actual = connect_schema(vector["cql_type"])
    assert {
        "type": actual.type,
        "name": actual.name,
        "parameters": dict(actual.parameters),
    } == vector["connect"]
    assert postgres_type(vector["cql_type"]) == vector["postgres_type"]


@EACH
def test_bytes_are_written_as_json_and_read_again(vector: dict[str, Any]) -> None:
    """JSON to the letter, and the same bytes out of it; only a missing last part becomes null."""
    cql_type = vector["cql_type"]
    assert to_json(cql_type, wire(vector), TYPES) == vector["json"]
    again = from_json(cql_type, vector["json"], TYPES)
    assert again == wire(vector) or vector["id"] == "tuple-short"
    assert to_json(cql_type, again, TYPES) == vector["json"]


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS if vector["postgres_type"] == "jsonb"],
    ids=[vector["id"] for vector in VECTORS if vector["postgres_type"] == "jsonb"],
)
def test_parts_travel_as_their_json(vector: dict[str, Any]) -> None:
    """Of a type with parts, canonical JSON is what Kafka holds and what people are shown."""
    assert vector["connect_value"] == vector["json"]
    canonical = canonical_sink(vector["cql_type"], vector["postgres"], TYPES)
    assert show(vector["cql_type"], canonical) == vector["json"]
    assert sink_text(vector["cql_type"], canonical) == vector["json"]


@EACH
def test_dates_and_times_show_as_postgres_writes_them(vector: dict[str, Any]) -> None:
    """A person sees the same text in a report and in psql."""
    cql_type = vector["cql_type"]
    if cql_type in ("date", "time", "timestamp", "duration", "boolean", "uuid", "bigint"):
        shown = show(cql_type, canonical_sink(cql_type, vector["postgres"]))
        if cql_type != "duration" or shown == vector["connect_value"]:
            assert shown == vector["postgres"]


@pytest.mark.parametrize("vector", DOCUMENT["wire"], ids=[each["id"] for each in DOCUMENT["wire"]])
def test_what_no_literal_makes_is_written(vector: dict[str, Any]) -> None:
    """CQL's "empty" values, fields never written, maps out of order: JSON to the letter."""
    assert to_json(vector["cql_type"], wire(vector), TYPES) == vector["json"]
    if vector["json"] == "null":
        assert canonical_wire(vector["cql_type"], wire(vector), TYPES) is None


@pytest.mark.parametrize("vector", DOCUMENT["unreadable"], ids=str)
def test_what_is_no_value_is_refused(vector: dict[str, Any]) -> None:
    """Bytes that are no value of a type are a mismatch that names the type."""
    with pytest.raises(ValueMismatch, match=f"^{vector['cql_type']}: "):
        to_json(vector["cql_type"], wire(vector), TYPES)


@pytest.mark.parametrize("vector", DOCUMENT["refused"], ids=str)
def test_json_that_is_no_value_is_refused(vector: dict[str, Any]) -> None:
    """JSON that is no value of a type is a mismatch."""
    with pytest.raises(ValueMismatch):
        from_json(vector["cql_type"], vector["json"], TYPES)


@pytest.mark.parametrize("vector", DOCUMENT["keys"], ids=[each["id"] for each in DOCUMENT["keys"]])
def test_keys_are_written_and_read(vector: dict[str, Any]) -> None:
    """A key, or a prefix of one, is an object of its columns, and comes back out of it."""
    columns = [(name, parse_type(cql_type)) for name, cql_type in vector["columns"]]
    parts = tuple(map(bytes.fromhex, vector["bytes"]))
    assert key_json(columns, parts, TYPES) == vector["json"]
    assert key_of_json(columns, vector["json"], TYPES) == parts


def test_numbers_are_the_shortest_that_are_exact() -> None:
    """Floats and doubles of all sizes are written as Java writes them, and read again."""
    for cql_type, data, text in DOCUMENT["shortest"]:
        assert to_json(cql_type, bytes.fromhex(data)) == text
        assert from_json(cql_type, text) == bytes.fromhex(data)


def test_every_type_has_vectors() -> None:
    """No scalar is left out, nor a kind of parts; ids are unique."""
    kinds = {parse_type(vector["cql_type"]).kind for vector in VECTORS}
    assert {vector["cql_type"] for vector in VECTORS} >= SCALARS - {"counter"}
    assert kinds == {"scalar", "list", "set", "map", "tuple", "udt", "vector"}
    listed = {each for v in VECTORS if (each := parse_type(v["cql_type"])).kind == "list"}
    assert {each.arguments[0].name for each in listed} >= SCALARS - {"counter"}
    assert len({vector["id"] for vector in VECTORS}) == len(VECTORS)


@pytest.mark.parametrize(
    "vector",
    [
        each
        for each in VECTORS
        if each["cql_type"] in SCALARS and key_problem(each["cql_type"]) is None
    ],
    ids=lambda each: each["id"],
)
def test_the_key_of_an_event_is_that_of_the_row(vector: dict[str, Any]) -> None:
    """What Avro gives of a key's column becomes the bytes that CQL has for it."""
    value = vector["connect_value"]
    if vector["connect"]["type"] == "BYTES":
        value = bytes.fromhex(value)
    elif vector["connect"]["type"] == "STRUCT":
        value = {**value, "value": bytes.fromhex(value["value"])}
    columns = [("k", parse_type(vector["cql_type"]))]
    assert key_of_event(columns, {"k": value}) == (bytes.fromhex(vector["bytes"]),)


def test_what_is_no_key_of_an_event_is_refused() -> None:
    """Other columns, or values of another type, are no key."""
    columns = [("a", parse_type("int")), ("b", parse_type("text"))]
    for values in ({"a": 1}, {"a": "1", "b": ""}, {"a": None, "b": ""}, {"a": 2**40, "b": ""}):
        with pytest.raises(ValueMismatch):
            key_of_event(columns, values)
