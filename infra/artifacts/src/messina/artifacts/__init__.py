"""Artifacts: the locked third-party files and our own Java, fetched or built once per machine."""

from messina.artifacts.errors import (
    ArtifactError,
    BuildFailed,
    DownloadFailed,
    HashMismatch,
    LockMissing,
)
from messina.artifacts.java import Built, JunitResult, build, run_junit
from messina.artifacts.jre import java_binary, java_environment, java_home
from messina.artifacts.locking import exclusive
from messina.artifacts.maven import ensure
from messina.artifacts.places import cache_dir, root
from messina.artifacts.progress import Listener, Progress, silent
from messina.artifacts.resolving import lock
from messina.artifacts.sets import all_sets

__all__ = [
    "ArtifactError",
    "BuildFailed",
    "Built",
    "DownloadFailed",
    "HashMismatch",
    "JunitResult",
    "Listener",
    "LockMissing",
    "Progress",
    "all_sets",
    "build",
    "cache_dir",
    "ensure",
    "exclusive",
    "java_binary",
    "java_environment",
    "java_home",
    "lock",
    "root",
    "run_junit",
    "silent",
]
