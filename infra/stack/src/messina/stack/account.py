"""The account that a server runs as which refuses root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from messina.stack.errors import ComponentFailed


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this machine."""

    name: str
    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The account of that name, if there is one."""
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            return None
        return cls(name, entry.pw_uid, entry.pw_gid)

    def reaches(self, folder: Path) -> bool:
        """Whether it may pass through `folder` and all above it (by owner or as anybody)."""
        return all(self._passes(place) for place in (folder, *folder.parents))

    def give(self, path: Path) -> None:
        """Makes it the owner of a file or folder that we have just made."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def _passes(self, folder: Path) -> bool:
        found = folder.stat()
        return bool(found.st_mode & (0o100 if found.st_uid == self.uid else 0o001))


def server_account() -> Account | None:
    """None when we are an ordinary user, and the server runs as us; never root.

    Raises:
        ComponentFailed: we are root and there is nobody else.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        if account := Account.named(name):
            return account
    raise ComponentFailed(
        "PostgreSQL refuses to run as root and there is no account `postgres` or `nobody`; "
        "nothing was started. Run `messina up` as an ordinary user"
    )
