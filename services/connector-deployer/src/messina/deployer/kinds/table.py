"""Postgres schemas and tables."""

from collections.abc import Iterable

from psycopg import sql

from messina.deployer.plan import FieldChange
from messina.deployer.resources import ColumnValue, SchemaResource, TableResource
from messina.deployer.site import Site

COLUMN = "column "

_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)"

_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a
    WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum"""

_KEY = """
    SELECT a.attname
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = to_regclass(%s) AND i.indisprimary
    ORDER BY k.place"""


def read_schemas(site: Site, wanted: Iterable[SchemaResource]) -> dict[str, SchemaResource]:
    """Return those of the schemas that exist."""
    rows = site.sql(_SCHEMAS, [[schema.name for schema in wanted]])
    return {name: SchemaResource(name=name) for (name,) in rows}


def read(site: Site, wanted: Iterable[TableResource]) -> dict[str, TableResource]:
    """Return those of the tables that exist."""
    found = {}
    for table in wanted:
        name = [_name(table.schema_name, table.table).as_string()]
        columns = site.sql(_COLUMNS, name)
        if columns:
            found[table.name] = TableResource(
                schema_name=table.schema_name,
                table=table.table,
                columns=tuple(ColumnValue(name=column, type=kind) for column, kind in columns),
                primary_key=tuple(column for (column,) in site.sql(_KEY, name)),
            )
    return found


def create_schema(site: Site, schema: SchemaResource) -> None:
    """Make a schema."""
    site.sql(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema.name)))


def create(site: Site, table: TableResource) -> None:
    """Make a table: columns of the key can't be null, the others can."""
    parts = [_column(column) for column in table.columns]
    key = sql.SQL(", ").join(sql.Identifier(name) for name in table.primary_key)
    parts.append(sql.SQL("PRIMARY KEY ({})").format(key))
    name = _name(table.schema_name, table.table)
    site.sql(sql.SQL("CREATE TABLE {} ({})").format(name, sql.SQL(", ").join(parts)))


def change(site: Site, table: TableResource, changes: Iterable[FieldChange]) -> None:
    """Add the columns that are missing. Nothing else of a table is ever changed."""
    missing = {c.field.removeprefix(COLUMN) for c in changes if c.old is None}
    for column in table.columns:
        if column.name in missing:
            site.sql(
                sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {}").format(
                    _name(table.schema_name, table.table), _column(column)
                )
            )


def delete(site: Site, schema_name: str, table: str) -> bool:
    """Drop a table with its rows; return whether there was one."""
    name = _name(schema_name, table)
    there = bool(site.sql(_COLUMNS, [name.as_string()]))
    if there:
        site.sql(sql.SQL("DROP TABLE {}").format(name))
    return there


def _column(column: ColumnValue) -> sql.Composed:
    # the type's text is ours: it comes from messina.types
    return sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.type))


def _name(schema_name: str, table: str) -> sql.Identifier:
    return sql.Identifier(schema_name, table)
