"""What the comparison needs of a side, whatever stands behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from messina.types import NO_USER_TYPES, Canonical, CqlType, UserTypes

Row = tuple[Canonical, ...]
"""A row's canonical values: the key's columns first, then the others."""
Key = tuple[Canonical, ...]


@dataclass(frozen=True)
class Shape:
    """A table as the comparison sees it: names and types, the key's first.

    Attributes:
        table: what it is called in reports.
        names: the columns in the source.
        types: of what is compared: of a column that is masked by a hash, text.
        key_length: how many of the columns are the key.
        user_types: those of the keyspace.
        renamed: what columns are called in the sink, where it is not as in the source.
        masked: columns whose values are nobody's to see.
        key_types: by CQL type, which Postgres type columns of the key may have besides their own.
    """

    table: str
    names: tuple[str, ...]
    types: tuple[CqlType, ...]
    key_length: int
    user_types: UserTypes = NO_USER_TYPES
    renamed: Mapping[str, str] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()
    key_types: Mapping[str, str] = field(default_factory=dict)

    @property
    def key_names(self) -> tuple[str, ...]:
        """The key's columns in the source."""
        return self.names[: self.key_length]

    @property
    def sink_names(self) -> tuple[str, ...]:
        """The columns in the sink."""
        return tuple(self.renamed.get(name, name) for name in self.names)


@dataclass(frozen=True)
class Witnessed:
    """A row with marks that tell it from the same values, written at another time.

    The source's are write times in microseconds since 1970; of collections that are not frozen, and
    of keys, it tells none. The sink's is the transaction that wrote the row.
    """

    row: Row | None
    marks: tuple[int, ...] = ()


class Side(Protocol):
    """One table on one side."""

    def estimate(self) -> int | None:
        """About how many rows there are, or None where nobody knows."""

    def rows(self) -> Iterator[Row]:
        """All rows, as they are passed by; rows that change meanwhile may be in either state."""

    def all_keys(self) -> Iterator[Key]:
        """The keys of all rows."""

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        """The row of each key as it is now, in the order of the keys; None where there is none."""

    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        """The same as `lookup`, with marks."""
