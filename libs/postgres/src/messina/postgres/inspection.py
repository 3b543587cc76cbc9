"""What a table is made of now, read from Postgres' catalog."""

from messina.postgres.connection import Connection
from messina.postgres.errors import explained
from messina.postgres.tables import ColumnDefinition, TableDefinition

_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull
    FROM pg_attribute a
    WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""
_TABLE = """
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
"""
_KEY = """
    SELECT a.attname
    FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attnum = k.attnum
    WHERE i.indrelid = %s AND i.indisprimary AND a.attrelid = i.indrelid
    ORDER BY k.place
"""
_ESTIMATE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s"


def inspect_table(connection: Connection, schema: str, name: str) -> TableDefinition | None:
    """The table as it stands in the database, or None where there is none."""
    with explained(f"reading the columns of {schema}.{name}"):
        found = connection.execute(_TABLE, (schema, name)).fetchone()
        if found is None:
            return None
        columns = connection.execute(_COLUMNS, found).fetchall()
        key = connection.execute(_KEY, found).fetchall()
    return TableDefinition(
        schema,
        name,
        tuple(ColumnDefinition(*column) for column in columns),
        tuple(column for (column,) in key),
    )


def estimated_rows(connection: Connection, schema: str, name: str) -> int:
    """The planner's guess of a table's rows; 0 where there is none yet, or no table."""
    with explained(f"reading the size of {schema}.{name}"):
        found = connection.execute(_TABLE, (schema, name)).fetchone()
        row = found and connection.execute(_ESTIMATE, found).fetchone()
    return int(row[0]) if row else 0
