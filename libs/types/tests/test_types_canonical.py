"""Canonical values are equal exactly when the mapping of events.md says so."""

import math
import struct
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_interface
from typing import Any

import pytest
from cassandra import cqltypes
from cassandra.util import Date, Duration, Time
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.types import (
    Canonical,
    UnsupportedType,
    ValueMismatch,
    canonical_sink,
    canonical_source,
    digest,
    key_problem,
    postgres_type,
    show,
    sink_text,
    source_value,
    unsupported,
)
from messina.types.civil import civil_from_days, days_from_civil, format_date, parse_date
from messina.types.cql import SCALARS
from messina.types.durations import format_duration

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("cql_type", "source", "sink"),
    [
        ("time", Time(1_999), time(0, 0, 0, 1)),
        ("time", Time(86_399_999_999_999), "23:59:59.999999"),
        ("decimal", Decimal("1.0"), Decimal("1.00")),
        ("decimal", Decimal("1E+3"), "1000"),
        ("decimal", Decimal("-0.00"), Decimal(0)),
        ("double", -0.0, 0.0),
        ("double", math.nan, "NaN"),
        ("float", struct.unpack(">f", struct.pack(">f", 0.1))[0], "0.1"),
        ("timestamp", datetime(1500, 1, 1), datetime(1500, 1, 1, tzinfo=UTC)),
        (
            "timestamp",
            datetime(2013, 1, 1),
            datetime(2013, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("timestamp", -62_135_596_800_001, "0001-12-31 23:59:59.999+00 BC"),
        ("date", Date(-719_163), "0001-12-31 BC"),
        ("date", Date(0), date(1970, 1, 1)),
        ("inet", "::1", ip_interface("::1/128")),
        ("inet", "0:0:0:0:0:0:0:1", "::1"),
        ("uuid", "F47AC10B-58CC-4372-A567-0E02B2C3D479", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ("blob", bytearray(b"\x00"), b"\x00"),
        ("int", None, None),
    ],
)
def test_equal_where_the_mapping_says_so(cql_type: str, source: object, sink: object) -> None:
    """A microsecond cut, a scale, a sign of zero, NaN, a zone: no difference."""
    left, right = canonical_source(cql_type, source), canonical_sink(cql_type, sink)
    assert left == right
    assert digest([left]) == digest([right])


@pytest.mark.parametrize(
    ("cql_type", "source", "sink"),
    [
        ("time", Time(1_000), "00:00:00"),
        ("decimal", Decimal("1.0"), Decimal("1.01")),
        ("decimal", Decimal("1.0"), "NaN"),
        ("double", 0.1, 0.1000000000000001),
        ("double", math.inf, math.nan),
        ("timestamp", datetime(2013, 1, 1), "2013-01-01 00:00:00.000001+00"),
        ("timestamp", datetime(2013, 1, 1), "infinity"),
        ("date", Date(0), "infinity"),
        ("inet", "10.0.0.0", "10.0.0.0/8"),
        ("text", "", None),
        ("text", "é", "e\u0301"),
        ("text", "a", "a "),
        ("duration", Duration(0, 1, 0), "24h"),
        ("boolean", True, False),
        ("int", 0, None),
        ("blob", b"", None),
    ],
)
def test_everything_else_differs(cql_type: str, source: object, sink: object) -> None:
    """A smallest step, a null for an empty value, a unit that is not convertible: a difference."""
    left, right = canonical_source(cql_type, source), canonical_sink(cql_type, sink)
    assert left != right
    assert digest([left]) != digest([right])


def test_numbers_have_no_limit() -> None:
    """A varint beyond Python's limit for digits in text is compared and shown like any other."""
    huge = canonical_source("varint", 10**5_000)
    assert huge == canonical_sink("varint", "1" + "0" * 5_000)
    assert digest([huge]) == digest([canonical_sink("varint", Decimal("1E+5000"))])
    assert show("varint", huge) == "1E+5000"


@pytest.mark.parametrize("cql_type", sorted(SCALARS - {"counter"}))
@pytest.mark.parametrize(
    "value", [object(), [], {}, "\x00nonsense", Duration, b"123", 1e400, 10**30]
)
def test_a_foreign_value_is_a_mismatch(cql_type: str, value: object) -> None:
    """A value that is none of its type is a ValueMismatch, or was one: never another error."""
    for canonical in (canonical_source, canonical_sink):
        try:
            result = canonical(cql_type, value)
        except ValueMismatch as error:
            assert str(error).startswith(cql_type)  # noqa: PT017
        else:
            assert show(cql_type, result)


@PATIENT
@given(st.integers(-(10**9), 10**9))
def test_days_and_dates_are_each_others_inverse(day: int) -> None:
    """The calendar holds for millions of years in both directions."""
    assert days_from_civil(*civil_from_days(day)) == day
    assert parse_date(format_date(day)) == day or len(format_date(day)) > 16


@PATIENT
@given(st.dates())
def test_the_calendar_is_pythons_where_python_has_one(day: date) -> None:
    """Within Python's years both agree."""
    assert civil_from_days(day.toordinal() - 719_163) == (day.year, day.month, day.day)
    assert parse_date(day.isoformat()) == day.toordinal() - 719_163


@pytest.mark.parametrize("text", ["2013-02-29", "1900-02-29", "2013-13-01", "2013-00-01", "x"])
def test_no_such_day(text: str) -> None:
    """A day that does not exist is no date."""
    with pytest.raises(ValueError):
        parse_date(text)


@PATIENT
@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))
def test_timestamps_read_as_text_and_as_objects_alike(moment: datetime) -> None:
    """Postgres' text and psycopg's object give one value."""
    aware = moment.replace(tzinfo=UTC)
    value = canonical_sink("timestamp", aware)
    assert canonical_sink("timestamp", show("timestamp", value)) == value


