"""The source's side of a table: Scylla, scanned by token ranges."""

from collections.abc import Iterator, Sequence

from messina.reconciler.errors import TableNotCarried
from messina.reconciler.sides import Key, Row, Shape
from messina.scylla import Session, TableSchema, estimated_rows, lookup, scan, token_ranges
from messina.types import (
    ValueMismatch,
    parse_type,
    source_value,
    unsupported,
    wire_reader,
)

_RANGES = 16


def shape_of(schema: TableSchema) -> Shape:
    """What is compared of a source table: all but its statics, the key first."""
    key = schema.primary_key
    columns = (*key, *(column for column in schema.row if column not in key))
    for column in columns:
        if (reason := unsupported(column.cql_type, schema.user_types)) is not None:
            raise TableNotCarried(schema.name, column.name, reason)
    return Shape(
        schema.name,
        tuple(column.name for column in columns),
        tuple(parse_type(column.cql_type) for column in columns),
        len(key),
        schema.user_types,
    )


class ScyllaSide:
    """A table as the source has it."""

    def __init__(self, session: Session, schema: TableSchema) -> None:
        self.shape = shape_of(schema)
        self._session = session
        self._schema = schema
        self._readers = [wire_reader(cql_type, schema.user_types) for cql_type in self.shape.types]

    def estimate(self) -> int | None:
        """The server's guess, which is of partitions: nothing for a table with a clustering key."""
        if len(self._schema.partition_key) < self.shape.key_length:
            return None
        return estimated_rows(self._session, self._schema.keyspace, self._schema.table) or None

    def rows(self) -> Iterator[Row]:
        """All rows, range by range of the ring."""
        for part in token_ranges(_RANGES):
            for row in scan(self._session, self._schema, part, columns=self.shape.names):
                yield self._canonical(row)

    def all_keys(self) -> Iterator[Key]:
        """The keys of all rows."""
        for part in token_ranges(_RANGES):
            for row in scan(self._session, self._schema, part, columns=self.shape.key_names):
                yield self._canonical(row)

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        """The row of each key as it is now."""
        bound = [self._bound(key) for key in keys]
        asked = [key for key in bound if key is not None]
        found = lookup(self._session, self._schema, asked, columns=self.shape.names)
        for key in bound:
            row = None if key is None else next(found)
            yield None if row is None else self._canonical(row)

    def _canonical(self, row: Sequence[object]) -> Row:
        return tuple(read(value) for read, value in zip(self._readers, row, strict=False))

    def _bound(self, key: Key) -> tuple[object, ...] | None:
        """The key as the driver binds it; None where the source can't hold such a key."""
        try:
            return tuple(source_value(t, v) for t, v in zip(self.shape.types, key, strict=False))
        except ValueMismatch:
            return None
