"""Ranges of clustering keys, in the order that CQL has of them.

Postgres orders some types otherwise (uuid, inet), and texts by its collation. So a range is looked
for on both sides as one that is never smaller: rows that share the first columns of both bounds,
with the next column between the two, ends included. Rows too many cost a comparison, no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID

from messina.reconciler.sides import Key
from messina.scylla import Column
from messina.types import Canonical, UserTypes, key_of_json, parse_type, wire_reader

SAME_ORDER = frozenset(
    "tinyint smallint int bigint varint boolean timestamp date blob ascii text".split()
)
"""Types that Postgres orders as CQL does; texts where they are compared byte by byte."""


@dataclass(frozen=True)
class Stretch:
    """Rows of one partition.

    Attributes:
        equal: the values of the first key columns, which all of the rows have: those of the
            partition key, and more.
        low: the least value of the key column behind these; None: no bound.
        high: the greatest.
    """

    equal: Key
    low: Canonical = None
    high: Canonical = None

    def holds(self, cql_type: str, value: Canonical) -> bool:
        """Whether a row may lie in it, by the column behind the equal ones."""
        return (self.low is None or _at_most(cql_type, self.low, value)) and (
            self.high is None or _at_most(cql_type, value, self.high)
        )


def values_of(columns: Sequence[Column], text: str, user_types: UserTypes) -> Key:
    """Return the canonical values of a key's JSON, or of the first columns of one.

    Raises:
        ValueMismatch: if it is none of these columns: they were renamed, or are others now.
    """
    types = [(column.name, parse_type(column.cql_type)) for column in columns]
    parts = key_of_json(types, text, user_types)
    return tuple(
        wire_reader(cql_type, user_types)(part)
        for (_, cql_type), part in zip(types, parts, strict=False)
    )


def stretch_of(partition: Key, clustering: Sequence[Column], lower: Key, upper: Key) -> Stretch:
    """Return the stretch in which all rows between two bounds lie.

    Args:
        partition: the partition key's values.
        clustering: the clustering columns.
        lower: the first bound's values, of the first so many columns.
        upper: the other's.
    """
    same = 0
    while same < min(len(lower), len(upper)) and lower[same] == upper[same]:
        same += 1
    equal = (*partition, *lower[:same])
    low = lower[same] if len(lower) > same else None
    high = upper[same] if len(upper) > same else None
    if same >= len(clustering) or low == high:
        return Stretch(equal)
    column = clustering[same]
    if column.descending:
        low, high = high, low
    if low is not None and high is not None and not _at_most(column.cql_type, low, high):
        low, high = high, low
    return Stretch(equal, low, high)


def _at_most(cql_type: str, one: Canonical, other: Canonical) -> bool:
    try:
        return bool(_rank(cql_type, one) <= _rank(cql_type, other))
    except (TypeError, ValueError):
        return True  # a value that only the sink can have has no order here


def _rank(cql_type: str, value: Canonical) -> Any:
    """What CQL compares first of a value; equal ranks need not be equal values."""
    if isinstance(value, UUID):
        if cql_type == "timeuuid":
            return value.time
        version = value.int >> 76 & 0xF
        return (version, value.time if version == 1 else value.int)
    if cql_type == "inet":
        return ip_address(str(value)).packed
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, int | bytes | Decimal):
        return value
    raise TypeError(f"{cql_type} has no order here")
