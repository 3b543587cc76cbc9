"""vectors.json holds: the values of all sides, converted by hand, are one canonical value."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cassandra import cqltypes
from cassandra.util import Date, Duration, Time

from messina.types import (
    ConnectSchema,
    canonical_sink,
    canonical_source,
    connect_schema,
    digest,
    postgres_type,
    show,
)
from messina.types.civil import parse_date
from messina.types.cql import SCALARS

FILE = Path(__file__).parent.parent / "vectors.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
EACH = pytest.mark.parametrize("vector", VECTORS, ids=[vector["id"] for vector in VECTORS])


def unquoted(literal: str) -> str:
    assert literal[0] == literal[-1] == "'"
    return literal[1:-1].replace("''", "'")


def time_of(literal: str) -> Time:
    clock, _, fraction = unquoted(literal).partition(".")
    hours, minutes, seconds = map(int, clock.split(":"))
    whole = (hours * 3600 + minutes * 60 + seconds) * 10**9
    return Time(whole + int(fraction.ljust(9, "0")))


def date_of(literal: str) -> Date:
    text = unquoted(literal)
    return Date(parse_date("0001" + text[4:] + " BC" if text[:4] == "0000" else text))


def timestamp_of(literal: str) -> object:
    if literal[0] != "'":
        return int(literal).to_bytes(8, "big", signed=True)
    return datetime.fromisoformat(unquoted(literal))


def duration_of(literal: str) -> Duration:
    sizes = {"y": 12, "mo": 1, "w": 7, "d": 1, "h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9}
    sizes |= {"ms": 10**6, "us": 10**3, "ns": 1}
    sign, rest = (-1, literal[1:]) if literal[0] == "-" else (1, literal)
    parts = {"months": 0, "days": 0, "nanoseconds": 0}
    while rest:
        digits = rest[: next(i for i, c in enumerate(rest) if not c.isdigit())]
        rest = rest[len(digits) :]
        unit = rest[: next((i for i, c in enumerate(rest) if c.isdigit()), len(rest))]
        rest = rest[len(unit) :]
        part = "months" if unit in ("y", "mo") else "days" if unit in "wd" else "nanoseconds"
        parts[part] += sign * int(digits) * sizes[unit]
    return Duration(**parts)


# From a CQL literal to a value that is then sent through the driver's own serializer and back.
FROM_CQL: dict[str, tuple[Callable[[str], object], Any]] = {
    "ascii": (unquoted, cqltypes.AsciiType),
    "text": (unquoted, cqltypes.UTF8Type),
    "tinyint": (int, cqltypes.ByteType),
    "smallint": (int, cqltypes.ShortType),
    "int": (int, cqltypes.Int32Type),
    "bigint": (int, cqltypes.LongType),
    "float": (float, cqltypes.FloatType),
    "double": (float, cqltypes.DoubleType),
    "boolean": (lambda text: text == "true", cqltypes.BooleanType),
    "blob": (lambda text: bytes.fromhex(text[2:]), cqltypes.BytesType),
    "decimal": (Decimal, cqltypes.DecimalType),
    "varint": (int, cqltypes.IntegerType),
    "uuid": (uuid.UUID, cqltypes.UUIDType),
    "timeuuid": (uuid.UUID, cqltypes.TimeUUIDType),
    "timestamp": (timestamp_of, cqltypes.DateType),
    "date": (date_of, cqltypes.SimpleDateType),
    "time": (time_of, cqltypes.TimeType),
    "inet": (unquoted, cqltypes.InetAddressType),
    "duration": (duration_of, cqltypes.DurationType),
}


def driver_value(vector: dict[str, Any]) -> object:
    convert, wire = FROM_CQL[vector["cql_type"]]
    value = convert(vector["cql"])
    if isinstance(value, bytes) and vector["cql_type"] == "timestamp":
        try:
            return wire.deserialize(value, 4)
        except OverflowError:  # a year beyond Python's: read as bytes, as a scan has to
            return value
    return wire.deserialize(wire.serialize(value, 4), 4)


def from_connect(vector: dict[str, Any]) -> object:
    """The value in Kafka Connect as the driver would have given it."""
    value, name = vector["connect_value"], vector["connect"]["name"]
    if name == "io.debezium.data.VariableScaleDecimal":
        unscaled = int.from_bytes(bytes.fromhex(value["value"]), "big", signed=True)
        sign, digits = int(unscaled < 0), tuple(map(int, str(abs(unscaled))))
        return Decimal((sign, digits, -value["scale"]))
    if vector["connect"]["type"] == "BYTES":
        return bytes.fromhex(value)
    if vector["connect"]["type"].startswith("FLOAT"):
        return float(value)
    if name == "io.debezium.data.Uuid":
        return uuid.UUID(value)
    if name == "io.debezium.time.Date":
        return Date(value)
    if name == "io.debezium.time.NanoTime":
        return Time(value)
    if name == "io.debezium.time.ZonedTimestamp":
        day, _, clock = value.removesuffix("Z").removeprefix("+").partition("T")
        day, era = ("0001" + day[4:], " BC") if day.startswith("0000") else (day, "")
        micros = canonical_sink("timestamp", f"{day} {clock}+00{era}")
        assert isinstance(micros, int)
        assert micros % 1000 == 0
        return micros // 1000
    if vector["cql_type"] == "duration":
        return duration_of(value)
    return value


@EACH
def test_source_and_sink_are_one_value(vector: dict[str, Any]) -> None:
    """What the driver reads of a CQL value equals what Postgres says of it."""
    source = canonical_source(vector["cql_type"], driver_value(vector))
    sink = canonical_sink(vector["cql_type"], vector["postgres"])
    assert source == sink
    assert type(source) is type(sink)
    assert digest([source]) == digest([sink])


@EACH
def test_the_value_between_them_is_the_same(vector: dict[str, Any]) -> None:
    """What is in Kafka equals what is on both sides."""
    between = canonical_source(vector["cql_type"], from_connect(vector))
    assert between == canonical_sink(vector["cql_type"], vector["postgres"])


@EACH
def test_the_types_are_those_of_the_vector(vector: dict[str, Any]) -> None:
    """The tables of types and the vectors say the same."""
    connect = vector["connect"]
    expected = ConnectSchema(connect["type"], connect["name"], connect["parameters"])
    actual = connect_schema(vector["cql_type"])
    assert (actual.type, actual.name, dict(actual.parameters)) == (
        expected.type,
        expected.name,
        dict(expected.parameters),
    )
    assert postgres_type(vector["cql_type"]) == vector["postgres_type"]


@EACH
def test_dates_and_times_show_as_postgres_writes_them(vector: dict[str, Any]) -> None:
    """A person sees the same text in a report and in psql."""
    cql_type = vector["cql_type"]
    if cql_type in ("date", "time", "timestamp", "duration", "boolean", "uuid", "bigint"):
        shown = show(cql_type, canonical_sink(cql_type, vector["postgres"]))
        if cql_type != "duration" or shown == vector["connect_value"]:
            assert shown == vector["postgres"]


def test_every_scalar_has_vectors() -> None:
    """No scalar type is left without its vectors; ids are unique, values of one type differ."""
    assert {vector["cql_type"] for vector in VECTORS} == SCALARS - {"counter"}
    assert len({vector["id"] for vector in VECTORS}) == len(VECTORS)
