"""Locking: what `artifacts.toml` asks for, resolved to exact files and their hashes."""

import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
from jgo.maven import MavenContext

from messina.artifacts.errors import DownloadFailed
from messina.artifacts.maven import TIMEOUT_S, Repositories, brief
from messina.artifacts.places import cache_dir
from messina.artifacts.progress import Listener, Progress, silent
from messina.artifacts.sets import Locked, Request, read_request, set_name, write_lock
from messina.artifacts.verified import sha256


def lock(
    folder: Path, listener: Listener = silent, *, repositories: Repositories | None = None
) -> tuple[Locked, ...]:
    """Resolves `artifacts.toml` anew and writes the lock beside it.

    Everything is fetched into an empty folder: no file that lay around can get into a lock.

    Raises:
        ArtifactError: the request cannot be read.
        DownloadFailed: it could not be resolved; the old lock is as it was.
    """
    request = read_request(folder)
    cache_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".lock-", dir=cache_dir()) as store:
        context = MavenContext(
            repo_cache=Path(store),
            remote_repos=None if repositories is None else dict(repositories),
            timeout=TIMEOUT_S,
        )
        try:
            found = [*_closure(context, request), *_singles(context, request)]
            entries = {}
            for count, artifact in enumerate(found, start=1):
                entry = _entry(artifact)
                entries[entry.path] = entry
                listener(Progress(f"locking {set_name(folder)}", count, len(found), "files"))
        except (requests.RequestException, RuntimeError, ValueError) as error:
            raise DownloadFailed(
                f"{set_name(folder)} could not be resolved ({brief(error)}); its old lock is "
                "untouched. Check its coordinates and the network, then run the same command again"
            ) from error
    result = tuple(entries.values())
    write_lock(folder, result, version("jgo"))
    return result


def _closure(context: MavenContext, request: Request) -> Iterator[Any]:
    if not request.closure:
        return
    roots = [context.create_dependency(coordinate) for coordinate in request.closure]
    _, nodes = context.resolver.get_dependency_list(roots)
    for dependency in [*roots, *(node.dep for node in nodes)]:
        wanted = dependency.scope in (None, "compile", "runtime") and not dependency.optional
        if wanted and f"{dependency.groupId}:{dependency.artifactId}" not in request.exclude:
            yield dependency.artifact


def _singles(context: MavenContext, request: Request) -> Iterator[Any]:
    for coordinate in request.single:
        # Not jgo's own parser: it knows no packaging with a dot, and we need "tar.gz".
        group, name, release, *rest = coordinate.split(":")
        classifier, packaging = (*rest, "", "")[:2]
        component = context.project(group, name).at_version(release)
        yield component.artifact(classifier, packaging or "jar")


def _entry(artifact: Any) -> Locked:
    path = Path(artifact.resolve())
    return Locked(
        groupId=artifact.groupId,
        artifactId=artifact.artifactId,
        version=artifact.version,
        packaging=artifact.packaging,
        classifier=artifact.classifier or None,
        sha256=sha256(path),
        size=path.stat().st_size,
    )
