"""The source's side of a table: Scylla, scanned by token ranges."""

import time
from collections.abc import Callable, Iterator, Sequence

from cassandra import ConsistencyLevel

from messina.reconciler.parts import Part
from messina.reconciler.sides import Key, Row, Witnessed
from messina.reconciler.unread import is_unread, tolerant
from messina.scylla import (
    Column,
    Pace,
    Session,
    TokenRange,
    estimate,
    lookup,
    pages,
    scan,
    token_ranges,
    unhurried,
)
from messina.types import Cells, ValueMismatch, parse_type, source_value

_RANGES = 16
_TIMED = 50
_LIMITED = 100
"""How many rows are looked up at once below a ceiling."""
"""Of how many columns the write times are read: of a wider row those of the first ones."""

Raw = Sequence[bytes | None]
Take = Callable[[int], float]
"""Takes the time that so many rows have below a ceiling; returns the seconds until it is over."""


def level_of(name: str) -> int:
    """The driver's number of a consistency level, such as LOCAL_QUORUM."""
    return int(getattr(ConsistencyLevel, name))


class ScyllaSide:
    """A part of a table as the source has it.

    What partitions share is there where one of the shared columns has a value: so the connector
    has it, for which one without any is deleted.

    Args:
        session: where it is read.
        part: what of the table.
        consistency: at which rows are looked up: a `cassandra.ConsistencyLevel`; None is
            LOCAL_QUORUM.
        take: the ceiling below which rows are looked up; None is none.
    """

    def __init__(
        self,
        session: Session,
        part: Part,
        consistency: int | None = None,
        take: Take | None = None,
    ) -> None:
        self.shape = part.shape()
        self._consistency = consistency
        self._take = take
        self._session = session
        self._part = part
        self._schema = part.schema
        self._readers = tuple(map(tolerant, part.readers()))
        carried = (column.name for column in part.schema.statics)
        self._shared = tuple(name for name in carried if part.table.carries(name))
        others = part.columns[self.shape.key_length :]
        self._timed = tuple(column.name for column in others if _has_time(column))[:_TIMED]

    def estimate(self) -> int | None:
        """The server's guess, which is of partitions: nothing for a table with a clustering key."""
        if len(self._schema.partition_key) < self.shape.key_length:
            return None
        known = estimate(self._session, self._schema.keyspace, self._schema.table)
        return known.partitions or None

    def rows(self) -> Iterator[Row]:
        """All rows, range by range of the ring."""
        for row in self._scan(self.shape.names):
            yield self._canonical(row)

    def all_keys(self) -> Iterator[Key]:
        """The keys of all rows."""
        for row in self._scan(self.shape.key_names):
            yield self._canonical(row[: self.shape.key_length])

    def columns(
        self,
        token_range: TokenRange,
        consistency: int | None = None,
        pace: Pace = unhurried,
    ) -> Iterator[tuple[list[Cells], int]]:
        """All rows of a range, by token: some at once, as columns of bytes, and how many.

        Args:
            token_range: the range.
            consistency: a `cassandra.ConsistencyLevel`; None is that of lookups.
            pace: how fast.
        """
        names = self.shape.names
        key = range(self.shape.key_length)
        for rows in pages(
            self._session,
            self._schema,
            token_range,
            self._asked(names),
            shared=self._part.static,
            consistency=self._consistency if consistency is None else consistency,
            pace=pace,
        ):
            columns: list[Cells] = list(zip(*rows, strict=True))
            count = len(rows)
            if self._part.static or any(None in columns[place] for place in key):
                kept = [row for row in rows if self._is_there(row)]
                columns, count = list(zip(*kept, strict=True)), len(kept)
            if count:
                yield columns[: len(names)], count

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        """The row of each key as it is now."""
        return (found.row for found in self._below(keys, ()))

    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        """The row of each key as it is now, with its write times."""
        return self._below(keys, self._timed)

    def exact(self, keys: Sequence[Key]) -> Iterator[Raw | None]:
        """The row of each key as it is now, as bytes of CQL's protocol; None where there is none.

        All keys are such as the source can have.
        """
        for some in self._in_time(keys):
            bound = [key for key in map(self._bound, some) if key is not None]
            rows = lookup(
                self._session,
                self._schema,
                bound,
                columns=self.shape.names,
                consistency=self._consistency,
            )
            for key in some:
                row = None if self._bound(key) is None else next(rows)
                yield row if row is not None and self._is_there(row) else None

    def _below(self, keys: Sequence[Key], timed: tuple[str, ...]) -> Iterator[Witnessed]:
        """The rows of keys, no faster than the ceiling allows."""
        for some in self._in_time(keys):
            yield from self._looked_up(some, timed)

    def _in_time(self, keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
        """Some keys at once, when the ceiling allows to look them up."""
        if self._take is None:
            yield keys
            return
        for start in range(0, len(keys), _LIMITED):
            some = keys[start : start + _LIMITED]
            time.sleep(self._take(len(some)))
            yield some

    def _looked_up(self, keys: Sequence[Key], timed: tuple[str, ...]) -> Iterator[Witnessed]:
        bound = [None if any(map(is_unread, key)) else self._bound(key) for key in keys]
        asked = [key for key in bound if key is not None]
        names = self._asked(self.shape.names)
        found = lookup(
            self._session,
            self._schema,
            asked,
            columns=names,
            written=timed,
            shared=self._part.static,
            consistency=self._consistency,
        )
        for asked_for, key in zip(keys, bound, strict=True):
            if any(map(is_unread, asked_for)):
                # it was seen, and can't be asked for: there is no statement with such a key
                others = len(self.shape.names) - self.shape.key_length
                yield Witnessed((*asked_for, *(None,) * others))
                continue
            row = None if key is None else next(found)
            values, times = (None, ()) if row is None else (row[: len(names)], row[len(names) :])
            there = values is not None and self._is_there(values)
            yield Witnessed(
                self._canonical(values) if values is not None and there else None,
                tuple(int.from_bytes(time, "big", signed=True) for time in times if time),
            )

    def _scan(self, names: tuple[str, ...]) -> Iterator[Raw]:
        columns = self._asked(names)
        for part in token_ranges(_RANGES):
            rows = scan(
                self._session, self._schema, part, columns=columns, shared=self._part.static
            )
            for row in rows:
                if self._is_there(row):
                    yield row

    def _asked(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What is read: of what partitions share, all of it as well, masked or not."""
        return (*names, *self._shared) if self._part.static else names

    def _is_there(self, row: Raw) -> bool:
        if self._part.static:
            return any(value is not None for value in row[len(row) - len(self._shared) :])
        # a partition without rows, but with what they would share, comes as one without its key
        return all(value is not None for value in row[: self.shape.key_length])

    def _canonical(self, row: Raw) -> Row:
        return tuple(read(value) for read, value in zip(self._readers, row, strict=False))

    def _bound(self, key: Key) -> tuple[object, ...] | None:
        """The key as the driver binds it; None where the source can't hold such a key."""
        try:
            return tuple(source_value(t, v) for t, v in zip(self.shape.types, key, strict=False))
        except ValueMismatch:
            return None


def _has_time(column: Column) -> bool:
    """Whether a column has one write time: collections and user types have one for each part."""
    return column.cql_type.startswith("frozen<") or parse_type(column.cql_type).scalar
