"""What a table is made of now, read from Postgres' catalog."""

from collections.abc import Iterable

from messina.postgres.connection import Connection
from messina.postgres.errors import explained
from messina.postgres.tables import ColumnDefinition, TableDefinition

_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
           NOT a.attnotnull, a.atthasdef OR a.attidentity <> '',
           array_position(i.indkey::int2[], a.attnum)
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    WHERE c.relkind IN ('r', 'p')
      AND (n.nspname, c.relname) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
    ORDER BY c.oid, a.attnum
"""
_TABLE = """
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p')
"""
_COMMENTS = """
    SELECT c.relname, d.description
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_description d
      ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0
    WHERE n.nspname = %s AND c.relkind IN ('r', 'p')
"""
_ESTIMATE = "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = %s"


def inspect_table(connection: Connection, schema: str, name: str) -> TableDefinition | None:
    """The table as it stands in the database, or None where there is none."""
    return inspect_tables(connection, [(schema, name)]).get((schema, name))


def inspect_tables(
    connection: Connection, tables: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], TableDefinition]:
    """Those of the tables, as schema and name, that exist, as they stand: one query for all."""
    wanted = sorted(set(tables))
    schemas, names = [schema for schema, _ in wanted], [name for _, name in wanted]
    with explained(f"reading the columns of {', '.join('.'.join(one) for one in wanted[:3])}"):
        rows = connection.execute(_COLUMNS, (schemas, names)).fetchall()
    columns: dict[tuple[str, str], list[ColumnDefinition]] = {}
    keys: dict[tuple[str, str], dict[int, str]] = {}
    for schema, table, name, kind, nullable, filled, place in rows:
        found = columns.setdefault((schema, table), [])
        if name is None:
            continue
        found.append(ColumnDefinition(name, kind, nullable, has_default=filled))
        if place is not None:
            keys.setdefault((schema, table), {})[place] = name
    return {
        one: TableDefinition(
            *one,
            tuple(found),
            tuple(name for _, name in sorted(keys.get(one, {}).items())),
        )
        for one, found in columns.items()
    }


def table_comments(connection: Connection, schema: str) -> dict[str, str]:
    """The comments of those tables of a schema that have one, by table."""
    with explained(f"reading the comments of schema {schema}"):
        rows = connection.execute(_COMMENTS, (schema,)).fetchall()
    return dict(rows)


def estimated_rows(connection: Connection, schema: str, name: str) -> int:
    """The planner's guess of a table's rows; 0 where there is none yet, or no table."""
    with explained(f"reading the size of {schema}.{name}"):
        found = connection.execute(_TABLE, (schema, name)).fetchone()
        row = found and connection.execute(_ESTIMATE, found).fetchone()
    return int(row[0]) if row else 0
