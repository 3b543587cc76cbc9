"""vector: an array of as many elements as its type says.

Elements of a type whose values all have one size stand one behind the other, others each behind
its length.
"""

from dataclasses import dataclass

from messina.types import vints
from messina.types.codec import Codec, Exact
from messina.types.cql import CqlType
from messina.types.elements import Parts
from messina.types.jsontext import Json, array, mismatch

_SIZES = {
    "boolean": 1,
    "int": 4,
    "bigint": 8,
    "float": 4,
    "double": 8,
    "timestamp": 8,
    "uuid": 16,
    "timeuuid": 16,
}
"""The types whose size CQL knows; tinyint, smallint, date and time are none of them."""


def size_of(cql_type: CqlType) -> int:
    """The size that all values of a type have; 0 where there is none."""
    if cql_type.kind == "vector" and cql_type.dimension is not None:
        return cql_type.dimension * size_of(cql_type.arguments[0])
    return _SIZES.get(cql_type.name, 0) if cql_type.scalar else 0


@dataclass(frozen=True)
class VectorCodec:
    """As many elements as `dimension`; `size` of each, 0 where they differ."""

    element: Codec
    dimension: int
    size: int

    def decode(self, data: bytes) -> Exact:
        """A tuple of elements."""
        if not data:
            return None
        if self.size:
            parts = Parts(data)
            value = tuple(self._element(parts.take(self.size)) for _ in range(self.dimension))
            parts.end()
            return value
        elements = []
        for _ in range(self.dimension):
            length, data = vints.unsigned(data)
            if length > len(data):
                raise ValueError("the bytes end inside an element")
            elements.append(self._element(data[:length]))
            data = data[length:]
        if data:
            raise ValueError("more than a vector")
        return tuple(elements)

    def _element(self, data: bytes) -> Exact:
        return self.element.decode(data)

    def encode(self, value: Exact) -> bytes:
        """The elements' bytes, each behind its length where it has to."""
        parts = [self.element.encode(each) for each in value]
        if self.size:
            return b"".join(parts)
        return b"".join(vints.to_unsigned(len(part)) + part for part in parts)

    def write(self, value: Exact) -> str:
        """An array."""
        return array("null" if each is None else self.element.write(each) for each in value)

    def read(self, value: Json) -> Exact:
        """A tuple of elements."""
        if not isinstance(value, list) or len(value) != self.dimension or None in value:
            raise mismatch(value, f"an array of {self.dimension} without null")
        return tuple(self.element.read(each) for each in value)
