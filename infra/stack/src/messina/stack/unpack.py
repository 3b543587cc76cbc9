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

_LIST = ".files"


def once(name: str, make: Callable[[Path], None], base: Path | None = None) -> Path:
    """The folder `trees/<name>` of the cache, made by `make(empty folder)` if it is not there.

    It appears by one rename when it is complete, with a list of its files and their sizes; one
    that no longer has them all is made anew.
    """
    top = (base or cache_dir()) / "trees"
    target = top / name
    if not _whole(target):
        with exclusive(top / f"{name}.lock"):
            if not _whole(target):
                scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=top))
                try:
                    make(scratch)
                    _open_folders(scratch)
                    (scratch / _LIST).write_text(_listing(scratch))
                    shutil.rmtree(target, ignore_errors=True)
                    scratch.rename(target)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
    return target


def extract_tar(archive: Path, into: Path) -> None:
    """Unpacks a tar of any compression; nothing may leave the folder.

    Raises:
        tarfile.TarError: something would.
    """
    with tarfile.open(archive) as tar:
        if hasattr(tarfile, "data_filter"):
            tar.extractall(into, filter="data")
        else:  # CPython 3.11.0 to 3.11.3 (Debian 12 has one of them)
            tar.extractall(into, members=[_harmless(member, into) for member in tar])


def _harmless(member: tarfile.TarInfo, into: Path) -> tarfile.TarInfo:
    """The parts of `tarfile.data_filter` that matter for archives whose hash is locked."""
    place = into / member.name
    target = place.parent / member.linkname if member.issym() else into / member.linkname
    inside = all(
        Path(os.path.normpath(path)).is_relative_to(into)
        for path in (place, *((target,) if member.islnk() or member.issym() else ()))
    )
    if not inside or member.isdev():
        raise tarfile.ExtractError(f"{member.name} would leave the folder {into}")
    member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), "", ""
    return member


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


def make_passable(folder: Path) -> None:
    """Makes a folder and what is missing above it so that every account may pass, whatever umask.

    Folders that are there already stay as they are.
    """
    if not folder.exists():
        make_passable(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _open_folders(top: Path) -> None:
    # Another account may run what is in there (Postgres does), even if our umask is 077.
    for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def _listing(top: Path) -> str:
    files = sorted(path for path in top.rglob("*") if path.is_file() and path.name != _LIST)
    return "".join(f"{path.stat().st_size} {path.relative_to(top)}\n" for path in files)


def _whole(target: Path) -> bool:
    try:
        lines = (target / _LIST).read_text().splitlines()
        sizes = [line.split(" ", 1) for line in lines]
        return all((target / path).stat().st_size == int(size) for size, path in sizes)
    except (OSError, ValueError):
        return False
