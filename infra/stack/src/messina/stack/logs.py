"""Reading logs that the supervisor rotates: `x.log`, before it `x.log.1`, before that `x.log.2`."""

from collections.abc import Iterator
from pathlib import Path

BACKUPS = 3
_BLOCK = 64 * 1024


def tail(path: Path, lines: int) -> str:
    """The last lines of a log, older files of it included; nothing where there is none."""
    found: list[str] = []
    for file in _newest_first(path):
        if len(found) >= lines:
            break
        found = _end_of(file, lines - len(found)) + found
    return "\n".join(found)


def exists(path: Path) -> bool:
    """Whether anything was ever logged there."""
    return any(file.exists() for file in _newest_first(path))


def _newest_first(path: Path) -> Iterator[Path]:
    yield path
    for number in range(1, BACKUPS + 1):
        yield path.with_name(f"{path.name}.{number}")


def _end_of(path: Path, lines: int) -> list[str]:
    """The last `lines` lines of one file, without reading the rest of it."""
    try:
        with path.open("rb") as handle:
            left = handle.seek(0, 2)
            read = b""
            # One more newline than lines: the first line of the block may be half a line.
            while left > 0 and read.count(b"\n") <= lines:
                step = min(_BLOCK, left)
                left -= step
                handle.seek(left)
                read = handle.read(step) + read
    except OSError:
        return []
    return read.decode(errors="replace").splitlines()[-lines:] if lines > 0 else []
