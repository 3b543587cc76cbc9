"""PostgreSQL as Messina needs it: connections, the tables it makes, rows in bulk and by key.

`connect` opens a connection, `inspect_table` reads what a table is made of, `diff` says what is
missing, `create_table` and `Change.statement` are the DDL for it, `create_view` joins two of them,
`read_rows` and `lookup_rows` read, `read_columns` reads whole tables fastest, `migrate` keeps a
schema of our own.
"""

from messina.postgres.bulk import TableSize, read_columns, table_size
from messina.postgres.changes import (
    AddColumn,
    Change,
    ChangeType,
    CreateTable,
    DropNotNull,
    KeyDiffers,
    MustBeFilled,
    diff,
)
from messina.postgres.connection import Connection, connect
from messina.postgres.ddl import comment_on_table, create_schema, create_table
from messina.postgres.errors import (
    ConnectionLost,
    LoginRefused,
    PostgresError,
    SchemaNotPermitted,
    SchemaTooNew,
    StatementFailed,
    Unreachable,
)
from messina.postgres.inspection import (
    estimated_rows,
    inspect_table,
    inspect_tables,
    table_comments,
)
from messina.postgres.migrations import Migration, migrate
from messina.postgres.rows import Row, lookup_rows, read_rows
from messina.postgres.tables import ColumnDefinition, TableDefinition, table_definition
from messina.postgres.views import JoinedView, create_view, drop_view, view_columns

__all__ = [
    "Connection",
    "connect",
    "PostgresError",
    "Unreachable",
    "LoginRefused",
    "ConnectionLost",
    "StatementFailed",
    "SchemaNotPermitted",
    "SchemaTooNew",
    "Migration",
    "migrate",
    "ColumnDefinition",
    "TableDefinition",
    "table_definition",
    "create_schema",
    "create_table",
    "comment_on_table",
    "inspect_table",
    "inspect_tables",
    "table_comments",
    "estimated_rows",
    "diff",
    "Change",
    "CreateTable",
    "AddColumn",
    "ChangeType",
    "KeyDiffers",
    "DropNotNull",
    "MustBeFilled",
    "Row",
    "read_rows",
    "lookup_rows",
    "read_columns",
    "TableSize",
    "table_size",
    "JoinedView",
    "create_view",
    "drop_view",
    "view_columns",
]
