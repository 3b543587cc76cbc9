"""A schema of our own comes up to date whoever comes, and says what is missing where it can't."""

import secrets
import threading
from collections.abc import Iterator

import pytest
from psycopg import sql

from messina import postgres
from messina.postgres import Connection, Migration, SchemaNotPermitted, SchemaTooNew, migrate

pytestmark = pytest.mark.gentle

FIRST = Migration(1, "things", "CREATE TABLE {schema}.things (id int, d json DEFAULT '{{}}')")
SECOND = Migration(
    2, "more", "ALTER TABLE {schema}.things ADD name text; CREATE INDEX ON {schema}.things (name)"
)
BROKEN = Migration(2, "broken", "CREATE TABLE {schema}.others (id int); SELECT 1 / 0")


@pytest.fixture()
def connection(postgres_dsn: str) -> Iterator[Connection]:
    """The warehouse."""
    with postgres.connect(postgres_dsn, application_name="messina-tests") as opened:
        yield opened


@pytest.fixture()
def schema(connection: Connection) -> Iterator[str]:
    """A name of which no schema is there yet."""
    name = f'm "{secrets.token_hex(4)}'
    yield name
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))


def _recorded(connection: Connection, schema: str) -> list[int]:
    query = sql.SQL("SELECT number FROM {}.migrations ORDER BY 1").format(sql.Identifier(schema))
    return [number for (number,) in connection.execute(query)]


def test_migrations_are_applied_once_and_in_order(connection: Connection, schema: str) -> None:
    """What was applied is recorded; a second time nothing is done, a new one is added."""
    assert migrate(connection, schema, [FIRST]) == (FIRST,)
    assert migrate(connection, schema, [FIRST]) == ()
    assert migrate(connection, schema, [FIRST, SECOND]) == (SECOND,)
    assert _recorded(connection, schema) == [1, 2]
    with pytest.raises(ValueError, match="numbered"):
        migrate(connection, schema, [SECOND])


def test_a_migration_that_fails_leaves_nothing(connection: Connection, schema: str) -> None:
    """All that is due is applied, or nothing of it."""
    with pytest.raises(postgres.StatementFailed, match="division by zero.*rolled back"):
        migrate(connection, schema, [FIRST, BROKEN])
    assert migrate(connection, schema, [FIRST, SECOND]) == (FIRST, SECOND)


def test_a_schema_of_a_newer_version_is_left_alone(connection: Connection, schema: str) -> None:
    """Old code refuses a database that newer code has changed, and says so."""
    migrate(connection, schema, [FIRST, SECOND])
    with pytest.raises(SchemaTooNew, match="at migration 2, this version knows 1 at most.*next:"):
        migrate(connection, schema, [FIRST])


def test_many_that_come_at_once_apply_each_migration_once(
    connection: Connection, schema: str, postgres_dsn: str
) -> None:
    """One applies, the others wait and find it done."""
    applied: list[tuple[Migration, ...]] = []
    errors: list[BaseException] = []
    together = threading.Barrier(8)

    def come() -> None:
        try:
            with postgres.connect(postgres_dsn, application_name="messina-tests") as own:
                together.wait(10)
                applied.append(migrate(own, schema, [FIRST, SECOND]))
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert sorted(map(len, applied)) == [0] * 7 + [2]
    assert _recorded(connection, schema) == [1, 2]


def test_a_missing_permission_is_told_with_the_statement_that_helps(
    connection: Connection, schema: str, postgres_dsn: str
) -> None:
    """Each of the error's statements is all that an administrator has to run."""
    user = f"u_{secrets.token_hex(4)}"
    connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'x'".encode())
    there = sql.Identifier(schema).as_string(connection)
    others = " ".join(w for w in postgres_dsn.split() if not w.startswith(("user=", "password=")))
    try:
        with postgres.connect(
            f"{others} user={user} password=x", application_name="messina-tests"
        ) as poor:
            for before, choices in (("", 2), (f"CREATE SCHEMA {there}", 1)):
                for choice in range(choices):
                    connection.execute(before.encode())
                    with pytest.raises(SchemaNotPermitted, match="nothing was changed") as refused:
                        migrate(poor, schema, [FIRST])
                    assert len(refused.value.statements) == choices
                    assert refused.value.statements[choice] in str(refused.value)
                    connection.execute(refused.value.statements[choice].encode())
                    assert migrate(poor, schema, [FIRST]) == (FIRST,)
                    connection.execute(f"DROP SCHEMA {there} CASCADE".encode())
                    connection.execute(f"REVOKE ALL ON DATABASE warehouse FROM {user}".encode())
            migrate(connection, schema, [FIRST])
            with pytest.raises(SchemaNotPermitted) as owned:
                migrate(poor, schema, [FIRST, SECOND])
            connection.execute(owned.value.statements[0].encode())
            assert migrate(poor, schema, [FIRST, SECOND]) == (SECOND,)
    finally:
        connection.execute(f"DROP OWNED BY {user} CASCADE".encode())
        connection.execute(f"DROP ROLE {user}".encode())
