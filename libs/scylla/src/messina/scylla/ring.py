"""The token ring: where a key lies, and equal pieces of the ring."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cassandra.cqltypes import _cqltypes
from cassandra.metadata import Murmur3Token, murmur3

from messina.scylla.errors import ScyllaError
from messina.scylla.schema import TableSchema

MIN_TOKEN = -(2**63)
"""The start of the ring; no key has this token."""
MAX_TOKEN = 2**63 - 1

_RING = 2**64
_PROTOCOL = 4


@dataclass(frozen=True, order=True)
class TokenRange:
    """The tokens behind `after`, up to and with `upto`."""

    after: int
    upto: int

    def __contains__(self, token: int) -> bool:
        return self.after < token <= self.upto

    def split(self, pieces: int) -> tuple["TokenRange", ...]:
        """Cut the range into pieces of equal width, to a token. Empty ones are left out."""
        if pieces < 1:
            raise ValueError(f"a range is cut into 1 piece or more, not {pieces}")
        width = self.upto - self.after
        cuts = [self.after + width * i // pieces for i in range(pieces + 1)]
        return tuple(TokenRange(a, b) for a, b in pairwise(cuts) if a < b)


def token_ranges(pieces: int) -> tuple[TokenRange, ...]:
    """Cut the whole ring into equal pieces: the p-th is what partition p of a data topic holds."""
    if pieces < 1:
        raise ValueError(f"the ring is cut into 1 piece or more, not {pieces}")
    # Piece p begins at the smallest token whose `slice_of` is p: MIN + ceil(p * 2^64 / pieces).
    uptos = [MIN_TOKEN - 1 - (-p * _RING // pieces) for p in range(pieces + 1)]
    return tuple(TokenRange(max(MIN_TOKEN, a), b) for a, b in pairwise(uptos))


def slice_of(token: int, slices: int) -> int:
    """Return the index of the piece of `token_ranges(slices)` that holds a token.

    The source connector computes the same, to the token: floor((token + 2^63) * slices / 2^64).
    """
    return (token - MIN_TOKEN) * slices // _RING


def slices_of(first: int, last: int, slices: int) -> range:
    """Return the indexes of the pieces that share a token with those from `first` to `last`."""
    return range(slice_of(first, slices), slice_of(last, slices) + 1)


def token(table: TableSchema, partition_key: Sequence[object]) -> int:
    """Return the token of a partition key, computed here as the server computes it.

    Args:
        table: the table that the key belongs to.
        partition_key: the values of the partition key's columns, in their order.
    """
    columns = table.partition_key
    if len(columns) != len(partition_key):
        names = ", ".join(column.name for column in columns)
        raise ScyllaError(
            f"the partition key of {table.name} is ({names}); got {len(partition_key)} values"
        )
    parts = [
        _serialize(column.cql_type, value)
        for column, value in zip(columns, partition_key, strict=True)
    ]
    return token_of(parts)


def token_of(parts: Sequence[bytes]) -> int:
    """Return the token of a partition key's columns, each as its bytes in CQL."""
    if len(parts) == 1:
        return int(Murmur3Token.from_key(parts[0]).value)
    routing_key = b"".join(struct.pack(">H", len(part)) + part + b"\0" for part in parts)
    return int(Murmur3Token.from_key(routing_key).value)


def tokens(columns: Sequence[Sequence[bytes]]) -> list[int]:
    """Return the token of each row's partition key, of the bytes that the protocol has for it.

    Args:
        columns: a sequence of values for each column of the partition key, in its order.
    """
    if len(columns) == 1:
        keys: Iterable[bytes] = columns[0]
    else:
        framed = [[_PARTS[len(part)] + part + b"\0" for part in column] for column in columns]
        keys = map(b"".join, zip(*framed, strict=True))
    found = list(map(murmur3, keys))
    if MIN_TOKEN in found:
        return [MAX_TOKEN if each == MIN_TOKEN else each for each in found]
    return found


class _Lengths(dict[int, bytes]):
    """Two bytes of each length, made when first asked for."""

    def __missing__(self, length: int) -> bytes:
        self[length] = struct.pack(">H", length)
        return self[length]


_PARTS = _Lengths()


def _serialize(cql_type: str, value: object) -> bytes:
    kind = _cqltypes.get(cql_type)
    if kind is None:
        raise ScyllaError(f"no token for a key of type {cql_type}: only scalar types are keys here")
    return bytes(kind.to_binary(value, _PROTOCOL))
