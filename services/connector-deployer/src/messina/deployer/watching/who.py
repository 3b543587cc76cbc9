"""Who does something, for others to read."""

import getpass
import os
import socket


def identity() -> str:
    """Return who this process is, for others."""
    return f"{person()}:{os.getpid()}"


def person() -> str:
    """Return who runs this process, and where."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"
