"""map: an object where the keys are texts, else an array of pairs.

An object's members are in the order of their bytes, which is CQL's: Postgres has its own.
"""

from dataclasses import dataclass

from messina.types.codec import Codec, Exact, decoded, encoded, read, written
from messina.types.elements import Parts, framed, number_of
from messina.types.jsontext import Json, array, members, mismatch


@dataclass(frozen=True)
class PairsCodec:
    """Pairs of key and value, for keys that are no texts."""

    key: Codec
    value: Codec

    def decode(self, data: bytes) -> Exact:
        """A tuple of pairs."""
        if not data:
            return None
        parts = Parts(data)
        value = tuple(
            (decoded(self.key, parts.next()), decoded(self.value, parts.next()))
            for _ in range(parts.count())
        )
        parts.end()
        return value

    def encode(self, value: Exact) -> bytes:
        """Keys and values behind their number."""
        flat = (
            encoded(codec, part)
            for pair in value
            for codec, part in zip((self.key, self.value), pair, strict=True)
        )
        return number_of(len(value)) + framed(flat)

    def write(self, value: Exact) -> str:
        """An array of arrays of two."""
        return array(
            array((written(self.key, key), written(self.value, each))) for key, each in value
        )

    def read(self, value: Json) -> Exact:
        """A tuple of pairs."""
        if not isinstance(value, list):
            raise mismatch(value, "an array of pairs")
        return tuple(self._pair(each) for each in value)

    def _pair(self, value: Json) -> Exact:
        if not isinstance(value, list) or len(value) != 2:
            raise mismatch(value, "a pair")
        return read(self.key, value[0]), read(self.value, value[1])


@dataclass(frozen=True)
class ObjectCodec(PairsCodec):
    """Pairs whose keys are texts."""

    def decode(self, data: bytes) -> Exact:
        """A tuple of pairs in the order of the keys' bytes."""
        value = super().decode(data)
        return None if value is None else _in_order(dict(value))

    def write(self, value: Exact) -> str:
        """An object."""
        return members((key, written(self.value, each)) for key, each in value)

    def read(self, value: Json) -> Exact:
        """A tuple of pairs in the order of the keys' bytes."""
        if not isinstance(value, dict):
            raise mismatch(value, "an object")
        return _in_order({str(key): read(self.value, each) for key, each in value.items()})


def _in_order(value: dict[str, Exact]) -> Exact:
    return tuple(sorted(value.items(), key=lambda pair: pair[0].encode()))
