"""Archives of the store, unpacked once per machine into folders named by their content."""

import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from messina.artifacts import exclusive
from messina.artifacts.places import cache_dir


def once(name: str, make: Callable[[Path], None], base: Path | None = None) -> Path:
    """The folder `unpacked/<name>` of the cache, made by `make(empty folder)` if it is not there.

    It appears by one rename when it is complete.
    """
    top = (base or cache_dir()) / "unpacked"
    target = top / name
    if not target.is_dir():
        with exclusive(top / f"{name}.lock"):
            if not target.is_dir():
                scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=top))
                try:
                    make(scratch)
                    scratch.chmod(0o755)
                    scratch.rename(target)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
    return target


def extract_tar(archive: Path, into: Path) -> None:
    """Unpacks a tar of any compression; nothing may leave the folder."""
    with tarfile.open(archive) as tar:
        tar.extractall(into, filter="data")


def extract_member(archive: Path, member: str, into: Path) -> Path:
    """Takes one file out of a jar."""
    with zipfile.ZipFile(archive) as jar:
        return Path(jar.extract(member, into))


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link where the file system allows it, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
