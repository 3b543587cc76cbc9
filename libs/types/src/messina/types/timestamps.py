"""timestamp: milliseconds since 1970 in CQL, microseconds in Postgres; canonical in microseconds.

scylla-driver makes naive datetimes in UTC and fails on years beyond Python's; where that matters,
read the column as bigint milliseconds (`toUnixTimestamp`) or as its 8 bytes, which are taken here
too. Postgres' text may lack the zone: of a column without one, into which sinks write UTC.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from messina.types.civil import (
    ISO_DAY,
    days_from_civil,
    format_date,
    format_iso_date,
    parse_date,
)
from messina.types.codec import ScalarCodec, fixed, signed, text_reader, to_signed
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_DAY_MS = 86_400_000
POSTGRES_EPOCH = 946_684_800_000_000
"""2000-01-01, from which Postgres counts, in microseconds since 1970."""
_ISO = re.compile(ISO_DAY + r"T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,3}))?Z", re.ASCII)
_TEXT = re.compile(
    r"([0-9-]+) ([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?(?:\+00(?::00)?)?( BC)?",
    re.ASCII,
)


def _source(value: object) -> Canonical:
    if isinstance(value, bytes) and len(value) == 8:
        value = int.from_bytes(value, "big", signed=True)
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 1_000
    return _datetime(value)


def _sink(value: object) -> Canonical:
    return _parse(value) if isinstance(value, str) else _datetime(value)


def _binary(data: bytes) -> Canonical:
    """Microseconds since 2000; the ends of the numbers are the infinities."""
    micros = int.from_bytes(fixed(8, data), "big", signed=True)
    if micros in (2**63 - 1, -(2**63)):
        return "infinity" if micros > 0 else "-infinity"
    return micros + POSTGRES_EPOCH


def _datetime(value: object) -> Canonical:
    if not isinstance(value, datetime):
        raise refuse(value, "a timestamp")
    aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def _parse(text: str) -> Canonical:
    if text in ("infinity", "-infinity"):
        return text
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError("not a timestamp in UTC")
    day, hours, minutes, seconds, fraction, era = match.groups()
    clock = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    micros = int((fraction or "").ljust(6, "0"))
    return parse_date(day + (era or "")) * _DAY + clock * 1_000_000 + micros


def _show(value: Canonical) -> str:
    if not isinstance(value, int):
        return str(value)
    days, rest = divmod(value, _DAY)
    seconds, micros = divmod(rest, 1_000_000)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    bare, _, era = format_date(days).partition(" ")
    return f"{bare} {clock}{fraction}+00" + (f" {era}" if era else "")


def _bound(value: Canonical) -> object:
    if not isinstance(value, int) or value % 1_000:
        raise refuse(value, "a timestamp in whole milliseconds")
    return value // 1_000


def _iso(millis: int) -> str:
    days, rest = divmod(millis, _DAY_MS)
    seconds, fraction = divmod(rest, 1_000)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:03}"
    return string(f"{format_iso_date(days)}T{clock}Z")


def _parse_iso(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None or text.startswith("-0000"):
        raise ValueError("not a timestamp")
    year, month, day, hours, minutes, seconds = (int(part) for part in match.groups()[:6])
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError("not a time of day")
    clock = (hours * 60 + minutes) * 60 + seconds
    fraction = int((match[7] or "").ljust(3, "0"))
    millis = days_from_civil(year, month, day) * _DAY_MS + clock * 1_000 + fraction
    if not -(2**63) <= millis < 2**63:
        raise ValueError("beyond the source's years")
    return millis


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add timestamp."""
    schema = ConnectSchema("STRING", "io.debezium.time.ZonedTimestamp")
    add(
        ScalarMapping(
            "timestamp",
            schema,
            "timestamp with time zone",
            _source,
            _sink,
            _show,
            _bound,
            codec=ScalarCodec(
                signed(8), to_signed(8), _iso, text_reader("a timestamp", _parse_iso)
            ),
            binary=_binary,
        )
    )
