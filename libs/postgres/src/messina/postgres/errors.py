"""What can go wrong with PostgreSQL.

PostgresError
  ├ Unreachable         nobody answers at the address
  │   └ LoginRefused    somebody answers, and refuses the user, password or database
  ├ ConnectionLost      a connection broke while it was used
  └ StatementFailed     the server refused a statement; carries its SQLSTATE

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
