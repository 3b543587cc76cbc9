"""Where the checkout and the machine-wide cache are."""

import os
from pathlib import Path

from messina.artifacts.errors import ArtifactError


def root() -> Path:
    """The checkout (or test sandbox) that this code runs from.

    `MESSINA_ROOT` wins; otherwise the parent folder of this file that holds `infra/artifacts`.

    Raises:
        ArtifactError: there is no such folder.
    """
    if stated := os.environ.get("MESSINA_ROOT"):
        return Path(stated).resolve()
    here = Path(__file__).resolve()
    for parent in here.parents:
        if (parent / "infra" / "artifacts" / "src").is_dir():
            return parent
    raise ArtifactError(f"no checkout found above {here}; run from a checkout or set MESSINA_ROOT")


def cache_dir() -> Path:
    """`$XDG_CACHE_HOME/messina` (default `~/.cache/messina`): shared by all checkouts of a user.

    A relative `XDG_CACHE_HOME` counts for nothing, as the XDG specification has it.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "messina"
