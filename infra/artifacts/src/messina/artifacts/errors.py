"""What can go wrong while artifacts are locked, fetched or built.

ArtifactError            every error of this package; its text ends with what to do next
├── LockMissing          a set has no lock file, or one older than its artifacts.toml
├── DownloadFailed       an artifact could not be had (no network, not in the repository)
├── HashMismatch         an artifact came, and is not the locked one
└── BuildFailed          our own Java did not compile
"""


class ArtifactError(Exception):
    """An artifact problem that a person can act on; `str()` is one complete sentence or two."""


class LockMissing(ArtifactError):
    """A set was asked for that is not locked, or whose lock is older than its request."""


class DownloadFailed(ArtifactError):
    """A locked artifact could not be fetched. Nothing half written stays in the cache."""


class HashMismatch(ArtifactError):
    """A fetched artifact has another SHA-256 than the lock says. It was thrown away."""


class BuildFailed(ArtifactError):
    """The compiler refused our Java sources; the text carries its output."""
