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
    """Return the Postgres table of a part: the same names, key columns first."""
    key = part.key(source)
    return TableResource.of(
        TableDefinition(
            schema_name,
            part.target,
            tuple(
                ColumnDefinition(c.name, kind.postgres_type(part.table, c), c not in key)
                for c in part.columns(source)
            ),
            tuple(column.name for column in key),
        )
    )


def name_problem(column: Column) -> str | None:
    """Return why a column's name can't stand in an event or in Postgres, or None."""
    if not _AVRO_NAME.fullmatch(column.name):
        return "an event's field must be named with letters, digits and underscores"
    if len(column.name.encode()) > _POSTGRES_NAME_BYTES:
        return f"Postgres cuts names behind {_POSTGRES_NAME_BYTES} bytes"
    if column.name in _POSTGRES_SYSTEM_COLUMNS:
        return "Postgres keeps this name for itself"
    return None
