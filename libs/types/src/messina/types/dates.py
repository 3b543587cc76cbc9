"""date: days since 1970-01-01, in years far beyond Python's."""

from collections.abc import Callable
from datetime import date, datetime

from messina.types.civil import format_date, parse_date
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_EPOCH = date(1970, 1, 1).toordinal()


def _source(value: object) -> Canonical:
    """The driver's `cassandra.util.Date`, or whatever else counts its days."""
    days = getattr(value, "days_from_epoch", None)
    return days if isinstance(days, int) else _date(value)


def _sink(value: object) -> Canonical:
    if isinstance(value, str):
        return value if value.endswith("infinity") else parse_date(value)
    return _date(value)


def _date(value: object) -> Canonical:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise refuse(value, "a date")
    return value.toordinal() - _EPOCH


def _show(value: Canonical) -> str:
    return format_date(value) if isinstance(value, int) else str(value)


def _bound(value: Canonical) -> object:
    """The driver takes whole numbers as they are on the wire: days since the epoch from 2^31 on."""
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise refuse(value, "a date of the source's years")
    return value + 2**31


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add date."""
    schema = ConnectSchema("INT32", "io.debezium.time.Date")
    add(ScalarMapping("date", schema, "date", _source, _sink, _show, _bound))
