"""A Postgres that speaks TLS, under the name of 127.0.0.1."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from messina.artifacts import root
from messina.pipeline import PostgresEndpoint, PostgresTls, SecretRef
from messina.postgres import connect
from messina.stack import guard
from messina.stack.account import server_account
from messina.stack.layout import HOST, Layout
from messina.stack.passwords import password_file
from messina.stack.postgres import DATABASE, USER, Postgres
from messina.stack.probe import bindable
from messina.testing import until
from messina.testing.certificates import Authority
from messina.testing.ports import first_port


@dataclass(frozen=True)
class Server:
    """A server that speaks TLS under the name of 127.0.0.1."""

    layout: Layout
    ca: Path
    other_ca: Path

    def endpoint(self, tls: PostgresTls | None, host: str = HOST) -> PostgresEndpoint:
        """Return what a spec would say."""
        return PostgresEndpoint(
            host=host,
            port=self.layout.port("postgres"),
            database=DATABASE,
            user=USER,
            password=SecretRef.parse(f"file:{password_file(self.layout)}"),
            tls=tls,
        )

    def encrypted(self, tls: PostgresTls | None, host: str = HOST) -> bool:
        """Ask the server whether this connection is."""
        wait = timedelta(seconds=5)
        with connect(
            self.endpoint(tls, host), application_name="a test", connect_timeout=wait
        ) as connection:
            query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            row = connection.execute(query).fetchone()
            return bool(row and row[0])


@contextmanager
def secured_postgres() -> Iterator[Server]:
    """Start a server of its own that speaks TLS, and end it behind the block."""
    home = Path(tempfile.mkdtemp(prefix="messina-postgres-"))
    home.chmod(0o755)
    first = first_port(29480)
    base = next(b for b in range(first, first + 100, 10) if bindable(HOST, b + 4))
    layout, postgres, account = Layout(home, base, root()), Postgres(), server_account()
    process: subprocess.Popen[bytes] | None = None
    try:
        command = postgres.prepare(layout, lambda _: None)
        (home / "tls").mkdir(mode=0o755)
        (home / "other").mkdir()
        authority, other = Authority(home / "tls"), Authority(home / "other")
        identity = authority.issue("server", HOST)
        identity.key.chmod(0o600)
        if account is not None:
            account.give(identity.key)
        files = {"ssl_cert_file": identity.certificate, "ssl_key_file": identity.key}
        settings = {"ssl": "on", **{name: str(file) for name, file in files.items()}}
        more = [word for name, text in settings.items() for word in ("-c", f"{name}={text}")]
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", str(guard.__file__), "KILL", command.user or "-"),
                    *(*command.argv, *more),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd="/",
            )
        until(lambda: postgres.unready(layout) is None, within=60, what="Postgres answers")
        postgres.settle(layout)
        yield Server(layout, authority.ca, other.ca)
    finally:
        if process is not None:
            process.kill()
            process.wait(60)
        data = layout.data("postgres")
        shutil.rmtree(os.path.realpath(data), ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)
