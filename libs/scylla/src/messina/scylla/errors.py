"""What can go wrong with ScyllaDB.

::

    ScyllaError
    ├── Unreachable        nothing answers at the contact points
    ├── WrongDatacenter    the cluster has no such data center
    ├── KeyspaceMissing
    ├── TableMissing
    ├── QueryFailed        the server, or the road to it, gave up on a statement
    └── TlsFilesUnusable   certificates or a key are not where they are said to be

Each is one line: what happened, where, and what to do next.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from cassandra import DriverException


class ScyllaError(Exception):
    """Anything that this library raises on purpose."""


class Unreachable(ScyllaError):
    """No contact point answers CQL."""

    def __init__(self, contact_points: Sequence[str], reason: str) -> None:
        self.contact_points = tuple(contact_points)
        self.reason = reason
        super().__init__(
            f"no CQL server answers at {', '.join(contact_points)}: {reason}; nothing was read; "
            "next: messina status, or correct scylla.contact_points"
        )


class WrongDatacenter(ScyllaError):
    """The local data center that was named is none of the cluster's."""

    def __init__(self, wanted: str, existing: Iterable[str]) -> None:
        self.wanted = wanted
        self.existing = tuple(sorted(existing))
        has = ", ".join(self.existing) or "none"
        super().__init__(
            f"the cluster has no data center {wanted!r} (it has {has}); nothing was read; "
            "next: correct scylla.local_datacenter"
        )


class TlsFilesUnusable(ScyllaError):
    """Certificates or a key are not where they are said to be, or are none."""

    def __init__(self, files: Iterable[str], reason: str) -> None:
        super().__init__(
            f"the TLS files of the source can't be used here ({', '.join(files)}: {reason}); "
            "nothing was changed; next: put them where this command runs, at the same paths as on "
            "the workers"
        )


class KeyspaceMissing(ScyllaError):
    """The keyspace does not exist."""

    def __init__(self, keyspace: str, existing: Iterable[str]) -> None:
        self.keyspace = keyspace
        super().__init__(
            f"keyspace {keyspace} does not exist{_did_you_mean(keyspace, existing)}; "
            "next: create it, or correct source.keyspace"
        )


class TableMissing(ScyllaError):
    """The table does not exist."""

    def __init__(self, keyspace: str, table: str, existing: Iterable[str]) -> None:
        self.keyspace = keyspace
        self.table = table
        super().__init__(
            f"table {keyspace}.{table} does not exist{_did_you_mean(table, existing)}; "
            "next: create it, or correct the table's name"
        )


class QueryFailed(ScyllaError, DriverException):  # type: ignore[misc]  # the driver has no types
    """A statement was given up. It is the driver's error too, for code that catches those."""

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        self.reason = reason
        super().__init__(f"{what} failed: {reason}; next: messina status")


def _did_you_mean(name: str, existing: Iterable[str]) -> str:
    near = get_close_matches(name, list(existing), n=3)
    return f" (did you mean {', '.join(near)}?)" if near else ""