@PATIENT
@given(st.booleans(), *[st.integers(0, 2**31 - 1)] * 2, st.integers(0, 2**63 - 1))
def test_durations_survive_their_text(negative: bool, months: int, days: int, nanos: int) -> None:
    """The text in Postgres holds the whole duration."""
    sign = -1 if negative else 1
    text = format_duration(sign * months, sign * days, sign * nanos)
    duration = Duration(sign * months, sign * days, sign * nanos)
    assert canonical_sink("duration", text) == canonical_source("duration", duration)


@PATIENT
@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 30))
def test_a_decimals_scale_does_not_matter(number: Decimal, zeros: int) -> None:
    """Zeros at the end change nothing, whatever the precision."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    longer = Decimal((sign, digits + (0,) * zeros, exponent - zeros))
    assert canonical_sink("decimal", longer) == canonical_source("decimal", number)
    assert digest([canonical_sink("decimal", longer)]) == digest(
        [canonical_source("decimal", number)]
    )


VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False).map(lambda f: f + 0.0),
    st.text(),
    st.binary(),
    st.uuids(),
    st.tuples(st.integers(), st.integers(), st.integers()),
)


@PATIENT
@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_a_digest_stands_for_its_row(left: list[Canonical], right: list[Canonical]) -> None:
    """Equal rows have equal digests, other rows others; a value's type counts."""
    same = [(type(a), a) for a in left] == [(type(b), b) for b in right]
    assert (digest(left) == digest(right)) == same


@pytest.mark.parametrize("cql_type", ["time", "decimal", "float", "double", "duration"])
def test_keys_that_postgres_would_merge_are_refused(cql_type: str) -> None:
    """Where Postgres' equality is coarser than CQL's, a column is no key, with the reason."""
    assert key_problem(cql_type)


@pytest.mark.parametrize(
    "cql_type", sorted(SCALARS - {"time", "decimal", "float", "double", "duration", "counter"})
)
def test_other_scalars_can_be_keys(cql_type: str) -> None:
    """Every other scalar is as exact in Postgres."""
    assert key_problem(cql_type) is None


