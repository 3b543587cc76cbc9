"""How many rows a table has, about, and its token ring in ranges of about so many rows.

The cluster's own estimates (`system.size_estimates`) count partitions, are refreshed every few
minutes, and say nothing of a table that is new. So a few places of the ring are looked at, too:
they tell how many rows a partition has, and, where the cluster says nothing, how dense it is.
"""

from dataclasses import dataclass
from math import ceil

from messina.scylla.estimates import estimate
from messina.scylla.names import identifier
from messina.scylla.ring import MAX_TOKEN, MIN_TOKEN, TokenRange, token_ranges
from messina.scylla.schema import TableSchema
from messina.scylla.session import Session

_RING = 2**64
_PLACES = 16
_ROWS = 250
_MOST_RANGES = 1_000_000


@dataclass(frozen=True)
class Size:
    """A guess at a table's size.

    Attributes:
        partitions: how many partitions.
        rows: how many rows.
    """

    partitions: int
    rows: int


@dataclass(frozen=True)
class SizedRange:
    """A part of the ring.

    Attributes:
        tokens: which.
        rows: a guess at how many rows it has.
    """

    tokens: TokenRange
    rows: int


def estimated_size(session: Session, table: TableSchema) -> Size:
    """Return a guess at a table's size: a few small reads, whatever the size.

    Raises:
        QueryFailed: if the table can't be read.
    """
    rows, partitions, covered = 0, 0, 0
    for place in range(_PLACES):
        after = MIN_TOKEN + _RING * place // _PLACES
        upto = min(MAX_TOKEN, MIN_TOKEN + _RING * (place + 1) // _PLACES)
        tokens = _tokens(session, table, after, upto)
        rows += len(tokens)
        partitions += len(set(tokens))
        # the last partition may go on behind what was read
        covered += (tokens[-1] if len(tokens) == _ROWS else upto) - after
    if not rows:
        return Size(0, 0)
    known = estimate(session, table.keyspace, table.table).partitions
    if covered >= _RING - _PLACES:
        return Size(partitions, rows)
    found = ceil(partitions * _RING / covered)
    # the cluster's guess is of some minutes ago, at worst of before the table was filled
    total = known if found < known * 2 and known < found * 2 else found
    return Size(total, ceil(total * rows / partitions))


def sized_ranges(
    session: Session, table: TableSchema, *, rows: int = 10_000, shared: bool = False
) -> tuple[SizedRange, ...]:
    """Return the ring in ranges of about so many rows each, one at least, in order.

    Args:
        session: where to ask.
        table: which table.
        rows: how many rows a range is to have.
        shared: whether what partitions share is counted, and not the rows.

    Raises:
        QueryFailed: if the table can't be read.
    """
    size = estimated_size(session, table)
    total = size.partitions if shared else size.rows
    pieces = max(1, min(_MOST_RANGES, ceil(total / rows)))
    return tuple(SizedRange(part, ceil(total / pieces)) for part in token_ranges(pieces))


def _tokens(session: Session, table: TableSchema, after: int, upto: int) -> list[int]:
    key = ", ".join(identifier(column.name) for column in table.partition_key)
    found = session.execute(
        session.prepare(
            f"SELECT token({key}) FROM {table.cql_name}"
            f" WHERE token({key}) > ? AND token({key}) <= ? LIMIT {_ROWS}"
        ),
        (after, upto),
    )
    return [_number(row[0]) for row in found]


def _number(value: object) -> int:
    """A token, also from a session that gives bytes."""
    if isinstance(value, bytes):
        return int.from_bytes(value, "big", signed=True)
    assert isinstance(value, int)
    return value
