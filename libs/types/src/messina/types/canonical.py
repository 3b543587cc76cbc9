"""Values of both sides in one form, in which equal means equal.

Equal are: a time and the same time cut to microseconds; decimals of different scale; 0.0 and
-0.0; NaN and NaN. Everything else differs. Values with parts are canonical JSON, which keeps all
of that apart: jsonb holds nanoseconds, scales and signs as texts.
"""

import struct
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any
from uuid import UUID

from messina.types import jsontext
from messina.types.codec import Codec, decoded, encoded, read, written
from messina.types.cql import CqlType, parse_type
from messina.types.mapping import Canonical, Reader, ValueMismatch, refuse
from messina.types.registry import codec, scalar_mapping
from messina.types.user_types import NO_USER_TYPES, UserTypes

__all__ = [
    "Canonical",
    "ValueMismatch",
    "canonical_bytes",
    "canonical_sink",
    "canonical_source",
    "canonical_wire",
    "digest",
    "encode",
    "from_json",
    "show",
    "sink_binary_reader",
    "sink_reader",
    "sink_text",
    "source_reader",
    "source_value",
    "to_json",
    "wire_reader",
]

_JSONB = b"\x01"
_NOT_A_VALUE = (ValueError, TypeError, OverflowError, InvalidOperation, struct.error)


def canonical_source(cql_type: CqlType | str, value: object) -> Canonical:
    """The canonical form of a scalar as scylla-driver gives it; `ValueMismatch` if it is none."""
    return source_reader(cql_type)(value)


def canonical_wire(
    cql_type: CqlType | str, data: bytes | None, user_types: UserTypes = NO_USER_TYPES
) -> Canonical:
    """The canonical form of a value's bytes in CQL's protocol; `ValueMismatch` if it is none."""
    return wire_reader(cql_type, user_types)(data)


def canonical_sink(
    cql_type: CqlType | str, value: object, user_types: UserTypes = NO_USER_TYPES
) -> Canonical:
    """The canonical form of a value as psycopg gives it, or of Postgres' text for it.

    The text must be that of a session with `TimeZone=UTC`, `DateStyle=ISO` and
    `bytea_output=hex`. A value that the source can't have, such as an infinite timestamp, is a
    text equal to nothing there. Of a type with parts, only jsonb's text is taken.
    """
    return sink_reader(cql_type, user_types)(value)


def source_reader(cql_type: CqlType | str) -> Reader:
    """`canonical_source` of one type, for many values."""
    return _reader(cql_type, scalar_mapping(cql_type).source)


def wire_reader(cql_type: CqlType | str, user_types: UserTypes = NO_USER_TYPES) -> Reader:
    """`canonical_wire` of one type, for many values."""
    road = codec(cql_type, user_types)
    if _parsed(cql_type).scalar:
        exact, canonical = road.decode, scalar_mapping(cql_type).source

        def scalar(data: Any) -> Canonical:
            value = exact(data)
            return None if value is None else canonical(value)

        return _reader(cql_type, scalar)

    def parts(data: Any) -> Canonical:
        value = road.decode(data)
        return None if value is None else road.write(value)

    return _reader(cql_type, parts)


def sink_reader(cql_type: CqlType | str, user_types: UserTypes = NO_USER_TYPES) -> Reader:
    """`canonical_sink` of one type, for many values."""
    if _parsed(cql_type).scalar:
        return _reader(cql_type, scalar_mapping(cql_type).sink)
    road = codec(cql_type, user_types)

    def parts(value: object) -> Canonical:
        if not isinstance(value, str):
            raise refuse(value, "jsonb's text")
        return written(road, read(road, jsontext.parse(value)))

    return _reader(cql_type, parts)


def sink_binary_reader(
    cql_type: CqlType | str, user_types: UserTypes = NO_USER_TYPES
) -> Callable[[bytes | None], Canonical]:
    """As `sink_reader`, of the bytes that Postgres sends of the mapping's type in binary form."""
    if _parsed(cql_type).scalar:
        return _reader(cql_type, scalar_mapping(cql_type).binary)  # type: ignore[arg-type]
    road = codec(cql_type, user_types)

    def parts(data: Any) -> Canonical:
        if data[:1] != _JSONB:
            raise refuse(data, "jsonb's first version")
        return written(road, read(road, jsontext.parse(data[1:].decode())))

    return _reader(cql_type, parts)