@pytest.mark.parametrize("cql_type", ["frozen<list<int>>", "frozen<map<int, int>>", "tuple<int>"])
def test_values_with_parts_are_no_keys(cql_type: str) -> None:
    """jsonb's equality is coarser than CQL's; what is carried as a value can still be no key."""
    assert unsupported(cql_type) is None
    assert key_problem(cql_type)
    with pytest.raises(ValueMismatch, match="none that can be looked up"):
        source_value(cql_type, "[]")


@pytest.mark.parametrize("cql_type", ["counter", "'x.Y'", "list<'x.Y'>"])
def test_what_can_not_be_carried_has_a_reason(cql_type: str) -> None:
    """Counters and custom types: refused as value and as key."""
    assert unsupported(cql_type)
    assert key_problem(cql_type) == unsupported(cql_type)
    with pytest.raises(UnsupportedType, match=unsupported(cql_type)):
        postgres_type(cql_type)


WIRE: dict[str, Any] = {
    "ascii": cqltypes.AsciiType,
    "text": cqltypes.UTF8Type,
    "tinyint": cqltypes.ByteType,
    "smallint": cqltypes.ShortType,
    "int": cqltypes.Int32Type,
    "bigint": cqltypes.LongType,
    "boolean": cqltypes.BooleanType,
    "blob": cqltypes.BytesType,
    "varint": cqltypes.IntegerType,
    "uuid": cqltypes.UUIDType,
    "timeuuid": cqltypes.TimeUUIDType,
    "timestamp": cqltypes.DateType,
    "date": cqltypes.SimpleDateType,
    "inet": cqltypes.InetAddressType,
    "decimal": cqltypes.DecimalType,
    "float": cqltypes.FloatType,
    "double": cqltypes.DoubleType,
    "time": cqltypes.TimeType,
}


@pytest.mark.parametrize(
    ("cql_type", "text"),
    [
        ("text", "it's \\x é"),
        ("ascii", "it's \x7f"),
        ("tinyint", "-128"),
        ("bigint", "-9223372036854775808"),
        ("boolean", "true"),
        ("blob", "\\x00ff"),
        ("varint", "-129"),
        ("uuid", "f47ac10b-58cc-4372-a567-0e02b2c3d479"),
        ("timestamp", "1500-01-01 12:34:56.789+00"),
        ("date", "0001-12-31 BC"),
        ("inet", "2001:db8::1"),
        ("decimal", "1000"),
        ("double", "NaN"),
        ("float", "0.1"),
        ("time", "23:59:59.999999"),
    ],
)
def test_a_value_of_one_side_can_be_looked_up_on_the_other(cql_type: str, text: str) -> None:
    """A canonical value can be bound by the driver and read by Postgres, and is still the same."""
    value = canonical_sink(cql_type, text)
    wire = WIRE[cql_type]
    bound = wire.deserialize(wire.serialize(source_value(cql_type, value), 4), 4)
    assert canonical_source(cql_type, bound) == value
    assert canonical_sink(cql_type, sink_text(cql_type, value)) == value


@pytest.mark.parametrize(
    ("cql_type", "text"),
    [
        ("ascii", "Zürich"),
        ("tinyint", "300"),
        ("timestamp", "2013-01-01 00:00:00.000001+00"),
        ("timestamp", "infinity"),
        ("date", "infinity"),
        ("inet", "10.0.0.0/8"),
        ("varint", "1.5"),
        ("varint", "NaN"),
    ],
)
def test_a_value_that_the_source_can_not_hold_is_no_key_there(cql_type: str, text: str) -> None:
    """What only Postgres can hold is not asked of the source."""
    with pytest.raises(ValueMismatch):
        source_value(cql_type, canonical_sink(cql_type, text))


def test_a_value_that_the_sink_can_not_hold_is_no_key_there() -> None:
    """Text with a NUL is not asked of Postgres."""
    with pytest.raises(ValueMismatch):
        sink_text("text", "a\x00b")
