"""Times in offsets: microseconds since 1970, and ISO 8601 in UTC, as Messina's connector has them.

ScyllaDB's own connector has version 1 UUIDs, of which only the milliseconds count.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, PlainSerializer

from messina.pipeline import parse_duration

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_UUID_EPOCH_100NS = 0x01B21DD213814000
_START = 0x8080808080808080
_END = 0x7F7F7F7F7F7F7F7F
_AGO = re.compile(r"[0-9.]+d")


def micros_of(moment: datetime) -> int:
    """Return the microseconds of a time."""
    return (moment - _EPOCH) // _MICRO


def micros_text(micros: int) -> str:
    """Return a time such as `2026-11-23T06:12:49.123456Z`."""
    moment = _EPOCH + timedelta(microseconds=micros)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_micros(text: str) -> int:
    """Read an ISO 8601 time; one without a zone is UTC.

    Raises:
        ValueError: if it is none.
    """
    moment = datetime.fromisoformat(text)
    return micros_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse_when(text: str, now: int) -> int:
    """Read what a person says of a time: ISO 8601, or how long ago: `15m`, `1.5h`, `2d`.

    Args:
        text: what was said.
        now: the time now, in microseconds.

    Raises:
        ValueError: if it is neither, or lies ahead.
    """
    try:
        if _AGO.fullmatch(text):
            when = now - round(float(text[:-1]) * 86_400_000_000)
        elif text[:1].isdigit() and text[-1:] in "smh":
            when = now - parse_duration(text) // _MICRO
        else:
            when = parse_micros(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"not a time: {text!r}; expected one such as 2026-11-23T06:12:49Z, or how long ago: "
            "90s, 15m, 2h, 1d"
        ) from None
    if when > now:
        raise ValueError(f"{text} lies ahead: it is {micros_text(now)} now")
    if when < 0:
        raise ValueError(f"{text} is too long ago: before 1970")
    return when


def uuid_ms(text: str) -> int:
    """Return the milliseconds since 1970 of a version 1 UUID.

    Raises:
        ValueError: if it is no such UUID.
    """
    uuid = UUID(text)
    if uuid.int >> 76 & 0xF != 1:  # not by `version`: the last UUIDs of a time have no variant
        raise ValueError(f"not a UUID with a time: {text}")
    return (uuid.time - _UUID_EPOCH_100NS) // 10_000


def start_uuid(ms: int) -> str:
    """Return the first version 1 UUID of a millisecond, as scylla-cdc-java makes it."""
    return _uuid(ms * 10_000 + _UUID_EPOCH_100NS, _START)


def end_uuid(ms: int) -> str:
    """Return the last version 1 UUID of a millisecond, as scylla-cdc-java makes it."""
    return _uuid(ms * 10_000 + _UUID_EPOCH_100NS + 9_999, _END)


def _uuid(ticks: int, low: int) -> str:
    high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | ticks >> 48 & 0xFFF
    return str(UUID(int=high << 64 | low))


def _read(value: object) -> object:
    return parse_micros(value) if isinstance(value, str) else value


Micros = Annotated[int, BeforeValidator(_read), PlainSerializer(micros_text, return_type=str)]
"""Microseconds since 1970, written as ISO 8601."""
