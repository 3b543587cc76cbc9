"""A pipeline whose passwords lie in Vault, from a source that asks for one to a role of its own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from road import Road

from messina.stack.cql import Cql
from messina.stack.standin_options import StandinOptions
from messina.testing import LoneStandin, Stack, StackVault, running_standin


class Login:
    """A role of Postgres whose password is a secret of Vault."""

    def __init__(self, vault: StackVault, dsn: str) -> None:
        self.name = f"r_{secrets.token_hex(4)}"
        self.path = f"messina/{self.name}"
        self.password = marked("postgres")
        self._vault = vault
        self._dsn = dsn
        self._run("CREATE ROLE {role} LOGIN PASSWORD {password}")
        self._run("GRANT CREATE ON DATABASE warehouse TO {role}")
        # several roles share this schema, so it is nobody's of them
        self._run("CREATE SCHEMA IF NOT EXISTS messina_claims")
        self._run("GRANT USAGE, CREATE ON SCHEMA messina_claims TO {role}")
        vault.put(self.path, password=self.password)

    @property
    def ref(self) -> str:
        """What a spec says in place of the password."""
        return self._vault.ref(self.path, "password")

    def rotate(self) -> str:
        """Give the role another password, and Vault its next version; the old one ends."""
        old, self.password = self.password, marked("postgres")
        self._run("ALTER ROLE {role} PASSWORD {password}")
        self._vault.put(self.path, password=self.password)
        return old

    def cut_off(self) -> int:
        """End the role's sessions, so that all must log in anew; how many there were."""
        with psycopg.connect(self._dsn) as connection:
            rows = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
                (self.name,),
            ).fetchall()
        return len(rows)

    def sessions(self) -> dict[int, Any]:
        """Its sessions' process numbers, and when each began."""
        with psycopg.connect(self._dsn) as connection:
            rows = connection.execute(
                "SELECT pid, backend_start FROM pg_stat_activity WHERE usename = %s", (self.name,)
            ).fetchall()
        return dict(rows)

    def accepts(self, password: str) -> bool:
        """Whether the server lets somebody in with it."""
        with suppress(psycopg.OperationalError):
            psycopg.connect(self._dsn, user=self.name, password=password).close()
            return True
        return False

    def drop(self) -> None:
        """Remove the role with all that it owns, and its secret."""
        self._run("DROP OWNED BY {role}")
        self._run("DROP ROLE {role}")
        self._vault.delete(self.path)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL(statement).format(
                    role=sql.Identifier(self.name), password=sql.Literal(self.password)
                )
            )


def marked(what: str) -> str:
    """A secret that is found wherever it went."""
    return f"MARK-{what}-{secrets.token_hex(8)}"


@contextmanager
def source_with_password(vault: StackVault, folder: Path) -> Iterator[tuple[LoneStandin, str, str]]:
    """A CQL server that asks for a password, the password, and its reference into Vault."""
    password = marked("scylla")
    file = folder / "cql-password"
    file.write_text(password)
    path = f"messina/cql-{secrets.token_hex(4)}"
    vault.put(path, password=password)
    with running_standin(Cql(StandinOptions(user="reader", password_file=file))) as standin:
        yield standin, password, vault.ref(path, "password")
    vault.delete(path)


def vaulted_road(
    stack: Stack, keyspace: str, folder: Path, cql: dict[str, Any] | None, login: Login
) -> Road:
    """A pipeline with one table `t` that logs in everywhere with secrets of Vault."""
    folder.mkdir(exist_ok=True)
    postgres = stack.endpoints.postgres
    return Road(
        stack,
        keyspace,
        folder,
        "t",
        source={} if cql is None else {"scylla": cql},
        sink={
            "postgres": {
                "host": postgres.host,
                "port": postgres.port,
                "database": postgres.database,
                "user": login.name,
                "password": login.ref,
            }
        },
    )
