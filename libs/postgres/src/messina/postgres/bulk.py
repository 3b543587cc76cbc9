"""Reading all of a table in Postgres' binary form, column by column: for comparing many rows."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import cast

from psycopg import sql

from messina.postgres.connection import Connection
from messina.postgres.ddl import table_name
from messina.postgres.errors import explained
from messina.postgres.tables import TableDefinition

Cells = Sequence[bytes | None]
"""A column's values as Postgres sends them in binary form; None is null."""

_FIRST = 250
_SEEN = 25
_SIZE = """
    SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint,
           coalesce(sum(pg_table_size(c.oid)), 0)::bigint
    FROM pg_class c
    WHERE c.relkind = 'r' AND c.oid IN (
        SELECT t.oid FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE n.nspname = %(schema)s AND t.relname = %(name)s
        UNION
        SELECT p.relid FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace,
               pg_partition_tree(t.oid) p
        WHERE n.nspname = %(schema)s AND t.relname = %(name)s AND t.relkind = 'p'
    )
"""


@dataclass(frozen=True)
class TableSize:
    """How large a table is: the planner's guess of its rows, 0 before the first; its bytes."""

    rows: int
    bytes: int


def table_size(connection: Connection, schema: str, name: str) -> TableSize:
    """Return the size of a table, or of all its partitions; zeros where there is no such table."""
    with explained(f"reading the size of {schema}.{name}"):
        row = connection.execute(_SIZE, {"schema": schema, "name": name}).fetchone()
    return TableSize(*map(int, row)) if row else TableSize(0, 0)


def read_columns(
    connection: Connection,
    table: TableDefinition,
    columns: Sequence[str],
    *,
    as_text: Collection[str] = (),
    batch: int = 4_000,
    batch_bytes: int = 2**21,
) -> Iterator[list[Cells]]:
    """Yield every row of one snapshot of a table, some thousands at once, as columns.

    The memory taken does not grow with the table.

    Args:
        connection: where to read; nothing else can be done with it meanwhile.
        table: what to read, as `inspect_table` found it.
        columns: what to read of each row, in this order; at least one.
        as_text: those of them whose values are wanted as (the bytes of) Postgres' text.
        batch: how many rows are yielded at once; fewer at the beginning and in the end.
        batch_bytes: about how large a batch may become; where rows are large, it has fewer.

    Raises:
        PostgresError: if a row can't be had. The rows before it were yielded.
    """
    chosen = sql.SQL(", ").join(
        (
            sql.SQL("{}::text").format(sql.Identifier(name))
            if name in as_text
            else sql.Identifier(name)
        )
        for name in columns
    )
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT BINARY)").format(
        chosen, table_name(table)
    )
    with (
        explained(f"reading {table}"),
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        rows = copy.rows()
        size = min(batch, _FIRST)
        while part := list(islice(rows, size)):
            yield cast(list[Cells], list(zip(*part, strict=True)))
            seen = part[:: len(part) // _SEEN + 1]
            mean = 1 + sum(len(data) for row in seen for data in row if data) // len(seen)
            size = max(1, min(batch, 4 * size, batch_bytes // mean))
