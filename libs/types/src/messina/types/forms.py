"""Columns of values in one form for both sides, as bytes: equal bytes are equal canonical values.

For a comparison of many rows. Where Postgres sends a value in binary form as CQL's protocol does,
nothing is decoded at all; where both are numbers of a fixed size, a column is read at once; what
is left goes through the canonical values of each side. A value that the source can't have has a
form that is equal to nothing there.

    form.source(cells), form.sink(cells)      a column of CQL's, of Postgres' bytes: their forms
    form.of(canonical), form.canonical(form)  one value

A key's form is what the source's protocol has, but for values that the source can't have.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import lru_cache

from messina.types.canonical import (
    canonical_bytes,
    encode,
    sink_binary_reader,
    wire_reader,
)
from messina.types.cql import CqlType, parse_type
from messina.types.dates import POSTGRES_EPOCH as EPOCH_DAYS
from messina.types.decimals import whole_and_exponent, wire_parts
from messina.types.mapping import Canonical, ValueMismatch
from messina.types.timestamps import POSTGRES_EPOCH as EPOCH_MICROS
from messina.types.user_types import NO_USER_TYPES, UserTypes

Cells = Sequence[bytes | None]
"""Values of one column, as bytes; None is null."""
Bulk = Callable[[Cells], Cells]

_ODD = b"\xffno value of the source: "
"""Longer than any value of a fixed size, and no beginning of a text."""
_TEXTS = ("ascii", "text")
_SAME = ("smallint", "int", "bigint", "uuid", "timeuuid")
_WIRE = (*_TEXTS, *_SAME, "blob", "boolean", "tinyint", "timestamp", "date", "inet", "varint")
_FLOATS = {"float": "f", "double": "d"}
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_LONG = 256
"""Bits of a number whose zeros are no longer taken off one by one."""
_MANY = 4_096
_SMALL = 64


@dataclass(frozen=True)
class Form:
    """The form of one type's values.

    Attributes:
        source: forms of a column's bytes in CQL's protocol.
        sink: forms of a column's bytes as Postgres sends them in binary form.
        of: the form of a canonical value.
        canonical: the canonical value of a form, where that can be a key's.
        wire: whether it is what CQL's protocol has, for every value that the source can have.
    """

    source: Bulk
    sink: Bulk
    of: Callable[[Canonical], bytes | None]
    canonical: Callable[[bytes | None], Canonical]
    wire: bool


def form(cql_type: CqlType | str, user_types: UserTypes = NO_USER_TYPES) -> Form:
    """The form of a type's values; `UnsupportedType` for what can't be carried."""
    kind = parse_type(cql_type) if isinstance(cql_type, str) else cql_type
    name = kind.name if kind.scalar else ""
    if name in _FLOATS:
        return _float_form(kind)
    if name == "decimal":
        return _decimal_form(kind)
    return _wire_form(kind, user_types) if name in _WIRE else _general_form(kind, user_types)


def is_odd(value: bytes) -> bool:
    """Whether a key's form is of a value that the source can't have."""
    return value.startswith(_ODD)


def _odd(value: Canonical) -> bytes:
    return _ODD + encode(value)


def _wire_form(cql_type: CqlType, user_types: UserTypes) -> Form:
    """Of types whose canonical values are one to one with CQL's bytes."""
    name = cql_type.name
    wire, binary = wire_reader(cql_type, user_types), sink_binary_reader(cql_type, user_types)

    def of(value: Canonical) -> bytes | None:
        if isinstance(value, str) and name in _TEXTS:
            return value.encode("utf-8", "surrogatepass")
        try:
            return canonical_bytes(cql_type, value)
        except ValueMismatch:
            return _odd(value)

    def canonical(data: bytes | None) -> Canonical:
        if data is not None and data.startswith(_ODD):
            return _decoded(data[len(_ODD) :])
        return wire(data)

    def sink(cells: Cells) -> Cells:
        return _each(cells, lambda data: of(binary(data)))

    def minimal(cells: Cells) -> Cells:
        return _each(cells, lambda data: of(wire(data)))

    sources = {"boolean": _booleans, "varint": minimal, "blob": _unchanged}
    sinks = {
        "timestamp": lambda cells: _timestamps(cells, sink),
        "date": lambda cells: _dates(cells, sink),
        "tinyint": sink,
        "inet": sink,
        "varint": sink,
    }
    source = _unchanged if name in _TEXTS else sources.get(name, _without_empty)
    return Form(source, sinks.get(name, _unchanged), of, canonical, True)


def _float_form(cql_type: CqlType) -> Form:
    """Of float and double: as they are, but for one zero and one NaN."""
    letter = _FLOATS[cql_type.name]
    wire = wire_reader(cql_type)
    zero, nan = (struct.pack(f">{letter}", value) for value in (0.0, float("nan")))

    def normal(cells: Cells) -> Cells:
        present = cells if all(cells) else [data for data in cells if data]
        values = struct.unpack(f">{len(present)}{letter}", b"".join(present))  # type: ignore[arg-type]
        if present is not cells:
            known = iter(values)
            return [_normal(data, next(known)) if data else None for data in cells]
        return [
            data if value and value == value else (zero if value == value else nan)
            for data, value in zip(cells, values, strict=True)
        ]

    def _normal(data: bytes, value: float) -> bytes:
        return data if value and value == value else (zero if value == value else nan)

    def of(value: Canonical) -> bytes | None:
        if value is None:
            return None
        try:
            return normal([struct.pack(f">{letter}", float(value))])[0]  # type: ignore[arg-type]
        except (ValueError, TypeError, OverflowError):
            return _odd(value)

    return Form(normal, normal, of, wire, False)


