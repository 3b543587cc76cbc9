"""Views over a table's rows and what its partitions share, as a `SELECT *` shows both in CQL."""

from dataclasses import dataclass

from psycopg import sql

from messina.postgres.connection import Connection
from messina.postgres.errors import explained

_COLUMNS = """
    SELECT a.attname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = %s AND c.relname = %s AND c.relkind = 'v'
    ORDER BY a.attnum
"""


@dataclass(frozen=True)
class JoinedView:
    """A view that shows each row with what its partition shares.

    A partition that has shared values and no rows is shown too, once, with nulls in the rows'
    columns.

    Attributes:
        schema: where it and both tables are.
        name: what it is called.
        rows: the table with the rows.
        shared: the table with a row for each partition.
        partition_key: the columns that both have.
        row_columns: the other columns of `rows`.
        shared_columns: the other columns of `shared`.
    """

    schema: str
    name: str
    rows: str
    shared: str
    partition_key: tuple[str, ...]
    row_columns: tuple[str, ...]
    shared_columns: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Its columns, in order."""
        return (*self.partition_key, *self.row_columns, *self.shared_columns)


def create_view(view: JoinedView) -> sql.Composed:
    """The statement that makes a view where there is none.

    Two halves, so that Postgres can hand a condition on the key down to both tables, which it
    can't with a FULL JOIN.
    """
    statement = """
        CREATE VIEW {view} ({names}) AS
        SELECT {row_values}, {shared_values} FROM {rows} r LEFT JOIN {shared} s ON {joined}
        UNION ALL
        SELECT {key_values}, {nulls}{shared_values} FROM {shared} s
        WHERE NOT EXISTS (SELECT FROM {rows} r WHERE {joined})
    """
    comma = sql.SQL(", ")
    return sql.SQL(statement).format(
        view=sql.Identifier(view.schema, view.name),
        names=comma.join(map(sql.Identifier, view.columns)),
        row_values=comma.join(
            sql.Identifier("r", name) for name in (*view.partition_key, *view.row_columns)
        ),
        key_values=comma.join(sql.Identifier("s", name) for name in view.partition_key),
        shared_values=comma.join(sql.Identifier("s", name) for name in view.shared_columns),
        nulls=sql.SQL("NULL, ") * len(view.row_columns),
        rows=sql.Identifier(view.schema, view.rows),
        shared=sql.Identifier(view.schema, view.shared),
        joined=sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier("r", name), sql.Identifier("s", name))
            for name in view.partition_key
        ),
    )


def drop_view(schema: str, name: str) -> sql.Composed:
    """The statement that drops a view; it fails where other objects are made of it."""
    return sql.SQL("DROP VIEW {}").format(sql.Identifier(schema, name))


def view_columns(connection: Connection, schema: str, name: str) -> tuple[str, ...] | None:
    """The columns of a view as it stands in the database, or None where there is none."""
    with explained(f"reading the columns of the view {schema}.{name}"):
        found = connection.execute(_COLUMNS, (schema, name)).fetchall()
    return tuple(column for (column,) in found) or None
