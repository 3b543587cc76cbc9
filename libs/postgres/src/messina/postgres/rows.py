"""Reading rows: all of a table as one stream, or those of given keys. Values come as Postgres'
text.

Text is what `messina.types.canonical_sink` reads, it has no limits of years or digits, and COPY
gives it fastest.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from psycopg import sql

from messina.postgres.connection import Connection
from messina.postgres.ddl import table_name, type_name
from messina.postgres.errors import explained
from messina.postgres.tables import TableDefinition

Row = tuple[str | None, ...]


def read_rows(
    connection: Connection,
    table: TableDefinition,
    columns: Sequence[str] | None = None,
    *,
    where: sql.Composable | None = None,
    ordered: bool = False,
) -> Iterator[Row]:
    """Yield every row of one snapshot of a table; the memory taken does not grow with the table.

    Args:
        connection: where to read; nothing else can be done with it meanwhile.
        table: what to read, as `inspect_table` found it.
        columns: what to read of each row, in this order; None reads all.
        where: which rows, as a condition with its values in it; None reads all.
        ordered: by key, in Postgres' order, or in whatever order is fastest.

    Raises:
        PostgresError: if a row can't be had. The rows before it were yielded.
    """
    names = [column.name for column in table.columns] if columns is None else columns
    query = sql.SQL("SELECT {} FROM {}").format(_list(names), table_name(table))
    if where is not None:
        query += sql.SQL(" WHERE {}").format(where)
    if ordered and table.key:
        query += sql.SQL(" ORDER BY {}").format(_list(table.key))
    statement = sql.SQL("COPY ({}) TO STDOUT").format(query)
    with (
        explained(f"reading {table}"),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        yield from copy.rows()


def lookup_rows(
    connection: Connection,
    table: TableDefinition,
    keys: Iterable[Sequence[str]],
    columns: Sequence[str] | None = None,
    *,
    versions: bool = False,
    batch: int = 1_000,
) -> Iterator[Row | None]:
    """Yield the row of each key, in the order of the keys; None where there is no such row.

    Args:
        connection: where to read.
        table: what to read, as `inspect_table` found it; it must have a key.
        keys: texts of the values of `table.key`, in its order.
        columns: what to read of each row; None reads all.
        versions: whether the id of the transaction that wrote the row stands behind its values.
        batch: how many keys are asked for at once.

    Raises:
        PostgresError: if the rows can't be read.
    """
    names = [column.name for column in table.columns] if columns is None else columns
    query = _lookup(table, names, versions=versions)
    remaining = iter(keys)
    while part := list(islice(remaining, batch)):
        found: dict[int, Row] = {}
        with explained(f"reading rows of {table} by key"):
            for place, *values in connection.execute(
                query, [list(texts) for texts in zip(*part, strict=True)]
            ):
                found[place] = tuple(values)
        yield from (found.get(place) for place in range(1, len(part) + 1))


def _lookup(table: TableDefinition, names: Sequence[str], *, versions: bool) -> sql.Composed:
    key_types = [column.type for name in table.key if (column := table.column(name)) is not None]
    asked = [sql.Identifier(f"k{i}") for i in range(len(key_types))]
    return sql.SQL(
        "SELECT asked.place, {values}"
        " FROM unnest({arrays}) WITH ORDINALITY AS asked({asked}, place)"
        " JOIN {table} AS t ON ({matches})"
    ).format(
        values=sql.SQL(", ").join(
            sql.SQL("t.{}::text").format(sql.Identifier(name))
            # a column of the system: no table has one of its own by that name
            for name in (*names, *(["xmin"] if versions else ()))
        ),
        arrays=sql.SQL(", ").join([sql.SQL("%s::text[]")] * len(asked)),
        asked=sql.SQL(", ").join(asked),
        table=table_name(table),
        matches=sql.SQL(" AND ").join(
            sql.SQL("t.{} = asked.{}::{}").format(sql.Identifier(name), key, type_name(key_type))
            for name, key, key_type in zip(table.key, asked, key_types, strict=True)
        ),
    )


def _list(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