def _decimal_form(cql_type: CqlType) -> Form:
    """Of decimal: a power of ten and a number that does not end with a zero."""
    wire, binary = wire_reader(cql_type), sink_binary_reader(cql_type)

    def of(value: Canonical) -> bytes | None:
        if value is None:
            return None
        if not isinstance(value, Decimal) or not value.is_finite():
            return _odd(value)
        sign, digits, exponent = value.as_tuple()
        number = int(Decimal((sign, digits, 0)))
        return _packed(number, int(exponent))

    @_remembering
    def source_one(data: bytes) -> bytes | None:
        return _packed(*wire_parts(data)) if data else None

    @_remembering
    def sink_one(data: bytes) -> bytes | None:
        parts = whole_and_exponent(data)
        return of(binary(data)) if parts is None else _packed(*parts)

    return Form(
        lambda cells: _each(cells, source_one),
        lambda cells: _each(cells, sink_one),
        of,
        wire,
        False,
    )


def _packed(number: int, exponent: int) -> bytes:
    if number.bit_length() > _LONG:
        _, digits, zeros = _EXACT.normalize(Decimal(number)).as_tuple()
        sign = number < 0
        number, exponent = int(Decimal((sign, digits, 0))), exponent + int(zeros)
    elif number:
        while not number % 10:
            number //= 10
            exponent += 1
    else:
        exponent = 0
    size = number.bit_length() // 8 + 1
    return exponent.to_bytes(8, "big", signed=True) + number.to_bytes(size, "big", signed=True)


def _general_form(cql_type: CqlType, user_types: UserTypes) -> Form:
    """Of all others: the canonical value, written as bytes."""
    wire, binary = wire_reader(cql_type, user_types), sink_binary_reader(cql_type, user_types)

    @_remembering
    def source_one(data: bytes) -> bytes | None:
        return of(wire(data))

    @_remembering
    def sink_one(data: bytes) -> bytes | None:
        try:
            return of(binary(data))
        except ValueMismatch:
            return _ODD + data

    def of(value: Canonical) -> bytes | None:
        return None if value is None else encode(value)

    def canonical(data: bytes | None) -> Canonical:
        return None if data is None else _decoded(data)

    return Form(
        lambda cells: _each(cells, source_one),
        lambda cells: _each(cells, sink_one),
        of,
        canonical,
        False,
    )


def _remembering(one: Callable[[bytes], bytes | None]) -> Callable[[bytes], bytes | None]:
    """A reader that knows the small values it saw lately: columns often repeat a few."""
    known = lru_cache(maxsize=_MANY)(one)
    return lambda data: known(data) if len(data) <= _SMALL else one(data)


def _each(cells: Cells, one: Callable[[bytes], bytes | None]) -> Cells:
    return [None if data is None else one(data) for data in cells]


def _unchanged(cells: Cells) -> Cells:
    return cells


def _without_empty(cells: Cells) -> Cells:
    """Of most types no bytes are no value."""
    return [data or None for data in cells] if b"" in cells else cells


def _booleans(cells: Cells) -> Cells:
    return [(b"\0" if data == b"\0" else b"\1") if data else None for data in cells]


def _timestamps(cells: Cells, slowly: Bulk) -> Cells:
    """Microseconds since 2000 as milliseconds since 1970, where that loses nothing."""
    values = _numbers(cells, "q")
    millis = [micros // 1_000 for micros in values]
    if any(a * 1_000 != b for a, b in zip(millis, values, strict=True)):
        return slowly(cells)  # one of the infinities, or with microseconds
    moved = [each + EPOCH_MICROS // 1_000 for each in millis]
    return _again(cells, struct.pack(f">{len(moved)}q", *moved), 8)


def _dates(cells: Cells, slowly: Bulk) -> Cells:
    """Days since 2000 as days since 1970, counted from 2^31 on."""
    moved = [days + EPOCH_DAYS + 2**31 for days in _numbers(cells, "i")]
    if moved and not 2**16 < min(moved) <= max(moved) < 2**32:
        return slowly(cells)  # one of the infinities, or near the end of days
    return _again(cells, struct.pack(f">{len(moved)}I", *moved), 4)


def _numbers(cells: Cells, letter: str) -> tuple[int, ...]:
    joined = b"".join([data for data in cells if data is not None])
    return struct.unpack(f">{len(joined) // struct.calcsize(letter)}{letter}", joined)


def _again(cells: Cells, joined: bytes, size: int) -> Cells:
    parts = [joined[at : at + size] for at in range(0, len(joined), size)]
    if len(parts) == len(cells):
        return parts
    rest = iter(parts)
    return [None if data is None else next(rest) for data in cells]


def _decoded(data: bytes) -> Canonical:
    """What a value that the source can't have was: texts and numbers only are ever asked for."""
    kind, rest = data[:1], data[1:]
    if kind == b"i":
        return int.from_bytes(rest, "big", signed=True)
    if kind == b"d":
        return Decimal(rest.decode())
    return rest.decode(errors="replace")
