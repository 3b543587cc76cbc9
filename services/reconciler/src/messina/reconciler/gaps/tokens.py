"""Gaps over a part of the ring: every row there is read again, and what only the sink has, too."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import islice

from cassandra.metadata import Murmur3Token

from messina.reconciler.gaps.reading import UNREADABLE, TableSides
from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.sides import Key, Row
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import Raw
from messina.scylla import MAX_TOKEN, MIN_TOKEN, Session, TokenRange, sized_ranges

Steps = Iterator[None]
Ask = Callable[..., Steps]
Wrong = Generator[None, None, set[str]]
Check = Callable[[Sequence[str]], Wrong]

_ROWS = 10_000
_AT_ONCE = 2
_KEYS = 1_000
_LOOKED_AT = 200
_APART = 1_000
"""So many rows of a gap get gaps of their own at a try."""


def heal_tokens(
    sides: TableSides,
    sink: PostgresSide,
    session: Session,
    gap: OpenGap,
    ask: Ask,
    check: Check,
    healed: Callable[[int], None],
    apart: Callable[[set[str]], None],
) -> Wrong:
    """Have all rows of a gap's tokens read again, and compare them then.

    What only the sink has comes first: so a gap whose ranges are healed up to a token can be gone
    on with behind it. A few rows that stay unequal are told apart, or all others would be read
    again with them at each try; if they are many, it is no fault of theirs, and it ends there.

    Args:
        sides: the table.
        sink: the sink's, over a connection that nobody else uses meanwhile.
        session: the source.
        gap: whose tokens.
        ask: has keys, or ranges of tokens, read again; it ends once they are in Postgres.
        check: looks whether rows of keys are equal, and returns those that stay unequal.
        healed: told of a token up to which, and with which, the ranges are healed.
        apart: told of keys of rows that stay unequal, before what they are in is healed.

    Returns:
        The keys of rows that stay unequal, where they are too many: nothing behind them is healed.
    """
    count = 0

    def many(wrong: set[str]) -> bool:
        nonlocal count
        count += len(wrong)
        if wrong and count <= _APART:
            apart(wrong)
        return count > _APART

    first = MIN_TOKEN if gap.from_token is None else gap.from_token
    last = MAX_TOKEN if gap.to_token is None else gap.to_token
    surplus: list[str] = []
    remaining = _within(sides, sink.all_keys(), first, last)
    while keys := list(islice(remaining, _LOOKED_AT)):
        for key, row in zip(keys, sides.lookup_source(keys), strict=True):
            if row is None and (text := sides.json_of(key)) is not None:
                surplus.append(text)
        if len(surplus) >= _KEYS:
            if many(wrong := (yield from _away(surplus, ask, check))):
                return wrong
            surplus = []
        yield
    if surplus and many(wrong := (yield from _away(surplus, ask, check))):
        return wrong
    for group in _groups(_ranges(session, sides, first, last)):
        ranges = [(low, high) for low, high, _ in group]
        yield from ask(ranges=ranges, rows=sum(rows for *_, rows in group))
        for low, high in ranges:
            if many(wrong := (yield from _compared(sides, sink, low, high, check))):
                return wrong
            healed(high)
    return set()


def _away(keys: list[str], ask: Ask, check: Check) -> Wrong:
    yield from ask(keys=keys)
    return (yield from check(keys))


def _compared(sides: TableSides, sink: PostgresSide, low: int, high: int, check: Check) -> Wrong:
    """Compare the source's rows of tokens, both ends included, with the sink's."""
    differ: list[str] = []
    wrong: set[str] = set()
    for columns, _ in sides.source.columns(TokenRange(low - 1, high)):
        rows = _readable(sides, zip(*columns, strict=True))
        while some := list(islice(rows, _LOOKED_AT)):
            others = sink.lookup([key for key, _ in some])
            for (key, row), other in zip(some, others, strict=True):
                if row != other and (text := sides.json_of(key)) is not None:
                    differ.append(text)
            if len(differ) >= _KEYS:
                wrong |= yield from check(differ)
                differ = []
                if len(wrong) > _APART:
                    return wrong
            yield
    if differ:
        wrong |= yield from check(differ)
    return wrong


def _readable(sides: TableSides, rows: Iterable[Raw]) -> Iterator[tuple[Key, Row | None]]:
    """Rows whose keys are values: nothing can ask for others."""
    for raw in rows:
        try:
            yield sides.canonical(raw)
        except UNREADABLE:
            continue


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
