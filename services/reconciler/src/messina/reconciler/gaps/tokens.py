"""Gaps over a part of the ring: every row there is read again, and what only the sink has, too."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from cassandra.metadata import Murmur3Token

from messina.reconciler.gaps.reading import TableSides
from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.sides import Key
from messina.reconciler.sink import PostgresSide
from messina.scylla import MAX_TOKEN, MIN_TOKEN, Session, sized_ranges

Steps = Iterator[None]
Ask = Callable[..., Steps]

_ROWS = 10_000
_AT_ONCE = 2
_KEYS = 1_000
_LOOKED_AT = 200


def heal_tokens(
    sides: TableSides, sink: PostgresSide, session: Session, gap: OpenGap, ask: Ask
) -> Steps:
    """Have all rows of a gap's tokens read again.

    Args:
        sides: the table.
        sink: the sink's, over a connection that nobody else uses meanwhile.
        session: the source.
        gap: whose tokens.
        ask: has keys, or ranges of tokens, read again; it ends once they are in Postgres.
    """
    first = MIN_TOKEN if gap.from_token is None else gap.from_token
    last = MAX_TOKEN if gap.to_token is None else gap.to_token
    for group in _groups(_ranges(session, sides, first, last)):
        ranges = [(low, high) for low, high, _ in group]
        yield from ask(ranges=ranges, rows=sum(rows for *_, rows in group))
    surplus: list[str] = []
    remaining = _within(sides, sink.all_keys(), first, last)
    while keys := list(islice(remaining, _LOOKED_AT)):
        for key, row in zip(keys, sides.lookup_source(keys), strict=True):
            if row is None and (text := sides.json_of(key)) is not None:
                surplus.append(text)
        if len(surplus) >= _KEYS:
            yield from ask(keys=surplus)
            surplus = []
        yield
    if surplus:
        yield from ask(keys=surplus)


def _ranges(
    session: Session, sides: TableSides, first: int, last: int
) -> Iterator[tuple[int, int, int]]:
    """The tokens in ranges of about 10,000 rows, both ends included, and how many rows."""
    part = sides.part
    for each in sized_ranges(session, part.schema, rows=_ROWS, shared=part.static):
        low, high = max(first, each.tokens.after + 1), min(last, each.tokens.upto)
        if low <= high:
            yield low, high, each.rows


def _groups(ranges: Iterator[tuple[int, int, int]]) -> Iterator[Sequence[tuple[int, int, int]]]:
    while group := list(islice(ranges, _AT_ONCE)):
        yield group


def _within(sides: TableSides, keys: Iterator[Key], first: int, last: int) -> Iterator[Key]:
    columns = len(sides.part.schema.partition_key)
    for key in keys:
        parts = sides.bytes_of(key)
        if parts is not None and first <= token_of(parts[:columns]) <= last:
            yield key


def token_of(parts: Sequence[bytes]) -> int:
    """Return the token of a partition key's bytes."""
    if len(parts) == 1:
        return int(Murmur3Token.from_key(parts[0]).value)
    framed = b"".join(len(part).to_bytes(2, "big") + part + b"\0" for part in parts)
    return int(Murmur3Token.from_key(framed).value)
