"""Which files of the store were verified, and how they looked then: hashing all takes seconds."""

import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from messina.artifacts.sets import Locked


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Verified:
    """The memory of a store, beside its files.

    A file whose size or modification time is not what was seen is hashed again. An entry that is
    lost in a race of two processes costs one more hash, never a wrong file.
    """

    def __init__(self, store: Path) -> None:
        self._store = store
        self._file = store / ".verified.json"
        self._seen: dict[str, list[int]] = {}
        with suppress(OSError, ValueError):
            found = json.loads(self._file.read_text())
            self._seen = found if isinstance(found, dict) else {}

    def missing(self, entries: Iterable[Locked]) -> list[Locked]:
        """The entries whose file is not there, or is not the locked one."""
        absent: list[Locked] = []
        fresh: list[Locked] = []
        for entry in entries:
            look = self._look(entry)
            if look is None or look[0] != entry.size:
                absent.append(entry)
            elif self._seen.get(_key(entry)) != look:
                good = sha256(self._store / entry.path) == entry.sha256
                (fresh if good else absent).append(entry)
        if fresh:
            self.record(fresh)
        return absent

    def record(self, entries: Iterable[Locked]) -> None:
        """Remembers files that were verified a moment ago."""
        for entry in entries:
            if look := self._look(entry):
                self._seen[_key(entry)] = look
        temporary = self._file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):  # a store that may only be read still serves
            temporary.write_text(json.dumps(self._seen))
            temporary.replace(self._file)

    def _look(self, entry: Locked) -> list[int] | None:
        try:
            now = (self._store / entry.path).stat()
        except OSError:
            return None
        return [now.st_size, now.st_mtime_ns]


def _key(entry: Locked) -> str:
    return f"{entry.sha256} {entry.path}"
