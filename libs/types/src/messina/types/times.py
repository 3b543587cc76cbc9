"""time: nanoseconds since midnight in CQL; Postgres keeps microseconds, and so does the comparison.

The connector cuts it before it is sent: the sink's driver would round, 23:59:59.9999999 to
midnight.
"""

import re
from collections.abc import Callable
from datetime import time

from messina.types.codec import ScalarCodec, signed, text_reader, to_signed
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_TEXT = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?", re.ASCII)
_ISO = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?", re.ASCII)
_DAY_NS = 86_400_000_000_000


def _source(value: object) -> Canonical:
    """The driver's `cassandra.util.Time`, or its nanoseconds."""
    nanoseconds = getattr(value, "nanosecond_time", value)
    if isinstance(nanoseconds, int) and not isinstance(nanoseconds, bool):
        if not 0 <= nanoseconds < _DAY_NS:
            raise refuse(value, "a time of day")
        return nanoseconds // 1_000
    return _time(value)


def _sink(value: object) -> Canonical:
    if not isinstance(value, str):
        return _time(value)
    match = _TEXT.fullmatch(value)
    if match is None:
        raise ValueError("not a time of day")
    hours, minutes, seconds, fraction = match.groups()
    return _micros(int(hours), int(minutes), int(seconds), int((fraction or "").ljust(6, "0")))


def _time(value: object) -> Canonical:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise refuse(value, "a time of day")
    return _micros(value.hour, value.minute, value.second, value.microsecond)


def _micros(hours: int, minutes: int, seconds: int, micros: int) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros


def _show(value: Canonical) -> str:
    if not isinstance(value, int):
        return str(value)
    seconds, micros = divmod(value, 1_000_000)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return clock + (f".{micros:06}".rstrip("0") if micros else "")


def _bound(value: Canonical) -> object:
    return value * 1_000 if isinstance(value, int) else value


def _iso(nanoseconds: int) -> str:
    if not 0 <= nanoseconds < _DAY_NS:
        raise ValueError("not a time of day")
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    clock = f"{seconds // 3_600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return string(f"{clock}.{fraction:09}")


def _parse_iso(text: str) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError("not a time of day")
    hours, minutes, seconds = (int(part) for part in match.groups()[:3])
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError("not a time of day")
    whole = (hours * 60 + minutes) * 60 + seconds
    return whole * 1_000_000_000 + int((match[4] or "").ljust(9, "0"))


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add time."""
    schema = ConnectSchema("INT64", "io.debezium.time.NanoTime")
    problem = "Postgres keeps microseconds of CQL's nanoseconds: two keys could become one"
    add(
        ScalarMapping(
            "time",
            schema,
            "time without time zone",
            _source,
            _sink,
            _show,
            _bound,
            None,
            problem,
            codec=ScalarCodec(signed(8), to_signed(8), _iso, text_reader("a time", _parse_iso)),
            binary=signed(8),
        )
    )
