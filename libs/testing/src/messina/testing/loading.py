"""Tables with many rows: written as files and imported, as row by row would take too long.

The stand-in imports them. Its CDC log does not see them, as ScyllaDB's sees no load-and-stream.
"""

import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from messina.artifacts import build, java_binary, root
from messina.testing.standin import Executes

_ROOM = "infra/standin"
_MAIN = "io.messina.standin.load.Loader"
_PLACES = {"@HOST@": "127.0.0.1", "@CQL_PORT@": "1", "@STORAGE_PORT@": "2"}
"""Nothing listens: only files are written."""
_NULL = struct.pack(">i", -1)
_ROWS_AT_ONCE = 10_000

Cells = Sequence[bytes | None]
"""A row's values as CQL's protocol has them; None is null."""


def load_rows(
    session: Executes,
    keyspace: str,
    table: str,
    definition: str,
    columns: Sequence[str],
    rows: Iterable[Cells],
) -> int:
    """Fill a table of the stand-in, which must be there; return how many rows were written.

    Some seconds for a million rows. All have one write time.

    Args:
        session: with the stand-in.
        keyspace: the table's keyspace.
        table: its name.
        definition: its columns and key, as they stand in the brackets of CREATE TABLE.
        columns: what a row has, in its order.
        rows: the rows.
    """
    built = build(root(), _ROOM)
    flags = (root() / _ROOM / "conf" / "jvm.flags").read_text().splitlines()
    insert = (
        f"INSERT INTO {keyspace}.{table} ({', '.join(columns)})"
        f" VALUES ({', '.join('?' * len(columns))})"
    )
    with tempfile.TemporaryDirectory(prefix="messina-load-") as scratch:
        # the import finds a table's files by the names of the folders they are in
        folder = Path(scratch) / keyspace / f"{table}-{uuid4().hex}"
        folder.mkdir(parents=True)
        text = (root() / _ROOM / "conf" / "cassandra.yaml.template").read_text()
        for placeholder, value in {**_PLACES, "@HOME@": scratch}.items():
            text = text.replace(placeholder, value)
        settings = Path(scratch) / "cassandra.yaml"
        settings.write_text(text)
        command = [
            str(java_binary()),
            *(flag for flag in flags if flag and not flag.startswith("#")),
            f"-Dcassandra.storagedir={scratch}",
            f"-Dcassandra.config=file://{settings}",
            *("-cp", ":".join(map(str, built.classpath)), _MAIN, str(folder)),
            f"CREATE TABLE {keyspace}.{table} ({definition})",
            insert,
        ]
        log = Path(scratch) / "log"
        with (
            log.open("wb") as errors,
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            ) as process,
        ):
            assert process.stdin is not None and process.stdout is not None
            with suppress(BrokenPipeError):  # what went wrong is in its log
                for data in _framed(rows):
                    process.stdin.write(data)
                process.stdin.close()
            said = process.stdout.read().decode().split()
        if process.returncode:
            raise AssertionError(f"not written: {' '.join(said)}\n{log.read_text()[-2000:]}")
        session.execute(
            "INSERT INTO messina_standin.imports (keyspace_name, table_name, folder)"
            " VALUES (%s, %s, %s)",
            (keyspace, table, str(folder)),
        )
    return int(said[-1])


def _framed(rows: Iterable[Cells]) -> Iterable[bytes]:
    parts: list[bytes] = []
    for number, row in enumerate(rows, 1):
        for cell in row:
            if cell is None:
                parts.append(_NULL)
            else:
                parts += (struct.pack(">i", len(cell)), cell)
        if number % _ROWS_AT_ONCE == 0:
            yield b"".join(parts)
            parts = []
    yield b"".join(parts)
