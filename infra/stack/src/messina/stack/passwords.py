"""The generated secrets of a stack: files, which configurations only refer to."""

import os
import secrets
from pathlib import Path

from messina.stack.layout import Layout


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
