"""What can go wrong with PostgreSQL.

PostgresError
  ├ Unreachable         nobody answers at the address
  │   └ LoginRefused    somebody answers, and refuses the user, password or database
  ├ ConnectionLost      a connection broke while it was used
  ├ StatementFailed     the server refused a statement; carries its SQLSTATE
  ├ SchemaNotPermitted  the user may not make or change a schema of ours
  └ SchemaTooNew        a schema of ours was made by a newer version

Each is one line: what happened, where, what was left, and what to do next.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


class PostgresError(Exception):
    """Anything that this library raises on purpose."""


class Unreachable(PostgresError):
    """No server took the connection."""

    def __init__(self, where: str, reason: str, next_step: str = "messina status") -> None:
        self.where = where
        self.reason = reason
        super().__init__(
            f"Postgres at {where}: {reason}; nothing was read or changed; next: {next_step}"
        )


class LoginRefused(Unreachable):
    """The server refused the user, the password or the database."""


class ConnectionLost(PostgresError):
    """The connection broke; what was under way was rolled back by the server."""


class StatementFailed(PostgresError):
    """The server refused a statement. `sqlstate` is its five-letter code."""

    def __init__(self, what: str, sqlstate: str | None, reason: str) -> None:
        self.what = what
        self.sqlstate = sqlstate
        super().__init__(
            f"{what} failed: {reason} (SQLSTATE {sqlstate or 'unknown'}); it was rolled back; "
            "next: correct what the reason names, then run the command again"
        )


class SchemaNotPermitted(PostgresError):
    """The user may not make or change a schema. `statements`: one of them helps."""

    def __init__(self, schema: str, database: str, user: str, statements: tuple[str, ...]) -> None:
        self.schema = schema
        self.statements = statements
        super().__init__(
            f"user {user} may not make what belongs into schema {schema} of database {database}; "
            f"nothing was changed; next: an administrator runs {' or '.join(statements)} "
            "then the command again"
        )


class SchemaTooNew(PostgresError):
    """A schema was brought further than this version of the code knows."""

    def __init__(self, schema: str, found: int, known: int) -> None:
        self.schema = schema
        self.found = found
        self.known = known
        super().__init__(
            f"schema {schema} is at migration {found}, this version knows {known} at most: a newer "
            "version has been here; nothing was changed; next: use that version, or a newer one"
        )


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn psycopg's errors inside into ours; `what` says what was being done."""
    try:
        yield
    except psycopg.Error as error:
        reason = one_line(error)
        if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
            raise ConnectionLost(
                f"{what}: the connection to Postgres broke: {reason}; what was under way was "
                "rolled back; next: messina status, then run the command again"
            ) from error
        raise StatementFailed(what, error.sqlstate, reason) from error


def one_line(error: psycopg.Error) -> str:
    """What an error says first, without the server's further lines."""
    primary = error.diag.message_primary
    text = primary or next(iter(str(error).strip().splitlines()), "") or type(error).__name__
    return " ".join(text.split())
