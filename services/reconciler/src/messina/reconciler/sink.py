"""The sink's side of a table: Postgres, read as one stream of texts."""

from collections.abc import Callable, Iterator, Sequence

from psycopg import sql

from messina.postgres import (
    ColumnDefinition,
    Connection,
    TableDefinition,
    TableSize,
    estimated_rows,
    inspect_table,
    lookup_rows,
    read_columns,
    read_rows,
    table_size,
)
from messina.postgres.ddl import type_name
from messina.reconciler.errors import SinkTableMissing
from messina.reconciler.sides import Key, Row, Shape, Witnessed
from messina.reconciler.unread import is_unread
from messina.types import (
    Canonical,
    Cells,
    CqlType,
    UserTypes,
    ValueMismatch,
    postgres_type,
    sink_reader,
    sink_text,
)


class PostgresSide:
    """A table as the sink has it.

    A column that Postgres lacks reads as null, as it was added to the source a moment ago: where
    the source has a value, the row differs. Columns that only Postgres has are nobody's business.
    """

    def __init__(self, connection: Connection, schema: str, name: str, shape: Shape) -> None:
        self._connection = connection
        self._schema = schema
        self._name = name
        self._shape = shape
        self._readers = [_tolerant(cql_type, shape.user_types) for cql_type in shape.types]
        self._inspected()

    def estimate(self) -> int | None:
        """The planner's guess."""
        return estimated_rows(self._connection, self._schema, self._name) or None

    def rows(self) -> Iterator[Row]:
        """All rows of one snapshot."""
        table = self._inspected()
        names = self._present(table)
        places = self._places(names)
        for row in read_rows(self._connection, table, names):
            yield self._canonical(row, places)

    def rows_like(
        self,
        equal: Key,
        low: Canonical = None,
        high: Canonical = None,
    ) -> Iterator[Row]:
        """Rows whose first key columns have these values, and the next is between two others.

        Both ends are in, by Postgres' order, of texts by their bytes; one that the sink can't hold
        is no bound.
        """
        table = self._inspected()
        names = self._present(table)
        places = self._places(names)
        texts = self._texts(equal)
        if texts is None:
            return
        keys = [column for name in table.key if (column := table.column(name)) is not None]
        conditions = [
            sql.SQL("{} = {}::{}").format(sql.Identifier(c.name), text, type_name(c.type))
            for c, text in zip(keys, texts, strict=False)
        ]
        for sign, bound in (("<=", high), (">=", low)):
            if bound is not None and (text := self._text(len(equal), bound)) is not None:
                column = keys[len(equal)]
                bytewise = sql.SQL(' COLLATE "C"' if column.type == "text" else "")
                conditions.append(
                    sql.SQL("{}{} {} {}::{}").format(
                        sql.Identifier(column.name),
                        bytewise,
                        sql.SQL(sign),
                        text,
                        type_name(column.type),
                    )
                )
        where = sql.SQL(" AND ").join(conditions)
        for row in read_rows(self._connection, table, names, where=where):
            yield self._canonical(row, places)

    def all_keys(self) -> Iterator[Key]:
        """The keys of all rows of one snapshot."""
        readers = self._readers[: self._shape.key_length]
        for row in read_rows(self._connection, self._inspected(), self._key_names()):
            yield tuple(read(value) for read, value in zip(readers, row, strict=True))

    def columns(self) -> Iterator[tuple[list[Cells | None], frozenset[int]]]:
        """All rows of one snapshot: some at once, as columns of Postgres' bytes.

        A column that Postgres lacks is None. With them come the places of columns that are of
        another type than the source's becomes, whose bytes are those of texts.
        """
        table = self._inspected()
        names = self._present(table)
        places = self._places(names)
        other = frozenset(
            place
            for place, (name, cql_type) in enumerate(
                zip(self._shape.sink_names, self._shape.types, strict=True)
            )
            if (column := table.column(name)) is not None
            and column.type != ColumnDefinition("c", postgres_type(cql_type)).type
        )
        texts = frozenset(self._shape.sink_names[place] for place in other)
        for columns in read_columns(self._connection, table, names, as_text=texts):
            yield [None if place is None else columns[place] for place in places], other

    def size(self) -> TableSize:
        """How large it is, as the planner guesses."""
        return table_size(self._connection, self._schema, self._name)

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        """The row of each key as it is now."""
        return (found.row for found in self.witnessed(keys))

    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        """The row of each key as it is now, with the transaction that wrote it."""
        table = self._inspected()
        names = self._present(table)
        places = self._places(names)
        texts = [self._texts(key) for key in keys]
        asked = [text for text in texts if text is not None]
        found = lookup_rows(self._connection, table, asked, names, versions=True)
        for text in texts:
            row = None if text is None else next(found)
            if row is None:
                yield Witnessed(None)
            else:
                yield Witnessed(self._canonical(row, places), (int(row[-1] or 0),))

    def _inspected(self) -> TableDefinition:
        """The table as it is now, keyed as the source is.

        A key of another type, or none at all, would let rows pass unseen: a value that is no key of
        the source can be asked for on neither side, and of two rows with one key one is looked at.
        """
        table = inspect_table(self._connection, self._schema, self._name)
        where = f"{self._schema}.{self._name}"
        if table is None:
            raise SinkTableMissing(where, "it does not exist")
        names = self._key_names()
        for name, cql_type in zip(names, self._shape.types, strict=False):
            column, wanted = table.column(name), postgres_type(cql_type)
            if column is None:
                raise SinkTableMissing(where, f"it has no column {name}, which is part of the key")
            also = self._shape.key_types.get(cql_type.name) if cql_type.scalar else None
            if column.type not in (ColumnDefinition(name, wanted).type, also):
                raise SinkTableMissing(
                    where, f"its key's column {name} has type {column.type}, not {also or wanted}"
                )
        if set(table.key) != set(names):
            actual = f"({', '.join(table.key)})" if table.key else "none"
            raise SinkTableMissing(where, f"its primary key is {actual}, not ({', '.join(names)})")
        return TableDefinition(self._schema, self._name, table.columns, names)

    def _key_names(self) -> tuple[str, ...]:
        return self._shape.sink_names[: self._shape.key_length]

    def _present(self, table: TableDefinition) -> list[str]:
        return [name for name in self._shape.sink_names if table.column(name) is not None]

    def _places(self, names: list[str]) -> list[int | None]:
        return [names.index(name) if name in names else None for name in self._shape.sink_names]

    def _canonical(self, row: Sequence[str | None], places: list[int | None]) -> Row:
        return tuple(
            None if place is None else read(row[place])
            for read, place in zip(self._readers, places, strict=True)
        )

    def _texts(self, key: Key) -> list[str] | None:
        """The key as Postgres reads it; None where the sink can't hold such a key."""
        texts = [self._text(place, value) for place, value in enumerate(key)]
        known = [text for text in texts if text is not None]
        return known if len(known) == len(texts) else None

    def _text(self, place: int, value: Canonical) -> str | None:
        if is_unread(value):
            return None
        try:
            return sink_text(self._shape.types[place], value)
        except ValueMismatch:
            return None


def _tolerant(cql_type: CqlType, user_types: UserTypes) -> Callable[[object], Canonical]:
    """A reader for whom a value that is none of its type is a difference, not an error."""
    reader = sink_reader(cql_type, user_types)

    def read(value: object) -> Canonical:
        try:
            return reader(value)
        except ValueMismatch:
            return f"{str(value)[:60]!r}, which is no {cql_type}"

    return read
