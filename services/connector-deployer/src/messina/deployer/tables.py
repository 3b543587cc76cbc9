"""A source table's Postgres table, and what a Postgres table or an event can't hold."""

import re

from messina.deployer.parts import Part
from messina.deployer.render.source_kind import SourceKind
from messina.deployer.resources import TableResource
from messina.postgres import ColumnDefinition, TableDefinition
from messina.scylla import Column, TableSchema

_AVRO_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_POSTGRES_NAME_BYTES = 63
_POSTGRES_SYSTEM_COLUMNS = frozenset(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])


def table_resource(
    schema_name: str, part: Part, source: TableSchema, kind: SourceKind
) -> TableResource:
    """Return the Postgres table of a part: its columns' names, key columns first."""
    key = part.key(source)
    named = part.table.postgres_column
    return TableResource.of(
        TableDefinition(
            schema_name,
            part.target,
            tuple(
                ColumnDefinition(named(c.name), kind.postgres_type(part.table, c), c not in key)
                for c in part.columns(source)
            ),
            tuple(named(column.name) for column in key),
        ),
        part.topic,
    )


def name_problem(column: Column, name: str) -> str | None:
    """Return why a column's name can't stand in an event, or `name` in Postgres, or None."""
    if not _AVRO_NAME.fullmatch(column.name):
        return "an event's field must be named with letters, digits and underscores"
    if len(name.encode()) > _POSTGRES_NAME_BYTES:
        return f"Postgres cuts names behind {_POSTGRES_NAME_BYTES} bytes"
    if name in _POSTGRES_SYSTEM_COLUMNS:
        return "Postgres keeps this name for itself"
    return None
