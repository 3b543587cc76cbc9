"""decimal and varint: numbers without a limit, numeric in Postgres."""

import re
import struct
from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from messina.types.codec import ScalarCodec, text_reader
from messina.types.jsontext import string, whole, whole_of
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_FEW = 16
_TEXT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_SPECIAL = {0xC000: "NaN", 0xD000: "Infinity", 0xF000: "-Infinity"}
_MINUS = 0x4000
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


def whole_and_exponent(data: bytes) -> tuple[int, int] | None:
    """What Postgres sends of a numeric: a whole number and the power of ten; None of NaN and such.

    Digits of base 10,000 stand behind their number, the weight of the first, the sign, the scale.
    """
    count, weight, sign, _ = struct.unpack_from(">HhHH", data)
    if sign in _SPECIAL:
        return None
    digits = struct.unpack_from(f">{count}H", data, 8)
    number = 0
    if count <= _FEW:
        for digit in digits:
            number = number * 10_000 + digit
    else:
        number = int(Decimal("".join([f"{digit:04}" for digit in digits])))
    return (-number if sign == _MINUS else number), 4 * (weight - count + 1)


def wire_parts(data: bytes) -> tuple[int, int]:
    """A decimal's bytes in CQL's protocol as a whole number and the power of ten."""
    if len(data) < 4:
        raise ValueError("a decimal without its scale")
    scale = int.from_bytes(data[:4], "big", signed=True)
    return int.from_bytes(data[4:], "big", signed=True), -scale


def _binary(data: bytes) -> Canonical:
    parts = whole_and_exponent(data)
    if parts is None:
        return _SPECIAL[int.from_bytes(data[4:6], "big")]
    return _EXACT.normalize(_EXACT.scaleb(Decimal(parts[0]), parts[1])) if parts[0] else Decimal(0)


def _integer(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _digits(number: int) -> bytes:
    """The fewest bytes that hold a number and its sign."""
    size = (number if number >= 0 else ~number).bit_length() // 8 + 1
    return number.to_bytes(size, "big", signed=True)


def _decode(data: bytes) -> Decimal:
    if len(data) < 4:
        raise ValueError("a decimal without its scale")
    return _EXACT.scaleb(Decimal(_integer(data[4:])), -_integer(data[:4]))


def _encode(value: Decimal) -> bytes:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    unscaled = int(_EXACT.scaleb(value, -exponent))
    return (-exponent).to_bytes(4, "big", signed=True) + _digits(unscaled)


def _parse(text: str) -> Decimal:
    if _TEXT.fullmatch(text) is None:
        raise ValueError("not a decimal")
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not -(2**31) < exponent <= 2**31:
        raise ValueError("beyond a decimal's scale")
    return abs(value) if value.is_zero() else value


def _plain(value: Canonical) -> str:
    """Without an exponent: a whole number may stand in a column of texts, too."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add decimal and varint."""
    problem = "1.0 and 1.00 are two keys in CQL and one in Postgres"
    add(
        ScalarMapping(
            "decimal",
            _SCHEMA,
            "numeric",
            _number,
            _number,
            _show,
            _bound,
            str,
            problem,
            codec=ScalarCodec(
                _decode,
                _encode,
                lambda value: string(str(value)),
                text_reader("a decimal", _parse),
            ),
            binary=_binary,
        )
    )
    add(
        ScalarMapping(
            "varint",
            _SCHEMA,
            "numeric",
            _number,
            _number,
            _show,
            _bound_integer,
            _plain,
            codec=ScalarCodec(_integer, _digits, whole, whole_of),
            binary=_binary,
        )
    )
