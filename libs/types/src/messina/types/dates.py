"""date: days since 1970-01-01, in years far beyond Python's."""

from collections.abc import Callable
from datetime import date, datetime

from messina.types.civil import format_date, format_iso_date, parse_date, parse_iso_date
from messina.types.codec import ScalarCodec, fixed, signed, text_reader, to_signed
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_EPOCH = date(1970, 1, 1).toordinal()
POSTGRES_EPOCH = 10_957
"""2000-01-01, from which Postgres counts, in days since 1970."""
_HALF = 2**31
_ALL = 2**32 - 1


def _source(value: object) -> Canonical:
    """The driver's `cassandra.util.Date`, whatever else counts its days, or the days."""
    days = getattr(value, "days_from_epoch", value)
    return days if isinstance(days, int) and not isinstance(days, bool) else _date(value)


def _sink(value: object) -> Canonical:
    if isinstance(value, str):
        return value if value.endswith("infinity") else parse_date(value)
    return _date(value)


def _binary(data: bytes) -> Canonical:
    """Days since 2000-01-01; the ends of the numbers are the infinities."""
    days = int.from_bytes(fixed(4, data), "big", signed=True)
    if days in (_HALF - 1, -_HALF):
        return "infinity" if days > 0 else "-infinity"
    return days + POSTGRES_EPOCH


def _date(value: object) -> Canonical:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refuse(value, "a date")
    return value.toordinal() - _EPOCH


def _show(value: Canonical) -> str:
    return format_date(value) if isinstance(value, int) else str(value)


def _exact(value: Canonical) -> object:
    if not isinstance(value, int) or not -_HALF <= value < _HALF:
        raise refuse(value, "a date of the source's years")
    return value


def _iso(text: str) -> int:
    days = parse_iso_date(text)
    if not -_HALF <= days < _HALF:
        raise ValueError("beyond the source's years")
    return days


def _bound(value: Canonical) -> object:
    """The driver takes whole numbers as they are on the wire: days since the epoch from 2^31 on."""
    days = _exact(value)
    assert isinstance(days, int)
    return days + _HALF


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add date."""
    schema = ConnectSchema("INT32", "io.debezium.time.Date")
    unsigned, to_unsigned = signed(4), to_signed(4)
    codec = ScalarCodec(
        lambda data: (unsigned(data) & _ALL) - _HALF,
        lambda days: to_unsigned(days ^ -_HALF),
        lambda days: string(format_iso_date(days)),
        text_reader("a date", _iso),
    )
    add(
        ScalarMapping(
            "date",
            schema,
            "date",
            _source,
            _sink,
            _show,
            _bound,
            to_exact=_exact,
            codec=codec,
            binary=_binary,
        )
    )
