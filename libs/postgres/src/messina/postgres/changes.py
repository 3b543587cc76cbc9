"""What lies between a table as it should be and as it is."""

from dataclasses import dataclass

from psycopg import sql

from messina.postgres.ddl import add_column, create_table, drop_not_null
from messina.postgres.tables import ColumnDefinition, TableDefinition


@dataclass(frozen=True)
class Change:
    """One difference. Without a `statement` it is not ours to make: a person has to decide."""

    table: TableDefinition

    @property
    def statement(self) -> sql.Composed | None:
        """The DDL that makes the change; None where it could lose data."""
        return None


@dataclass(frozen=True)
class CreateTable(Change):
    """The table is not there."""

    @property
    def statement(self) -> sql.Composed:
        """CREATE TABLE."""
        return create_table(self.table)

    def __str__(self) -> str:
        return f"create table {self.table}"


@dataclass(frozen=True)
class AddColumn(Change):
    """A column is not there."""

    column: ColumnDefinition

    @property
    def statement(self) -> sql.Composed | None:
        """ADD COLUMN, unless the column is part of the key."""
        if self.column.name in self.table.key:
            return None
        return add_column(self.table, self.column)

    def __str__(self) -> str:
        return f"{self.table}: add column {self.column.name} {self.column.type}"


@dataclass(frozen=True)
class ChangeType(Change):
    """A column has another type."""

    column: str
    actual: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.table}: column {self.column} has type {self.actual}, not {self.wanted}"


@dataclass(frozen=True)
class KeyDiffers(Change):
    """The primary key is another."""

    actual: tuple[str, ...]

    def __str__(self) -> str:
        actual = f"({', '.join(self.actual)})" if self.actual else "none"
        return f"{self.table}: the primary key is {actual}, not ({', '.join(self.table.key)})"


@dataclass(frozen=True)
class DropNotNull(Change):
    """A column refuses the nulls that the source can have; the sink would stop at the first one."""

    column: str

    @property
    def statement(self) -> sql.Composed:
        """DROP NOT NULL."""
        return drop_not_null(self.table, self.column)

    def __str__(self) -> str:
        return f"{self.table}: column {self.column} must take null"


@dataclass(frozen=True)
class MustBeFilled(Change):
    """A column that is none of ours refuses null: the sink would stop at the first new row."""

    column: str

    def __str__(self) -> str:
        return (
            f"{self.table}: column {self.column}, which the source does not have, refuses null and "
            "has no default"
        )


def diff(wanted: TableDefinition, actual: TableDefinition | None) -> tuple[Change, ...]:
    """What has to change so that rows of `wanted` fit into `actual`.

    Columns that only Postgres has, and their order, are left alone: if they can be null, or have a
    default.
    """
    if actual is None:
        return (CreateTable(wanted),)
    changes: list[Change] = []
    for column in wanted.columns:
        found = actual.column(column.name)
        if found is None:
            changes.append(AddColumn(wanted, column))
        elif found.type != column.type:
            changes.append(ChangeType(wanted, column.name, found.type, column.type))
        elif column.nullable and not found.nullable and column.name not in actual.key:
            changes.append(DropNotNull(wanted, column.name))
    ours = {column.name for column in wanted.columns}
    for column in actual.columns:
        if column.name not in ours and not (column.nullable or column.has_default):
            changes.append(MustBeFilled(wanted, column.name))
    if actual.key != wanted.key:
        changes.append(KeyDiffers(wanted, actual.key))
    return tuple(changes)
