"""What a table is made of, as a value."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from messina.types import postgres_type

_SYSTEM_COLUMNS = frozenset(("tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"))
_MAX_BYTES = 63
_DEFAULT_PRECISION = re.compile(r"^(time|timestamp)\(6\)")


@dataclass(frozen=True)
class ColumnDefinition:
    """A column. `type` is in the words of Postgres' `format_type`.

    `has_default` is known of columns that were found: Postgres fills them where nobody else does.
    """

    name: str
    type: str
    nullable: bool = True
    has_default: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        _check(self.name, "column")
        if self.name in _SYSTEM_COLUMNS:
            raise ValueError(f"Postgres keeps the column name {self.name!r} for itself")
        object.__setattr__(self, "type", _DEFAULT_PRECISION.sub(r"\1", self.type))


@dataclass(frozen=True)
class TableDefinition:
    """A table: its columns in order, and the names of its key."""

    schema: str
    name: str
    columns: tuple[ColumnDefinition, ...]
    key: tuple[str, ...]

    def __post_init__(self) -> None:
        _check(self.schema, "schema")
        _check(self.name, "table")
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"the table {self} has a column twice")
        if not set(self.key) <= set(names):
            raise ValueError(f"the key of {self} has a column that is not in the table")

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    def column(self, name: str) -> ColumnDefinition | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


def table_definition(
    schema: str, name: str, columns: Iterable[tuple[str, str]], key: Sequence[str]
) -> TableDefinition:
    """The sink's table for a source table.

    Args:
        schema: where the table is to be.
        name: what it is called, on both sides.
        columns: names and CQL types, in the order they are to have.
        key: the source's primary key, partition key first.

    Raises:
        UnsupportedType: if a column's type can't be carried.
        ValueError: if Postgres can't have such a name.
    """
    return TableDefinition(
        schema,
        name,
        tuple(ColumnDefinition(n, postgres_type(t), n not in key) for n, t in columns),
        tuple(key),
    )


def _check(name: str, what: str) -> None:
    if not name or "\x00" in name:
        raise ValueError(f"a {what}'s name is empty or holds NUL")
    if len(name.encode()) > _MAX_BYTES:
        raise ValueError(
            f"the {what}'s name {name!r} is too long for Postgres"
            f" (got {len(name.encode())} bytes; expected {_MAX_BYTES} at most)"
        )
