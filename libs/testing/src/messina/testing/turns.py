"""Whose turn it is at the one stack: test files that run beside each other, or one that is alone.

A file that is marked `gentle` leaves the stack's parts as they are and has pipelines of its own:
it may run beside others. Any other file has the stack to itself. The kernel keeps whose turn it
is, so a process that is killed leaves nothing behind.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILE = "turns.lock"


class Turns:
    """The turns at the stack in `home`; without a home every file is alone anyway.

    Attributes:
        gentle: whether the file whose turn it is in this process may run beside others.
    """

    def __init__(self) -> None:
        self.gentle = False

    @contextmanager
    def turn(self, home: Path | None, *, gentle: bool) -> Iterator[None]:
        """Wait for a turn and have it.

        Args:
            home: the stack's home, where test processes share it; None where there is one process.
            gentle: whether others may have theirs at the same time.
        """
        self.gentle = gentle
        try:
            if home is None:
                yield
                return
            with (home / _FILE).open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH if gentle else fcntl.LOCK_EX)
                try:
                    yield
                finally:
                    # Not by closing: a child that was forked meanwhile would keep it.
                    fcntl.flock(handle, fcntl.LOCK_UN)
        finally:
            self.gentle = False

    def refuse_breaking(self, what: str) -> None:
        """Raise where others may run beside this file, and would be hit."""
        assert not self.gentle, (
            f"{what}: this test file is marked `gentle`, so others run beside it on the same "
            "stack; take the mark away, and the file has the stack to itself"
        )


TURNS = Turns()
"""Those of this process."""
