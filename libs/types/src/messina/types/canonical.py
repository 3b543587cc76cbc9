"""Values of both sides in one form, in which equal means equal.

Equal are: a time and the same time cut to microseconds; decimals of different scale; 0.0 and
-0.0; NaN and NaN. Everything else differs.
"""

import struct
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from uuid import UUID

from messina.types.cql import CqlType
from messina.types.mapping import Canonical, Reader, ValueMismatch
from messina.types.registry import scalar_mapping

__all__ = [
    "Canonical",
    "ValueMismatch",
    "canonical_sink",
    "canonical_source",
    "digest",
    "show",
    "sink_reader",
    "sink_text",
    "source_reader",
    "source_value",
]


def canonical_source(cql_type: CqlType | str, value: object) -> Canonical:
    """The canonical form of a value as scylla-driver gives it; `ValueMismatch` if it is none."""
    return source_reader(cql_type)(value)


def canonical_sink(cql_type: CqlType | str, value: object) -> Canonical:
    """The canonical form of a value as psycopg gives it, or of Postgres' text for it.

    The text must be that of a session with `TimeZone=UTC`, `DateStyle=ISO` and
    `bytea_output=hex`. A value that the source can't have, such as an infinite timestamp, is a
    text equal to nothing there.
    """
    return sink_reader(cql_type)(value)


def source_reader(cql_type: CqlType | str) -> Reader:
    """`canonical_source` of one type, for many values."""
    return _reader(cql_type, scalar_mapping(cql_type).source)


def sink_reader(cql_type: CqlType | str) -> Reader:
    """`canonical_sink` of one type, for many values."""
    return _reader(cql_type, scalar_mapping(cql_type).sink)


def show(cql_type: CqlType | str, value: Canonical) -> str:
    """A canonical value for people."""
    return "null" if value is None else scalar_mapping(cql_type).show(value)


def source_value(cql_type: CqlType | str, value: Canonical) -> object:
    """A canonical value as scylla-driver binds it; `ValueMismatch` if the source can't hold it."""
    if value is None:
        return None
    try:
        return scalar_mapping(cql_type).to_source(value)
    except ValueMismatch as error:
        raise ValueMismatch(f"{cql_type}: {error}") from None


def sink_text(cql_type: CqlType | str, value: Canonical) -> str | None:
    """A canonical value as text that Postgres reads; `ValueMismatch` if the sink can't hold it."""
    mapping = scalar_mapping(cql_type)
    if value is None:
        return None
    if isinstance(value, str) and "\x00" in value:
        raise ValueMismatch(f"{cql_type}: Postgres has no NUL in text")
    return mapping.show(value) if mapping.to_sink is None else mapping.to_sink(value)


def _reader(cql_type: CqlType | str, read: Reader) -> Reader:
    def reader(value: object) -> Canonical:
        try:
            return None if value is None else read(value)
        except ValueMismatch as error:
            raise ValueMismatch(f"{cql_type}: {error}") from None
        except (ValueError, TypeError, OverflowError, InvalidOperation, struct.error):
            raise ValueMismatch(f"{cql_type}: not a value of this type") from None

    return reader


def digest(values: Iterable[Canonical]) -> bytes:
    """16 bytes that are equal when all values are, and differ (but for one in 2^64) when not."""
    state = blake2b(digest_size=16)
    for value in values:
        encoded = _encode(value)
        state.update(len(encoded).to_bytes(4, "big"))
        state.update(encoded)
    return state.digest()


def _encode(value: Canonical) -> bytes:
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
