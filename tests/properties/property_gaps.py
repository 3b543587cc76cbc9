"""What the log can't carry: where it is, what of it a gap covers, in the order of clustering keys.

Place      rows of one partition between two bounds, or its static row
Told       a place where a statement did what only a gap can tell
told_of    a gap of the topic in the same form
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Literal
from uuid import UUID

from property_tables import Column, Key, Table

from messina.kafka import Bound as GapBound
from messina.kafka import Gap
from messina.types import Canonical, jsontext, wire_reader
from messina.types.registry import codec

Kind = Literal["range_delete", "partition_delete", "ttl"]


@dataclass(frozen=True)
class Bound:
    """An end of a range: the first so many clustering values, and whether rows with them are in."""

    key: Key
    inclusive: bool


@dataclass(frozen=True)
class Place:
    """Rows of a partition, in the order of the clustering key.

    Attributes:
        start: where it begins; None: with the partition.
        end: where it ends.
        static: the static row is meant, and not the rows.
    """

    table: str
    partition: Key
    start: Bound | None = None
    end: Bound | None = None
    static: bool = False


@dataclass(frozen=True)
class Told:
    """What a gap must tell: what happened, where, written when.

    Attributes:
        ttl: seconds to live.
        exact: whether the gap has just these bounds; a batch may put several into one.
        shift_us: how far the stated timestamp is from the time of the statement.
    """

    kind: Kind
    place: Place
    ttl: int = 0
    exact: bool = True
    shift_us: int = 0


@dataclass(frozen=True)
class Seen:
    """A gap of the topic."""

    kind: str
    place: Place
    written_us: int
    due_us: int


def seen_of(gap: Gap, tables: Mapping[str, Table]) -> Seen:
    """A gap with its keys in the canonical form."""
    table = tables[gap.table]
    partition = _key(table.partition, gap.partition_key or {})
    place = Place(
        table.name,
        partition,
        _bound(table, gap.after),
        _bound(table, gap.upto),
        gap.static,
    )
    return Seen(gap.kind, place, gap.written_us, gap.due_us)


def covers(table: Table, place: Place, partition: Key, row: Key, static: bool) -> bool:
    """Whether a row, or a partition's static row, lies there."""
    if place.partition != partition or place.static != static or place.table != table.name:
        return False
    return static or (
        _inside(table, place.start, row, behind=True)
        and _inside(table, place.end, row, behind=False)
    )


def compare(columns: Sequence[Column], one: Key, other: Key) -> int:
    """Which of two clustering keys, or first parts of such, comes first."""
    for column, left, right in zip(columns, one, other, strict=False):
        a, b = _rank(column.cql_type.name, left), _rank(column.cql_type.name, right)
        if a != b:
            return -1 if (a < b) != column.descending else 1
    return 0


def _inside(table: Table, bound: Bound | None, row: Key, *, behind: bool) -> bool:
    if bound is None:
        return True
    order = compare(table.clustering, row, bound.key)
    return bound.inclusive if order == 0 else (order > 0) == behind


def _rank(name: str, value: Canonical) -> Any:
    """What CQL compares of a value of a clustering column."""
    if name == "inet":
        return ip_address(str(value)).packed
    if isinstance(value, UUID):
        if name == "timeuuid":
            signed = bytes((byte + 128) % 256 for byte in value.bytes[8:])
            return (value.time, signed)
        return value.bytes  # all of one version
    if isinstance(value, str):
        return value.encode()
    assert isinstance(value, int | bytes | Decimal), f"{name} has no order here"
    return value


def _key(columns: Sequence[Column], key: Mapping[str, Any]) -> Key:
    found = []
    for column in columns[: len(key)]:
        road = codec(column.cql_type)
        # The gap's JSON went through Python's, which keeps what key columns can be.
        value = key[column.name]
        exact = road.read(jsontext.Number(value) if _is_number(value) else value)
        found.append(wire_reader(column.cql_type)(road.encode(exact)))
    return tuple(found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _bound(table: Table, bound: GapBound | None) -> Bound | None:
    return None if bound is None else Bound(_key(table.clustering, bound.key), bound.inclusive)
