"""The store's one connection: its schema is up to date, and one thread at a time uses it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from psycopg import sql

from messina import postgres
from messina.pipeline import PostgresEndpoint
from messina.postgres.errors import explained
from messina.reconciler.store.migrations import MIGRATIONS

SCHEMA = "messina"


class Database:
    """A connection whose statements name the store's schema as `{s}`."""

    def __init__(self, connection: postgres.Connection, schema: str) -> None:
        self.connection = connection
        self.schema = schema
        self._lock = threading.RLock()

    @classmethod
    def open(cls, server: PostgresEndpoint | str, schema: str) -> "Database":
        """Connect, and bring the schema up to date.

        Raises:
            PostgresError: if that is not possible; it says the SQL where a permission is missing.
            SecretsError: if there is no password.
        """
        connection = postgres.connect(server, application_name="messina-reconciler-store")
        try:
            # A plan that is kept was made for tables that may have been empty then.
            connection.execute("SET plan_cache_mode = force_custom_plan")
            postgres.migrate(connection, schema, MIGRATIONS)
        except BaseException:
            connection.close()
            raise
        return cls(connection, schema)

    def close(self) -> None:
        """Close the connection; locks that it holds are free then."""
        self.connection.close()

    def composed(self, statement: str) -> sql.Composed:
        """A statement with the schema's name put in; other braces are doubled."""
        # Each statement is a constant of the code.
        return sql.SQL(statement).format(s=sql.Identifier(self.schema))

    def rows(self, what: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a query and return all its rows; `what` says what for, in errors."""
        with self._lock, explained(what):
            return self.connection.execute(self.composed(statement), values or None).fetchall()

    def run(self, what: str, statement: str, *values: Any) -> int:
        """Run a statement and return how many rows it touched."""
        with self._lock, explained(what):
            return self.connection.execute(self.composed(statement), values or None).rowcount

    def stream(
        self, what: str, statement: str, *values: Any, size: int = 1_000
    ) -> Iterator[tuple[Any, ...]]:
        """Run a query that pages by a bigint, its first column and second to last value.

        The statement's last two values are that of the last row seen, and how many are asked for.
        So the connection is free between two pages, and memory is bounded.
        """
        last = 0
        while page := self.rows(what, statement, *values, last, size):
            yield from page
            last = page[-1][0]

    @contextmanager
    def transaction(self, what: str) -> Iterator[None]:
        """What is run inside is kept whole, or not at all."""
        with self._lock, explained(what), self.connection.transaction():
            yield

    def copy(self, what: str, statement: str, rows: Iterator[tuple[Any, ...]]) -> int:
        """Write rows by COPY and return how many they were."""
        count = 0
        with (
            self._lock,
            explained(what),
            self.connection.cursor() as cursor,
            cursor.copy(self.composed(statement)) as copy,
        ):
            for row in rows:
                copy.write_row(row)
                count += 1
        return count


def as_json(value: Mapping[str, Any] | None) -> str | None:
    """A mapping as a column of type json takes it."""
    return None if value is None else json.dumps(value, default=str)
