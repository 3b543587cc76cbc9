"""The statements that make a table. Names are quoted by psycopg, never pasted."""

from psycopg import sql

from messina.postgres.tables import ColumnDefinition, TableDefinition


def create_schema(schema: str) -> sql.Composed:
    """The statement that makes a schema where there is none."""
    return sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema))


def create_table(table: TableDefinition) -> sql.Composed:
    """The statement that makes a table; it fails where there is one of the name."""
    parts: list[sql.Composable] = [column_clause(column) for column in table.columns]
    if table.key:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in table.key)
        parts.append(sql.SQL("PRIMARY KEY ({})").format(names))
    return sql.SQL("CREATE TABLE {} ({})").format(table_name(table), sql.SQL(", ").join(parts))


def comment_on_table(table: TableDefinition, comment: str) -> sql.Composed:
    """The statement that gives a table a comment."""
    return sql.SQL("COMMENT ON TABLE {} IS {}").format(table_name(table), sql.Literal(comment))


def add_column(table: TableDefinition, column: ColumnDefinition) -> sql.Composed:
    """The statement that adds a column, which can't be part of the key."""
    return sql.SQL("ALTER TABLE {} ADD COLUMN {}").format(table_name(table), column_clause(column))


def drop_not_null(table: TableDefinition, column: str) -> sql.Composed:
    """The statement that lets a column be null."""
    return sql.SQL("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL").format(
        table_name(table), sql.Identifier(column)
    )


def table_name(table: TableDefinition) -> sql.Identifier:
    """The table's name with its schema, quoted."""
    return sql.Identifier(table.schema, table.name)


def column_clause(column: ColumnDefinition) -> sql.Composed:
    """A column as it stands in CREATE TABLE."""
    return sql.SQL("{} {}{}").format(
        sql.Identifier(column.name),
        type_name(column.type),
        sql.SQL("" if column.nullable else " NOT NULL"),
    )


def type_name(name: str) -> sql.SQL:
    """A type's name as SQL: it is out of our own tables or out of Postgres' catalog."""
    return sql.SQL(name)