def show(cql_type: CqlType | str, value: Canonical) -> str:
    """A canonical value for people."""
    if value is None:
        return "null"
    return scalar_mapping(cql_type).show(value) if _parsed(cql_type).scalar else str(value)


def source_value(cql_type: CqlType | str, value: Canonical) -> object:
    """A canonical value as scylla-driver binds it; `ValueMismatch` if the source can't hold it."""
    if value is None:
        return None
    if not _parsed(cql_type).scalar:
        raise ValueMismatch(f"{cql_type}: a value with parts is none that can be looked up")
    try:
        return scalar_mapping(cql_type).to_source(value)
    except ValueMismatch as error:
        raise ValueMismatch(f"{cql_type}: {error}") from None


def canonical_bytes(cql_type: CqlType | str, value: Canonical) -> bytes | None:
    """A canonical scalar as its bytes; `ValueMismatch` if the source can't hold it."""
    if value is None:
        return None
    mapping = scalar_mapping(cql_type)
    try:
        return mapping.codec.encode((mapping.to_exact or mapping.to_source)(value))
    except _NOT_A_VALUE as error:
        raise ValueMismatch(f"{cql_type}: {error}") from None


def sink_text(cql_type: CqlType | str, value: Canonical) -> str | None:
    """A canonical value as text that Postgres reads; `ValueMismatch` if the sink can't hold it."""
    if value is None:
        return None
    if not _parsed(cql_type).scalar:
        if jsontext.has_null_character(str(value)):
            raise ValueMismatch(f"{cql_type}: Postgres has no NUL in text")
        return str(value)
    mapping = scalar_mapping(cql_type)
    if isinstance(value, str) and "\x00" in value:
        raise ValueMismatch(f"{cql_type}: Postgres has no NUL in text")
    return mapping.show(value) if mapping.to_sink is None else mapping.to_sink(value)


def to_json(
    cql_type: CqlType | str, data: bytes | None, user_types: UserTypes = NO_USER_TYPES
) -> str:
    """The canonical JSON of a value's bytes; `ValueMismatch` if they are none of the type."""
    return _checked(cql_type, codec(cql_type, user_types), data)


def from_json(
    cql_type: CqlType | str, text: str, user_types: UserTypes = NO_USER_TYPES
) -> bytes | None:
    """The bytes of a value whose JSON this is; `ValueMismatch` if it is none of the type."""
    road = codec(cql_type, user_types)
    value = jsontext.parse(text)
    try:
        return encoded(road, read(road, value))
    except _NOT_A_VALUE as error:
        raise _told(cql_type, error) from None


def _checked(cql_type: CqlType | str, road: Codec, data: bytes | None) -> str:
    try:
        return written(road, decoded(road, data))
    except _NOT_A_VALUE as error:
        raise _told(cql_type, error) from None


def _reader(cql_type: CqlType | str, convert: Reader) -> Reader:
    def reader(value: object) -> Canonical:
        try:
            return None if value is None else convert(value)
        except _NOT_A_VALUE as error:
            raise _told(cql_type, error) from None

    return reader


def _told(cql_type: CqlType | str, error: Exception) -> ValueMismatch:
    known = isinstance(error, ValueMismatch)
    return ValueMismatch(f"{cql_type}: {error if known else 'not a value of this type'}")


def _parsed(cql_type: CqlType | str) -> CqlType:
    return parse_type(cql_type) if isinstance(cql_type, str) else cql_type


def digest(values: Iterable[Canonical]) -> bytes:
    """16 bytes that are equal when all values are, and differ (but for one in 2^64) when not."""
    state = blake2b(digest_size=16)
    for value in values:
        encoded_value = encode(value)
        state.update(len(encoded_value).to_bytes(4, "big"))
        state.update(encoded_value)
    return state.digest()


def encode(value: Canonical) -> bytes:
    """A canonical value as bytes, different for different values; no bytes for none."""
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"?1" if value else b"?0"
    if isinstance(value, int):
        return b"i" + value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)
    if isinstance(value, float):
        return b"f" + struct.pack(">d", value)
    if isinstance(value, str):
        return b"s" + value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return b"b" + value
    if isinstance(value, Decimal):
        return b"d" + str(value).encode()
    if isinstance(value, UUID):
        return b"u" + value.bytes
    return b"(" + ",".join(map(str, value)).encode()
