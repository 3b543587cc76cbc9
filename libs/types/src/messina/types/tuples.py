"""tuple: an array with all its parts, null where one is null or was never written."""

from dataclasses import dataclass

from messina.types.codec import Codec, Exact, decoded, encoded, read, written
from messina.types.elements import Parts, framed
from messina.types.jsontext import Json, array, mismatch


@dataclass(frozen=True)
class TupleCodec:
    """A part after the other; the last ones may be missing."""

    parts: tuple[Codec, ...]

    def decode(self, data: bytes) -> Exact:
        """A tuple of all parts."""
        rest = Parts(data)
        value = tuple(decoded(part, rest.next() if rest.more() else None) for part in self.parts)
        rest.end()
        return value

    def encode(self, value: Exact) -> bytes:
        """All parts."""
        return framed(encoded(part, each) for part, each in zip(self.parts, value, strict=True))

    def write(self, value: Exact) -> str:
        """An array."""
        return array(written(part, each) for part, each in zip(self.parts, value, strict=True))

    def read(self, value: Json) -> Exact:
        """A tuple of all parts."""
        if not isinstance(value, list) or len(value) != len(self.parts):
            raise mismatch(value, f"an array of {len(self.parts)}")
        return tuple(read(part, each) for part, each in zip(self.parts, value, strict=True))
