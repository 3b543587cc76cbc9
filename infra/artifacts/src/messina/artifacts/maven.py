"""Fetching locked artifacts by jgo, which knows where Maven Central is, into a verified store."""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import requests
from jgo.maven import MavenContext, PythonResolver

from messina.artifacts.errors import DownloadFailed, HashMismatch
from messina.artifacts.locking import exclusive
from messina.artifacts.places import cache_dir
from messina.artifacts.progress import Listener, Progress, silent
from messina.artifacts.sets import Locked, read_lock, set_name
from messina.artifacts.verified import Verified, sha256

TIMEOUT_S = 60
_PARALLEL = 8
_ATTEMPTS = 3
_PAUSE_S = 0.5

Repositories = Mapping[str, str]
"""Names and base addresses of Maven repositories, asked in this order."""


def repository() -> Path:
    """The machine-wide Maven-shaped store of verified files."""
    return cache_dir() / "maven"


def ensure(
    folder: Path, listener: Listener = silent, *, repositories: Repositories | None = None
) -> tuple[Path, ...]:
    """Gives the files of a locked set, fetching and verifying what is not there yet.

    A file enters the store by one rename after its SHA-256 was checked, so a kill leaves
    nothing half written. A stored file whose size or time changed since it was checked is
    checked again, and fetched again when it is not the locked one.

    Args:
        folder: the set.
        listener: hears of bytes that came.
        repositories: where to fetch from; Maven Central when not given.

    Raises:
        LockMissing: the set has no current lock.
        DownloadFailed: a file could not be had.
        HashMismatch: a file came with another hash.
    """
    locked = read_lock(folder)
    store = repository()
    if missing := Verified(store).missing(locked):
        with exclusive(cache_dir() / "maven.lock"):
            verified = Verified(store)
            # Another process may have fetched them while we waited.
            if missing := verified.missing(missing):
                _Download(set_name(folder), missing, store, listener, repositories).run()
                verified.record(missing)
    return tuple(store / entry.path for entry in locked)


class _Stopped(Exception):
    """Another file failed, or the person pressed ctrl-C: no need to go on with this one."""


class _Download:
    """Fetches some files into the store; the caller holds the store's lock."""

    def __init__(
        self,
        name: str,
        missing: list[Locked],
        store: Path,
        listener: Listener,
        repositories: Repositories | None,
    ) -> None:
        self._name = name
        self._missing = missing
        self._store = store
        # Everything of an earlier, killed download lies under one folder that nobody else uses.
        self._staging = store / ".staging"
        self._listener = listener
        self._repositories = None if repositories is None else dict(repositories)
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._total = sum(entry.size for entry in missing)
        self._done = 0

    def run(self) -> None:
        """Fetches all, or raises what went wrong first; files that came before it stay."""
        shutil.rmtree(self._staging, ignore_errors=True)
        self._staging.mkdir(parents=True)
        try:
            with ThreadPoolExecutor(_PARALLEL) as pool:
                futures = [pool.submit(self._fetch, entry) for entry in self._missing]
                try:
                    done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                    for future in done:
                        future.result()
                except BaseException:
                    self._stop.set()
                    pool.shutdown(cancel_futures=True)
                    raise
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)

    def _fetch(self, entry: Locked) -> None:
        with tempfile.TemporaryDirectory(dir=self._staging) as scratch:
            got = self._attempts(entry, Path(scratch))
            actual = sha256(got)
            if actual != entry.sha256:
                raise HashMismatch(
                    f"{entry} came with SHA-256 {actual}, the lock says {entry.sha256}; the file "
                    "was thrown away. A proxy that answers with a page of its own does that, and "
                    "so does a tampered file. Run the same command again; only if the repository "
                    f"is right, renew the lock: `tools/bin/messina artifacts lock {self._name}`"
                )
            target = self._store / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            got.replace(target)

    def _attempts(self, entry: Locked, scratch: Path) -> Path:
        for attempt in range(1, _ATTEMPTS + 1):
            came = 0

            def advance(count: int) -> None:
                nonlocal came
                came += count
                self._advance(count)

            try:
                got = self._resolve(entry, Path(tempfile.mkdtemp(dir=scratch)), advance)
            except requests.RequestException as error:
                self._advance(-came)
                if attempt == _ATTEMPTS:
                    raise self._failed(entry, brief(error)) from error
                self._stop.wait(_PAUSE_S * attempt)
            except RuntimeError as error:  # jgo's word for "in none of the repositories"
                raise self._failed(entry, brief(error)) from error
            else:
                self._advance(entry.size - came)  # a server need not tell the size beforehand
                return got
        raise AssertionError("not reached")

    def _resolve(self, entry: Locked, scratch: Path, advance: Callable[[int], None]) -> Path:
        @contextmanager
        def callback(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
            yield advance

        context = MavenContext(
            resolver=PythonResolver(progress_callback=callback),
            repo_cache=scratch,
            remote_repos=self._repositories,
            timeout=TIMEOUT_S,
        )
        component = context.project(entry.groupId, entry.artifactId).at_version(entry.version)
        return Path(component.artifact(entry.classifier or "", entry.packaging).resolve())

    def _advance(self, count: int) -> None:
        if self._stop.is_set():
            raise _Stopped
        with self._guard:
            self._done += count
            shown = max(0, min(self._done, self._total))
            self._listener(Progress(f"fetching {self._name}", shown, self._total, "bytes"))

    def _failed(self, entry: Locked, reason: str) -> DownloadFailed:
        return DownloadFailed(
            f"{entry} could not be fetched ({reason}); the files that came before it are kept. "
            "Check the network and the proxy settings, then run the same command again"
        )


def brief(error: Exception) -> str:
    """What went wrong, without the addresses of repositories, which are nobody's business here."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error).partition(" in remote repositories")[0] or type(error).__name__
