"""Frames on disk: appended by bucket as Arrow, read again chunk by chunk.

The folder is locked by the process that made it. One whose lock is free was left by a process that
was killed, and is taken away at the next start.
"""

import fcntl
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from messina.reconciler.errors import NotWritten

_PREFIX = "messina-reconcile-"
_GONE = "messina-reconciled-"
_LOCK = "lock"
_SIZE = 8


@contextmanager
def spill_folder(within: str | None = None) -> Iterator[Path]:
    """A folder that goes with this block, or at the next call after this process was killed."""
    base = Path(within or tempfile.gettempdir())
    forget_dead(base)
    with _writing(base):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def forget_dead(base: Path) -> None:
    """Take away the folders of processes that are no more."""
    for gone in base.glob(f"{_GONE}*"):
        shutil.rmtree(gone, ignore_errors=True)
    for folder in base.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # under another name at once: its workers, which end with it, may still be writing
                gone = folder.rename(base / f"{_GONE}{secrets.token_hex(8)}")
                shutil.rmtree(gone, ignore_errors=True)
            finally:
                os.close(lock)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritten(
            "what memory does not hold", folder, error, "a --spill folder with more room"
        ) from error


class Spill:
    """Frames in files of one folder, by the number of their bucket; the folder is made here."""

    def __init__(self, folder: Path) -> None:
        with _writing(folder):
            folder.mkdir(exist_ok=True)
        self._folder = folder

    def first(self, name: str) -> bool:
        """Whether nobody has said so of this folder before, by a name."""
        with _writing(self._folder):
            try:
                (self._folder / name).open("x").close()
            except FileExistsError:
                return False
        return True

    def append(self, bucket: int, frame: pl.DataFrame) -> None:
        """Put a frame behind those of the bucket; `NotWritten` if the disk has no room for it."""
        data = io.BytesIO()
        frame.write_ipc(data, compression="uncompressed")
        with _writing(self._folder), self._file(bucket).open("ab") as file:
            file.write(data.tell().to_bytes(_SIZE, "big"))
            file.write(data.getbuffer())

    def size(self, bucket: int) -> int:
        """How many bytes a bucket has on disk."""
        with suppress(FileNotFoundError):
            return self._file(bucket).stat().st_size
        return 0

    def chunks(self, bucket: int) -> Iterator[pl.DataFrame]:
        """The frames of a bucket, one after the other."""
        with suppress(FileNotFoundError), self._file(bucket).open("rb") as file:
            while head := file.read(_SIZE):
                yield pl.read_ipc(file.read(int.from_bytes(head, "big")))

    def drop(self, bucket: int) -> None:
        """Take a bucket's file away."""
        self._file(bucket).unlink(missing_ok=True)

    def _file(self, bucket: int) -> Path:
        return self._folder / f"{bucket}.arrow"
