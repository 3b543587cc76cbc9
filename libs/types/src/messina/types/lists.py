"""list and set: an array, a set's in CQL's order."""

from dataclasses import dataclass

from messina.types.codec import Codec, Exact, decoded, encoded, read, written
from messina.types.elements import Parts, framed, number_of
from messina.types.jsontext import Json, array, mismatch


@dataclass(frozen=True)
class ListCodec:
    """Elements behind their number."""

    element: Codec

    def decode(self, data: bytes) -> Exact:
        """A tuple of elements."""
        if not data:
            return None
        parts = Parts(data)
        value = tuple(decoded(self.element, parts.next()) for _ in range(parts.count()))
        parts.end()
        return value

    def encode(self, value: Exact) -> bytes:
        """Elements behind their number."""
        return number_of(len(value)) + framed(encoded(self.element, each) for each in value)

    def write(self, value: Exact) -> str:
        """An array."""
        return array(written(self.element, each) for each in value)

    def read(self, value: Json) -> Exact:
        """A tuple of elements."""
        if not isinstance(value, list):
            raise mismatch(value, "an array")
        return tuple(read(self.element, each) for each in value)
