"""What every type's codec does, and the codecs of scalars.

A codec stands between the bytes of the CQL protocol and canonical JSON. In the middle is the
*exact* value, which has lost nothing: a decimal with its scale, a time with its nanoseconds, a
timestamp's milliseconds in whatever year; parts in tuples.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from messina.types.jsontext import Json, Number, mismatch

Exact = Any
"""A value that has lost nothing; its Python type depends on its CQL type. None is null."""


class Codec(Protocol):
    """One type's road from bytes to JSON and back; `ValueMismatch` or ValueError off the road."""

    def decode(self, data: bytes) -> Exact:
        """The value of these bytes; None for the "empty" value of a type that has no such value."""

    def encode(self, value: Exact) -> bytes:
        """The bytes of a value that is not None."""

    def write(self, value: Exact) -> str:
        """The canonical JSON of a value that is not None."""

    def read(self, value: Json) -> Exact:
        """The value of JSON that is not null."""


@dataclass(frozen=True)
class ScalarCodec:
    """A codec made of functions; without `empty_is_value`, no bytes are read as null."""

    decoder: Callable[[bytes], Exact]
    encoder: Callable[[Exact], bytes]
    writer: Callable[[Exact], str]
    reader: Callable[[Json], Exact]
    empty_is_value: bool = False

    def decode(self, data: bytes) -> Exact:
        """The value of these bytes."""
        return self.decoder(data) if data or self.empty_is_value else None

    def encode(self, value: Exact) -> bytes:
        """The bytes of a value."""
        return self.encoder(value)

    def write(self, value: Exact) -> str:
        """The canonical JSON of a value."""
        return self.writer(value)

    def read(self, value: Json) -> Exact:
        """The value of JSON."""
        return self.reader(value)


def decoded(codec: Codec, data: bytes | None) -> Exact:
    """The value of bytes that may be null."""
    return None if data is None else codec.decode(data)


def encoded(codec: Codec, value: Exact) -> bytes | None:
    """The bytes of a value that may be null."""
    return None if value is None else codec.encode(value)


def written(codec: Codec, value: Exact) -> str:
    """The canonical JSON of a value that may be null."""
    return "null" if value is None else codec.write(value)


def read(codec: Codec, value: Json) -> Exact:
    """The value of JSON that may be null."""
    return None if value is None else codec.read(value)


def text_reader(due: str, convert: Callable[[str], Exact]) -> Callable[[Json], Exact]:
    """A reader of what is a string in JSON."""

    def reader(value: Json) -> Exact:
        if not isinstance(value, str) or isinstance(value, Number):
            raise mismatch(value, due)
        try:
            return convert(value)
        except (ValueError, ArithmeticError):
            raise mismatch(value, due) from None

    return reader


def fixed(size: int, data: bytes) -> bytes:
    """The bytes of a type that has just this many."""
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes where {size} are due")
    return data


def signed(size: int) -> Callable[[bytes], int]:
    """A decoder of whole numbers of that many bytes."""
    return lambda data: int.from_bytes(fixed(size, data), "big", signed=True)


def to_signed(size: int) -> Callable[[int], bytes]:
    """An encoder of whole numbers of that many bytes."""
    return lambda value: value.to_bytes(size, "big", signed=True)
