"""Postgres schemas and tables."""

from collections.abc import Iterable

from psycopg import sql

from messina.deployer.kinds import view
from messina.deployer.plan import FieldChange
from messina.deployer.resources import SchemaResource, TableResource
from messina.deployer.site import Site
from messina.pipeline import STATIC, WITH_STATIC
from messina.postgres import (
    comment_on_table,
    create_table,
    diff,
    inspect_table,
    inspect_tables,
    table_comments,
)
from messina.postgres import create_schema as create_schema_statement

_SCHEMAS = sql.SQL("SELECT nspname FROM pg_namespace WHERE nspname = ANY(%s)")
_FILLED_FROM = "Messina fills this table from topic "
"""How a comment begins that tells whose a table is, whatever it is called."""
_DROP = sql.SQL("DROP TABLE {}")
_ALONE = sql.SQL("SELECT pg_advisory_xact_lock(hashtextextended({}, 0)); ")


def read_schemas(site: Site, wanted: Iterable[SchemaResource]) -> dict[str, SchemaResource]:
    """Return those of the schemas that exist."""
    rows = site.sql("reading schemas", _SCHEMAS, [[schema.name for schema in wanted]])
    return {name: SchemaResource(name=name) for (name,) in rows}


def read(site: Site, wanted: Iterable[TableResource]) -> dict[str, TableResource]:
    """Return those of the tables that exist."""
    names = [(table.schema_name, table.table) for table in wanted]
    if not names:
        return {}
    found = (TableResource.of(one) for one in inspect_tables(site.postgres, names).values())
    return {one.name: one for one in found}


def create_schema(site: Site, schema: SchemaResource) -> None:
    """Make a schema; harmless where another one makes it at the same time.

    Pipelines share one for their claims, and `IF NOT EXISTS` alone fails in such a race.
    """
    # as the migrations of libs/postgres; sent together, they are one transaction
    alone = _ALONE.format(sql.Literal(f"messina.schema:{schema.name}"))
    site.sql(f"making schema {schema.name}", alone + create_schema_statement(schema.name))


def create(site: Site, table: TableResource) -> None:
    """Make a table: columns of the key can't be null, the others can."""
    definition = table.definition()
    statement = create_table(definition)
    if table.topic is not None:
        # both or neither: two statements that are sent together are one transaction
        comment = comment_on_table(definition, f"{_FILLED_FROM}{table.topic}")
        statement = statement + sql.SQL("; ") + comment
    site.sql(f"making table {table.name}", statement)


def filled_from(site: Site, schema_name: str) -> dict[str, str]:
    """Return from which topics tables of a schema are filled, where their comments say so."""
    return {
        table: comment.removeprefix(_FILLED_FROM)
        for table, comment in table_comments(site.postgres, schema_name).items()
        if comment.startswith(_FILLED_FROM)
    }


def change(site: Site, table: TableResource, changes: Iterable[FieldChange]) -> None:
    """Add the columns that are missing, let those be null that must be. Nothing else changes."""
    existing = inspect_table(site.postgres, table.schema_name, table.table)
    for one in diff(table.definition(), existing):
        if one.statement is not None:
            site.sql(str(one), one.statement)


def delete(site: Site, schema_name: str, table: str) -> bool:
    """Drop a table with its rows, and the view over it; return whether there was a table."""
    there = inspect_table(site.postgres, schema_name, table) is not None
    if there:
        # Postgres keeps what a view is made of
        view.delete(site, schema_name, f"{table.removesuffix(STATIC)}{WITH_STATIC}")
        statement = _DROP.format(sql.Identifier(schema_name, table))
        site.sql(f"dropping table {schema_name}.{table}", statement)
    return there
