"""Artifact sets: a folder with `artifacts.toml` (what we want) and `jgo.lock.toml` (what we got).

The lock is jgo's own format with one more field, `size` in bytes, so that a download can be
announced truthfully. It names coordinates and hashes, never a host.
"""

import hashlib
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import tomli_w
from pydantic import BaseModel, ConfigDict, Field

from messina.artifacts.errors import ArtifactError, LockMissing
from messina.artifacts.places import root

REQUEST = "artifacts.toml"
LOCK = "jgo.lock.toml"


class Request(BaseModel):
    """`artifacts.toml`: coordinates as `group:artifact:version[:classifier[:packaging]]`.

    Attributes:
        closure: resolved together with their dependencies.
        single: exactly these files, whatever their poms ask for.
        exclude: `group:artifact` to leave out of the closure.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    closure: tuple[Annotated[str, Field(pattern=r"^[^:]+:[^:]+:[^:]+$")], ...] = ()
    single: tuple[Annotated[str, Field(pattern=r"^[^:]+(:[^:]*){2,4}$")], ...] = ()
    exclude: tuple[str, ...] = ()


class Locked(BaseModel):
    """One locked file of a Maven repository."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    groupId: str
    artifactId: str
    version: str
    packaging: str = "jar"
    classifier: str | None = None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]

    @property
    def filename(self) -> str:
        """The file's name in a Maven repository."""
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifactId}-{self.version}{classifier}.{self.packaging}"

    @property
    def path(self) -> Path:
        """The file's place in a Maven repository, relative to its top."""
        return Path(*self.groupId.split("."), self.artifactId, self.version, self.filename)

    def __str__(self) -> str:
        """The coordinate, for messages."""
        return f"{self.groupId}:{self.artifactId}:{self.version}"


class _Metadata(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    spec_hash: str


class _Lock(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    metadata: _Metadata
    dependencies: tuple[Locked, ...] = ()


def read_request(folder: Path) -> Request:
    """Reads `artifacts.toml` of a set.

    Raises:
        ArtifactError: the file is missing or not of the expected form.
    """
    path = folder / REQUEST
    try:
        return Request.model_validate(tomllib.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path} cannot be read as an artifact set: {error}") from error


def request_hash(folder: Path) -> str:
    """A short hash of what the set asks for; the lock remembers which request it answers.

    Raises:
        ArtifactError: there is no such set.
    """
    try:
        return hashlib.sha256((folder / REQUEST).read_bytes()).hexdigest()[:16]
    except FileNotFoundError:
        raise ArtifactError(f"{folder} is no artifact set: it has no {REQUEST}") from None


def read_lock(folder: Path) -> tuple[Locked, ...]:
    """The locked files of a set, in lock order.

    Raises:
        LockMissing: there is no lock, or it answers another request than `artifacts.toml` makes.
        ArtifactError: there is no such set.
    """
    path = folder / LOCK
    wanted = request_hash(folder)
    again = f"run `tools/bin/messina artifacts lock {set_name(folder)}`"
    try:
        lock = _Lock.model_validate(tomllib.loads(path.read_text()))
    except FileNotFoundError:
        raise LockMissing(f"{path} does not exist; {again}") from None
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise LockMissing(
            f"{path} is damaged ({reason}); take it back from git, or {again}"
        ) from error
    if lock.metadata.spec_hash != wanted:
        raise LockMissing(f"{path} is older than {REQUEST} beside it; {again}")
    return lock.dependencies


def set_name(folder: Path) -> str:
    """The set's name for commands: its folder, relative to the checkout if it lies in it."""
    top = root()
    return str(folder.relative_to(top)) if folder.is_relative_to(top) else str(folder)


def write_lock(folder: Path, locked: tuple[Locked, ...], jgo_version: str) -> None:
    """Writes the lock of a set, sorted, in one step."""
    entries = sorted(locked, key=lambda e: (e.groupId, e.artifactId, e.classifier or ""))
    document = {
        "metadata": {
            "generated": datetime.now(UTC).date().isoformat(),
            "jgo_version": jgo_version,
            "spec_hash": request_hash(folder),
        },
        "dependencies": [entry.model_dump(exclude_none=True) for entry in entries],
    }
    temporary = folder / f".{LOCK}.new"
    temporary.write_text(tomli_w.dumps(document))
    temporary.replace(folder / LOCK)


def all_sets(root: Path) -> tuple[Path, ...]:
    """Every artifact set of the checkout, in path order."""
    return tuple(sorted(path.parent for path in (root / "infra").rglob(REQUEST)))
