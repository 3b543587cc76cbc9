"""A schema of our own, brought up to what the code knows by numbered migrations.

What was applied is recorded in the schema's table `migrations`. Several processes may come at the
same time: one applies, the others wait for it. A schema that is newer than the code is left alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import errors, sql

from messina.postgres.connection import Connection
from messina.postgres.errors import SchemaNotPermitted, SchemaTooNew, explained

_RECORD = """
CREATE TABLE IF NOT EXISTS {schema}.migrations (
  number integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by text NOT NULL DEFAULT current_user
)
"""


@dataclass(frozen=True)
class Migration:
    """One step of a schema.

    Attributes:
        number: its place: 1, 2, 3 and so on.
        name: what it brings, for people.
        statements: SQL with `{schema}` where the schema's name belongs; other braces are doubled.
    """

    number: int
    name: str
    statements: str


def migrate(
    connection: Connection, schema: str, migrations: Sequence[Migration]
) -> tuple[Migration, ...]:
    """Bring a schema up to date, all or nothing; harmless to repeat.

    Args:
        connection: in autocommit mode, and not inside a transaction.
        schema: its name; it is made where it is missing.
        migrations: all that the code knows, in order.

    Returns:
        Those that were applied now.

    Raises:
        SchemaTooNew: if a newer version of the code has been here.
        SchemaNotPermitted: if the user may not do it; it says the SQL that helps.
        PostgresError: if it failed otherwise; nothing of it was left.
        ValueError: if the migrations aren't numbered 1, 2, 3.
    """
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"migrations are numbered 1, 2, 3, not {numbers}")
    what = f"bringing schema {schema} up to date"
    try:
        with explained(what):
            if _applied(connection, schema, numbers) == set(numbers):
                return ()
            with connection.transaction():
                return _bring(connection, schema, migrations)
    except Exception as error:
        if isinstance(error.__cause__, errors.InsufficientPrivilege):
            user, database = _who(connection)
            raise SchemaNotPermitted(
                schema, database, user, _permitting(connection, schema, user, database)
            ) from error
        raise


def _bring(
    connection: Connection, schema: str, migrations: Sequence[Migration]
) -> tuple[Migration, ...]:
    # Not `IF NOT EXISTS` alone: two that make one schema at a time run into each other.
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"messina.schema:{schema}",)
    )
    if not _is_there(connection, schema):
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    connection.execute(_in(schema, _RECORD))
    done = _applied(connection, schema, [migration.number for migration in migrations])
    due = tuple(migration for migration in migrations if migration.number not in done)
    for migration in due:
        connection.execute(_in(schema, migration.statements))
        connection.execute(
            _in(schema, "INSERT INTO {schema}.migrations (number, name) VALUES (%s, %s)"),
            (migration.number, migration.name),
        )
    return due


def _applied(connection: Connection, schema: str, known: Sequence[int]) -> set[int]:
    """The numbers that the schema has had; refuses one that the code does not know."""
    if not _is_there(connection, schema, "migrations"):
        return set()
    rows = connection.execute(_in(schema, "SELECT number FROM {schema}.migrations"))
    numbers = {number for (number,) in rows}
    if unknown := numbers - set(known):
        raise SchemaTooNew(schema, max(unknown), max(known, default=0))
    return numbers


def _in(schema: str, statements: str) -> sql.Composed:
    # Each migration is a constant of the code.
    return sql.SQL(statements).format(schema=sql.Identifier(schema))


def _is_there(connection: Connection, schema: str, table: str | None = None) -> bool:
    query = "SELECT 1 FROM pg_namespace WHERE nspname = %s"
    if table is not None:
        query += " AND EXISTS (SELECT FROM pg_class WHERE relnamespace = pg_namespace.oid"
        query += " AND relname = %s)"
    values = (schema,) if table is None else (schema, table)
    return connection.execute(query.encode(), values).fetchone() is not None


def _who(connection: Connection) -> tuple[str, str]:
    row = connection.execute("SELECT current_user, current_database()").fetchone()
    assert row is not None
    return str(row[0]), str(row[1])


def _permitting(connection: Connection, schema: str, user: str, database: str) -> tuple[str, ...]:
    """The statements of which one, run by an administrator, lets the user do it."""
    name, who = (sql.Identifier(each).as_string(connection) for each in (schema, user))
    if _is_there(connection, schema, "migrations"):
        row = connection.execute(
            "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = %s", (schema,)
        ).fetchone()
        # What others made of it can be read and altered by a member of the role that owns it.
        return (f"GRANT {row[0] if row else 'its owner'} TO {who};",)
    if _is_there(connection, schema):
        return (f"GRANT USAGE, CREATE ON SCHEMA {name} TO {who};",)
    where = sql.Identifier(database).as_string(connection)
    return (
        f"CREATE SCHEMA {name} AUTHORIZATION {who};",
        f"GRANT CREATE ON DATABASE {where} TO {who};",
    )
