"""A source table's Postgres table, and what a Postgres table or an event can't hold."""

import re

from messina.deployer.resources import TableResource
from messina.postgres import table_definition
from messina.scylla import Column, TableSchema
from messina.types import key_problem as type_key_problem
from messina.types import unsupported

_AVRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_POSTGRES_NAME_BYTES = 63
_POSTGRES_SYSTEM_COLUMNS = frozenset(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])


def table_resource(schema_name: str, source: TableSchema) -> TableResource:
    """Return the Postgres table of a source table: the same names, key columns first."""
    return TableResource.of(
        table_definition(
            schema_name,
            source.table,
            [(column.name, column.cql_type) for column in source.row],
            [column.name for column in source.primary_key],
        )
    )


def column_problem(column: Column) -> str | None:
    """Return why a column can't be carried, or None."""
    if column.kind == "static":
        return "static columns are not carried yet"
    return unsupported(column.cql_type)


def key_problem(column: Column) -> str | None:
    """Return why a column can't be part of the key, or None."""
    return type_key_problem(column.cql_type)


def name_problem(column: Column) -> str | None:
    """Return why a column's name can't stand in an event or in Postgres, or None."""
    if not _AVRO_NAME.fullmatch(column.name):
        return "an event's field must be named with letters, digits and underscores"
    if len(column.name.encode()) > _POSTGRES_NAME_BYTES:
        return f"Postgres cuts names behind {_POSTGRES_NAME_BYTES} bytes"
    if column.name in _POSTGRES_SYSTEM_COLUMNS:
        return "Postgres keeps this name for itself"
    return None
