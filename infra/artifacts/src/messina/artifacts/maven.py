"""Fetching locked artifacts, and locking them, by jgo (which knows where Maven Central is)."""

import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import requests
from jgo.maven import MavenContext, PythonResolver

from messina.artifacts.errors import DownloadFailed, HashMismatch
from messina.artifacts.locking import exclusive
from messina.artifacts.places import cache_dir
from messina.artifacts.progress import Listener, Progress, silent
from messina.artifacts.sets import Locked, read_lock, read_request, write_lock

_PARALLEL = 8
_TIMEOUT_S = 60


def repository() -> Path:
    """The machine-wide Maven-shaped store of verified files."""
    return cache_dir() / "maven"


def ensure(folder: Path, listener: Listener = silent) -> tuple[Path, ...]:
    """Gives the files of a locked set, fetching and verifying what is not there yet.

    A file enters the store by one rename after its SHA-256 was checked, so a kill leaves
    nothing half written. A stored file whose size or time changed since it was checked is
    checked again, and fetched again when it is not the locked one.

    Raises:
        LockMissing: the set has no current lock.
        DownloadFailed: a file could not be had.
        HashMismatch: a file came with another hash.
    """
    locked = read_lock(folder)
    store = repository()
    stamps = _Stamps(store)
    missing = [entry for entry in locked if not stamps.intact(entry)]
    if missing:
        with exclusive(cache_dir() / "maven.lock"):
            stamps = _Stamps(store)
            missing = [entry for entry in missing if not stamps.intact(entry)]
            _download(missing, store, stamps, folder.name, listener)
    return tuple(store / entry.path for entry in locked)


def lock(folder: Path, listener: Listener = silent) -> tuple[Locked, ...]:
    """Resolves `artifacts.toml` anew and writes the lock beside it."""
    request = read_request(folder)
    store = cache_dir() / "maven-resolve"
    store.mkdir(parents=True, exist_ok=True)
    context = MavenContext(repo_cache=store, timeout=_TIMEOUT_S)
    try:
        found = []
        if request.closure:
            roots = [context.create_dependency(coordinate) for coordinate in request.closure]
            _, nodes = context.resolver.get_dependency_list(roots)
            excluded = set(request.exclude)
            for dependency in [*roots, *(node.dep for node in nodes)]:
                wanted = dependency.scope in (None, "compile", "runtime")
                name = f"{dependency.groupId}:{dependency.artifactId}"
                if wanted and not dependency.optional and name not in excluded:
                    found.append(dependency.artifact)
        for coordinate in request.single:
            # Not jgo's own parser: it knows no packaging with a dot, and we need "tar.gz".
            group, name, release, *rest = coordinate.split(":")
            classifier, packaging = (*rest, "", "")[:2]
            component = context.project(group, name).at_version(release)
            found.append(component.artifact(classifier, packaging or "jar"))
        entries = {}
        for count, artifact in enumerate(found, start=1):
            path = Path(artifact.resolve())
            entry = Locked(
                groupId=artifact.groupId,
                artifactId=artifact.artifactId,
                version=artifact.version,
                packaging=artifact.packaging,
                classifier=artifact.classifier or None,
                sha256=_sha256(path),
                size=path.stat().st_size,
            )
            entries[entry.path] = entry
            listener(Progress(f"locking {folder.name}", count, len(found), "files"))
    except (requests.RequestException, RuntimeError) as error:
        raise DownloadFailed(
            f"{folder} could not be resolved ({_brief(error)}); its old lock is untouched. "
            "Check the network and run the same command again"
        ) from error
    result = tuple(entries.values())
    write_lock(folder, result, version("jgo"))
    return result


class _Stamps:
    """Remembers, beside the store, which files were verified and how they looked then."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._file = store / ".verified.json"
        # A stamp that is lost in a race costs one more hash, never a wrong file.
        try:
            self._seen: dict[str, list[int]] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            self._seen = {}

    def intact(self, entry: Locked) -> bool:
        path = self._store / entry.path
        try:
            now = path.stat()
        except OSError:
            return False
        if now.st_size != entry.size:
            return False
        if self._seen.get(f"{entry.sha256} {entry.path}") == [now.st_size, now.st_mtime_ns]:
            return True
        if _sha256(path) != entry.sha256:
            return False
        self.record([entry])
        return True

    def record(self, entries: list[Locked]) -> None:
        for entry in entries:
            now = (self._store / entry.path).stat()
            self._seen[f"{entry.sha256} {entry.path}"] = [now.st_size, now.st_mtime_ns]
        temporary = self._file.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(self._seen))
        temporary.replace(self._file)


def _download(
    missing: list[Locked], store: Path, stamps: _Stamps, name: str, listener: Listener
) -> None:
    if not missing:
        return
    store.mkdir(parents=True, exist_ok=True)
    total = sum(entry.size for entry in missing)
    done = 0
    guard = threading.Lock()

    def advance(count: int) -> None:
        nonlocal done
        with guard:
            done += count
            listener(Progress(f"fetching {name}", min(done, total), total, "bytes"))

    # Everything of an earlier, killed download lies under one folder that nobody else uses
    # while we hold the lock.
    staging = store / ".staging"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            futures = [pool.submit(_fetch, entry, store, staging, advance) for entry in missing]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    stamps.record(missing)


def _fetch(entry: Locked, store: Path, staging: Path, advance: Callable[[int], None]) -> None:
    @contextmanager
    def callback(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        yield advance

    with tempfile.TemporaryDirectory(dir=staging) as scratch:
        context = MavenContext(
            resolver=PythonResolver(progress_callback=callback),
            repo_cache=Path(scratch),
            timeout=_TIMEOUT_S,
        )
        component = context.project(entry.groupId, entry.artifactId).at_version(entry.version)
        artifact = component.artifact(entry.classifier or "", entry.packaging)
        try:
            got = Path(artifact.resolve())
        except (requests.RequestException, RuntimeError, OSError) as error:
            raise DownloadFailed(
                f"{entry} could not be fetched ({_brief(error)}). What came before it is kept; "
                "check the network, then run the same command again"
            ) from error
        actual = _sha256(got)
        if actual != entry.sha256:
            raise HashMismatch(
                f"{entry} has SHA-256 {actual}, the lock says {entry.sha256}. The file was thrown "
                "away. If the repository is trusted, renew the lock with "
                "`tools/bin/messina artifacts lock`"
            )
        target = store / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(got, target)


def _brief(error: Exception) -> str:
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    # jgo appends the repositories' addresses, which are nobody's business here.
    text = str(error).partition(" in remote repositories")[0]
    return text or type(error).__name__


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
