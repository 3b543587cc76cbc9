"""What a table is made of, read from the server's schema tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from messina.scylla.cdc import CdcOptions
from messina.scylla.errors import KeyspaceMissing, TableMissing
from messina.scylla.names import identifier
from messina.scylla.session import Session
from messina.types import NO_USER_TYPES, UserTypes

Kind = Literal["partition_key", "clustering", "static", "regular"]

_ORDER: dict[str, int] = {"partition_key": 0, "clustering": 1, "static": 2, "regular": 3}

LOG_SUFFIX = "_scylla_cdc_log"

NO_CDC = CdcOptions()


@dataclass(frozen=True)
class Column:
    """One column: its CQL type is the text that the server shows (`frozen<list<int>>`)."""

    name: str
    cql_type: str
    kind: Kind
    position: int = -1
    """The place within the partition key or the clustering key; -1 elsewhere."""


@dataclass(frozen=True)
class TableSchema:
    """A table: partition key, clustering key, statics, then the others by name."""

    keyspace: str
    table: str
    columns: tuple[Column, ...]
    cdc: CdcOptions = NO_CDC
    default_ttl: int = 0
    user_types: UserTypes = NO_USER_TYPES
    """Those of the keyspace, used by this table or not."""

    @property
    def name(self) -> str:
        """The table with its keyspace, for messages."""
        return f"{self.keyspace}.{self.table}"

    @property
    def cql_name(self) -> str:
        """The table with its keyspace, for CQL text."""
        return f"{identifier(self.keyspace)}.{identifier(self.table)}"

    @property
    def partition_key(self) -> tuple[Column, ...]:
        """The columns whose token says where a row lies."""
        return tuple(column for column in self.columns if column.kind == "partition_key")

    @property
    def primary_key(self) -> tuple[Column, ...]:
        """Partition key first, then the clustering key."""
        return tuple(c for c in self.columns if c.kind in ("partition_key", "clustering"))

    @property
    def statics(self) -> tuple[Column, ...]:
        """The columns that a whole partition shares."""
        return tuple(column for column in self.columns if column.kind == "static")

    @property
    def row(self) -> tuple[Column, ...]:
        """The columns of a row: all but the statics."""
        return tuple(column for column in self.columns if column.kind != "static")


def table_names(session: Session, keyspace: str) -> tuple[str, ...]:
    """Return the tables of a keyspace by name, without the logs that CDC keeps.

    Raises:
        KeyspaceMissing: if there is no such keyspace.
    """
    rows = session.execute(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s", (keyspace,)
    )
    if not rows:
        known = [
            row[0] for row in session.execute("SELECT keyspace_name FROM system_schema.keyspaces")
        ]
        if keyspace not in known:
            raise KeyspaceMissing(keyspace, known)
    return tuple(sorted(row[0] for row in rows if not row[0].endswith(LOG_SUFFIX)))


def table_schema(session: Session, keyspace: str, table: str) -> TableSchema:
    """Read a table's columns and CDC options, as they are now.

    Raises:
        KeyspaceMissing: if there is no such keyspace.
        TableMissing: if there is no such table in it.
    """
    found = session.execute(
        "SELECT extensions, default_time_to_live FROM system_schema.tables"
        " WHERE keyspace_name = %s AND table_name = %s",
        (keyspace, table),
    )
    if not found:
        raise TableMissing(keyspace, table, table_names(session, keyspace))
    extensions, default_ttl = found[0]
    rows = session.execute(
        "SELECT column_name, type, kind, position FROM system_schema.columns"
        " WHERE keyspace_name = %s AND table_name = %s",
        (keyspace, table),
    )
    columns = (Column(name, cql_type, kind, position) for name, cql_type, kind, position in rows)
    return TableSchema(
        keyspace=keyspace,
        table=table,
        columns=in_order(columns),
        cdc=_cdc_options(session, keyspace, table, (extensions or {}).get("cdc")),
        default_ttl=default_ttl or 0,
        user_types=user_types(session, keyspace),
    )


def user_types(session: Session, keyspace: str) -> UserTypes:
    """Read a keyspace's user types, as they are now."""
    rows = session.execute(
        "SELECT type_name, field_names, field_types FROM system_schema.types"
        " WHERE keyspace_name = %s",
        (keyspace,),
    )
    return UserTypes.of(
        {name: zip(names or (), types or (), strict=True) for name, names, types in rows}
    )


def in_order(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return columns in the order to rely on: the key as CQL has it, then the rest by name."""
    return tuple(sorted(columns, key=lambda c: (_ORDER[c.kind], c.position, c.name)))


def _cdc_options(
    session: Session, keyspace: str, table: str, extension: bytes | None
) -> CdcOptions:
    if extension is not None:
        return CdcOptions.from_extension(extension)
    # some versions of ScyllaDB keep the options in a column of their own table
    has_column = session.execute(
        "SELECT column_name FROM system_schema.columns WHERE keyspace_name = 'system_schema'"
        " AND table_name = 'scylla_tables' AND column_name = 'cdc'"
    )
    if not has_column:
        return NO_CDC
    rows = session.execute(
        "SELECT cdc FROM system_schema.scylla_tables WHERE keyspace_name = %s AND table_name = %s",
        (keyspace, table),
    )
    return CdcOptions.from_map(rows[0][0]) if rows and rows[0][0] else NO_CDC
