"""duration: months, days and nanoseconds that can't be added up; text in Postgres.

The text is CQL's own, in the order of units: `1y2mo3d4h5m6s7ms8us9ns`, a minus in front for all
of it, `0ns` for none.
"""

import re
from collections.abc import Callable

from messina.types import vints
from messina.types.codec import ScalarCodec, text_reader
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_NANO_UNITS = (
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
)
_TEXT = re.compile(
    r"(?P<sign>-?)(?:(?P<y>\d+)y)?(?:(?P<mo>\d+)mo)?(?:(?P<d>\d+)d)?(?:(?P<h>\d+)h)?(?:(?P<m>\d+)m)?"
    r"(?:(?P<s>\d+)s)?(?:(?P<ms>\d+)ms)?(?:(?P<us>\d+)us)?(?:(?P<ns>\d+)ns)?",
    re.ASCII,
)


def format_duration(months: int, days: int, nanoseconds: int) -> str:
    """A duration as it stands in Postgres. All parts have one sign, as CQL demands."""
    if min(months, days, nanoseconds) < 0 < max(months, days, nanoseconds):
        raise ValueError("a duration's parts have one sign")
    years, months_left = divmod(abs(months), 12)
    parts = [(years, "y"), (months_left, "mo"), (abs(days), "d")]
    rest = abs(nanoseconds)
    for unit, size in _NANO_UNITS:
        count, rest = divmod(rest, size)
        parts.append((count, unit))
    text = "".join(f"{count}{unit}" for count, unit in parts if count)
    return ("-" if min(months, days, nanoseconds) < 0 else "") + (text or "0ns")


def _source(value: object) -> Canonical:
    """The driver's `cassandra.util.Duration`, or its three parts."""
    if isinstance(value, tuple) and len(value) == 3:
        return value
    parts = [getattr(value, name, None) for name in ("months", "days", "nanoseconds")]
    months, days, nanoseconds = parts
    if not (isinstance(months, int) and isinstance(days, int) and isinstance(nanoseconds, int)):
        raise refuse(value, "a duration")
    return months, days, nanoseconds


def _sink(value: object) -> Canonical:
    match = _TEXT.fullmatch(value) if isinstance(value, str) else None
    if match is None or not any(match.groups()):
        raise refuse(value, "a duration")
    unit = {name: int(digits or 0) for name, digits in match.groupdict().items() if name != "sign"}
    sign = -1 if match["sign"] else 1
    nanoseconds = sum(unit[name] * size for name, size in _NANO_UNITS)
    return sign * (unit["y"] * 12 + unit["mo"]), sign * unit["d"], sign * nanoseconds


def _show(value: Canonical) -> str:
    return format_duration(*value) if isinstance(value, tuple) else str(value)


def _bound(value: Canonical) -> object:
    raise refuse(value, "a value that can be looked up")


def _decode(data: bytes) -> tuple[int, ...]:
    parts, rest = [], data
    for _ in range(3):
        part, rest = vints.signed(rest)
        parts.append(part)
    if rest:
        raise ValueError("more than a duration")
    return tuple(parts)


def _encode(value: tuple[int, int, int]) -> bytes:
    return b"".join(map(vints.to_signed, value))


def _read(text: str) -> Canonical:
    value = _sink(text)
    assert isinstance(value, tuple)
    for part, bits in zip(value, (31, 31, 63), strict=True):
        if not -(2**bits) <= part < 2**bits:
            raise ValueError("too long a duration")
    return value


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add duration."""
    problem = "CQL has no order for durations"
    add(
        ScalarMapping(
            "duration",
            ConnectSchema("STRING"),
            "text",
            _source,
            _sink,
            _show,
            _bound,
            None,
            problem,
            codec=ScalarCodec(
                _decode,
                _encode,
                lambda value: string(format_duration(*value)),
                text_reader("a duration", _read),
            ),
            binary=lambda data: _sink(data.decode()),
        )
    )
