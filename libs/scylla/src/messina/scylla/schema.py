"""What a table is made of, read from the server's schema tables."""

from collections.abc import Iterable, Mapping
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
    descending: bool = False
    """Whether rows lie in the opposite of the type's order; of clustering columns only."""


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
    found = table_schemas(session, keyspace, [table])[table]
    if isinstance(found, TableMissing):
        raise found
    return found


def table_schemas(
    session: Session, keyspace: str, tables: Iterable[str]
) -> dict[str, TableSchema | TableMissing]:
    """Read the columns and CDC options of many tables: a few queries, however many they are.

    Raises:
        KeyspaceMissing: if there is no such keyspace.
    """
    wanted = list(tables)
    # one table is asked for by its key; many with the whole keyspace, which is one partition
    one = wanted[:1] if len(wanted) == 1 else []
    narrow, values = " AND table_name = %s" if one else "", (keyspace, *one)
    found = {
        row[0]: row[1:]
        for row in session.execute(
            "SELECT table_name, extensions, default_time_to_live FROM system_schema.tables"
            f" WHERE keyspace_name = %s{narrow}",
            values,
        )
    }
    known = [name for name in wanted if name in found]
    missing = [name for name in wanted if name not in found]
    existing = table_names(session, keyspace) if missing else ()
    schemas: dict[str, TableSchema | TableMissing] = {
        name: TableMissing(keyspace, name, existing) for name in missing
    }
    if not known:
        return schemas
    columns: dict[str, list[Column]] = {name: [] for name in known}
    for table, name, cql_type, kind, position, order in session.execute(
        "SELECT table_name, column_name, type, kind, position, clustering_order"
        " FROM system_schema.columns"
        f" WHERE keyspace_name = %s{narrow}",
        values,
    ):
        if table in columns:
            columns[table].append(Column(name, cql_type, kind, position, order == "desc"))
    extensions = {name: (found[name][0] or {}).get("cdc") for name in known}
    options = _cdc_options(session, keyspace, extensions)
    types = user_types(session, keyspace)
    for name in known:
        schemas[name] = TableSchema(
            keyspace=keyspace,
            table=name,
            columns=in_order(columns[name]),
            cdc=options.get(name, NO_CDC),
            default_ttl=found[name][1] or 0,
            user_types=types,
        )
    return schemas


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
    session: Session, keyspace: str, extensions: Mapping[str, bytes | None]
) -> dict[str, CdcOptions]:
    """Return the options of the tables that have any, by name."""
    options = {
        name: CdcOptions.from_extension(blob)
        for name, blob in extensions.items()
        if blob is not None
    }
    others = [name for name in extensions if name not in options]
    # some versions of ScyllaDB keep the options in a column of their own table
    if not others or not session.execute(
        "SELECT column_name FROM system_schema.columns WHERE keyspace_name = 'system_schema'"
        " AND table_name = 'scylla_tables' AND column_name = 'cdc'"
    ):
        return options
    rows = session.execute(
        "SELECT table_name, cdc FROM system_schema.scylla_tables WHERE keyspace_name = %s",
        (keyspace,),
    )
    return options | {
        name: CdcOptions.from_map(cdc) for name, cdc in rows if cdc and name in others
    }
