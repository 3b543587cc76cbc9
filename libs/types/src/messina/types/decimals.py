"""decimal and varint: numbers without a limit, numeric in Postgres."""

from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_SCHEMA = ConnectSchema("STRUCT", "io.debezium.data.VariableScaleDecimal")


def _number(value: object) -> Canonical:
    """The number without its scale: 1.0 and 1.00 are one. NaN and infinities are texts."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise refuse(value, "a number")
    if not value.is_finite():
        return str(value)
    return _EXACT.normalize(value) if value else Decimal(0)


def _show(value: Canonical) -> str:
    return f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 60 else str(value)


def _bound(value: Canonical) -> object:
    if not isinstance(value, Decimal):
        raise refuse(value, "a finite number")
    return value


def _bound_integer(value: Canonical) -> object:
    if not isinstance(value, Decimal) or (value.adjusted() < 100_000 and value != int(value)):
        raise refuse(value, "a whole number")
    return int(value)


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add decimal and varint."""
    problem = "1.0 and 1.00 are two keys in CQL and one in Postgres"
    add(ScalarMapping("decimal", _SCHEMA, "numeric", _number, _number, _show, _bound, str, problem))
    add(ScalarMapping("varint", _SCHEMA, "numeric", _number, _number, _show, _bound_integer, str))
