"""JSON text to the letter: nothing is escaped but what must be, no number loses a digit."""

import json
import math
import re
import struct
from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal

from messina.types.mapping import ValueMismatch

Json = object
"""What `parse` makes: None, bool, str, `Number`, list and dict."""

_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
_DIGITS_OF_INT = 4_000
_NULL_CHARACTER = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_STRINGS = {
    "NaN": math.nan,
    "Infinity": math.inf,
    "-Infinity": -math.inf,
    "-0.0": -0.0,
}


class Number(str):
    """A number as it was written: Python's float would round it, its int has a limit of digits."""

    __slots__ = ()


def parse(text: str) -> Json:
    """Read JSON; `ValueMismatch` where it is none, or has a member twice."""
    try:
        return json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
            object_pairs_hook=_members,
        )
    except (ValueError, RecursionError):
        raise ValueMismatch("not JSON") from None


def string(text: str) -> str:
    """A text as a JSON string."""
    return json.dumps(text, ensure_ascii=False)


def whole(number: int) -> str:
    """A whole number of any size."""
    return str(number) if -(2**63) <= number < 2**64 else str(Decimal(number))


def whole_of(value: Json) -> int:
    """The whole number that this is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, Number) or _WHOLE.fullmatch(value) is None:
        raise mismatch(value, "a whole number")
    return int(value) if len(value) < _DIGITS_OF_INT else int(Decimal(value))


def double(value: float) -> str:
    """The shortest number that reads back as this double; a string where JSON has no number."""
    return _named(value) or _ecmascript(repr(value))


def single(value: float) -> str:
    """The shortest number that reads back as this float of 32 bits."""
    if (named := _named(value)) is not None:
        return named
    for digits in range(1, 9):
        text = f"{value:.{digits}g}"
        if nearest_single(text) == value:
            return _ecmascript(text)
        if math.frexp(value)[0] in (0.5, -0.5):
            # The next number below is only half as far away: the nearest text may miss
            # where the next above does not.
            for rounding in (ROUND_DOWN, ROUND_UP):
                other = str(Context(digits, rounding).create_decimal_from_float(value))
                if nearest_single(other) == value:
                    return _ecmascript(other)
    return _ecmascript(f"{value:.9g}")


def nearest_single(text: str) -> float:
    """The float of 32 bits that is nearest to a number; by way of a double it may not be."""
    wide = float(text)
    try:
        near = _single(wide)
    except OverflowError:
        return math.copysign(math.inf, wide)
    if near == wide or math.isinf(wide):
        return near
    (bits,) = struct.unpack(">i", struct.pack(">f", near))
    away = abs(wide) > abs(near)
    other: float = struct.unpack(">f", struct.pack(">i", bits + 1 if away else bits - 1))[0]
    if math.isfinite(other) and (near + other) / 2 == wide:
        exact, middle = Decimal(text), Decimal(wide)
        if exact != middle:
            return max(near, other) if exact > middle else min(near, other)
    return near


def double_of(value: Json) -> float:
    """The double that this is."""
    text = _float_text(value)
    if text in _STRINGS:
        return _STRINGS[text]
    return _finite(float(text), value)


def single_of(value: Json) -> float:
    """The float of 32 bits that this is."""
    text = _float_text(value)
    if text in _STRINGS:
        return _STRINGS[text]
    return _finite(nearest_single(text), value)


def array(parts: Iterable[str]) -> str:
    """An array of JSON texts."""
    return f"[{','.join(parts)}]"


def members(parts: Iterable[tuple[str, str]]) -> str:
    """An object of names and JSON texts."""
    return "{" + ",".join(f"{string(name)}:{value}" for name, value in parts) + "}"


def has_null_character(text: str) -> bool:
    """Whether a JSON text has U+0000 in a string, which Postgres' jsonb refuses."""
    return "\\u0000" in text and _NULL_CHARACTER.search(text) is not None


def mismatch(value: Json, due: str) -> ValueMismatch:
    """The error of JSON that is no value of the type; the value may be large and is not shown."""
    kinds = ((dict, "an object"), (list, "an array"), (Number, "a number"), (str, "a string"))
    kind = next((name for kind, name in kinds if isinstance(value, kind)), str(value).lower())
    return ValueMismatch(f"{kind} where {due} is due")


def _named(value: float) -> str | None:
    if math.isnan(value):
        return '"NaN"'
    if math.isinf(value):
        return '"Infinity"' if value > 0 else '"-Infinity"'
    if value == 0:
        return '"-0.0"' if math.copysign(1, value) < 0 else "0"
    return None


def _ecmascript(text: str) -> str:
    """A number as ECMAScript and RFC 8785 write it: 0.1, 100, 1e+21, 1.5e-7."""
    if "e" not in text and "E" not in text:
        return text.rstrip("0").rstrip(".") if "." in text else text
    sign, digits, exponent = Decimal(text).normalize(Context(20)).as_tuple()
    assert isinstance(exponent, int)
    plain = "".join(map(str, digits))
    point = len(plain) + exponent
    minus = "-" if sign else ""
    if point > 21 or point <= -6:
        fraction = f".{plain[1:]}" if len(plain) > 1 else ""
        return f"{minus}{plain[0]}{fraction}e{point - 1:+}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{plain}"
    if point >= len(plain):
        return minus + plain + "0" * (point - len(plain))
    return f"{minus}{plain[:point]}.{plain[point:]}"


def _float_text(value: Json) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return whole(value)
    if isinstance(value, str) and (isinstance(value, Number) or value in _STRINGS):
        return value
    raise mismatch(value, "a number")


def _finite(number: float, value: Json) -> float:
    if not math.isfinite(number):
        raise mismatch(value, "a smaller number")
    return number


def _single(value: float) -> float:
    (single,) = struct.unpack(">f", struct.pack(">f", value))
    assert isinstance(single, float)
    return single


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member twice")
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(name)
