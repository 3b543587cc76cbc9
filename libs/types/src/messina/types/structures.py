"""User types: an object with every field of the type as it is defined now, in that order.

A field that is null or was never written is null. One that the definition does not have (an ALTER
is under way) is left out.
"""

from dataclasses import dataclass

from messina.types.codec import Codec, Exact, decoded, encoded, read, written
from messina.types.elements import Parts, framed
from messina.types.jsontext import Json, members, mismatch


@dataclass(frozen=True)
class StructureCodec:
    """A field after the other; the last ones may be missing."""

    fields: tuple[tuple[str, Codec], ...]

    def decode(self, data: bytes) -> Exact:
        """A tuple of all fields' values."""
        parts = Parts(data)
        return tuple(
            decoded(codec, parts.next() if parts.more() else None) for _, codec in self.fields
        )

    def encode(self, value: Exact) -> bytes:
        """All fields."""
        return framed(
            encoded(codec, each) for (_, codec), each in zip(self.fields, value, strict=True)
        )

    def write(self, value: Exact) -> str:
        """An object."""
        return members(
            (name, written(codec, each))
            for (name, codec), each in zip(self.fields, value, strict=True)
        )

    def read(self, value: Json) -> Exact:
        """A tuple of all fields' values; a member that is missing is null."""
        if not isinstance(value, dict) or not value.keys() <= {name for name, _ in self.fields}:
            raise mismatch(value, "an object of the type's fields")
        return tuple(read(codec, value.get(name)) for name, codec in self.fields)
