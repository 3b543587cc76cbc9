"""Opening a session, and running statements on it."""

import re
import ssl
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from cassandra import ConsistencyLevel, DriverException
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
)
from cassandra.connection import ConnectionException
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from cassandra.protocol import ErrorMessage
from cassandra.query import named_tuple_factory, tuple_factory

from messina.scylla.errors import QueryFailed, ScyllaError, Unreachable, WrongDatacenter
from messina.secrets import SecretRef, SecretValue, resolve

DEFAULT_PORT = 9042

PLAIN = "plain"
"""The execution profile whose rows are plain tuples, without names: for many rows."""

_TRIED = re.compile(r"^(\[Errno \d+\] )?Tried connecting to \[.*?\]\. Last error: ")
"""How the driver begins what it says of an address: with the address, which is known."""

DRIVER_ERRORS = (DriverException, NoHostAvailable, ErrorMessage, ConnectionException)
"""Everything that the driver raises for a statement."""


class Session:
    """A connection to a cluster that reads named tuples at LOCAL_QUORUM.

    Close it, or use it in a `with`.

    `driver` is the driver's own session, for what is not here.
    """

    def __init__(self, cluster: Any, driver: Any) -> None:
        self._cluster = cluster
        self.driver = driver
        self._prepared: dict[str, Any] = {}

    @property
    def cluster(self) -> Any:
        """The driver's own cluster."""
        return self._cluster

    def execute(self, statement: Any, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows; values stand for `%s`, or `?` if prepared."""
        try:
            return list(self.driver.execute(statement, tuple(values) or None))
        except DRIVER_ERRORS as error:
            raise QueryFailed(str(statement), reason_of(error)) from error

    def execute_async(self, statement: Any, values: Sequence[object] = ()) -> Any:
        """Send a statement and return the driver's future for its result."""
        return self.driver.execute_async(statement, tuple(values) or None)

    def prepare(self, statement: str) -> Any:
        """Prepare a statement, once a session."""
        if statement not in self._prepared:
            try:
                self._prepared[statement] = self.driver.prepare(statement)
            except DRIVER_ERRORS as error:
                raise QueryFailed(statement, reason_of(error)) from error
        return self._prepared[statement]

    def close(self) -> None:
        """Close every connection. Twice is harmless."""
        self._cluster.shutdown()

    def __enter__(self) -> "Session":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def connect(
    contact_points: Sequence[str],
    local_datacenter: str,
    *,
    user: str | None = None,
    password: SecretRef | SecretValue | None = None,
    tls: ssl.SSLContext | None = None,
    timeout: float = 20.0,
) -> Session:
    """Open a session.

    Args:
        contact_points: addresses as `host:port` (`host` alone means port 9042, IPv6 as
            `[::1]:9042`).
        local_datacenter: the data center that is read.
        user: who logs in; None logs nobody in.
        password: where the password is, or the password; it is resolved here and not kept.
        tls: how connections are encrypted; None encrypts none.
        timeout: seconds until a single request is given up.

    Raises:
        Unreachable: if no contact point answers.
        WrongDatacenter: if the cluster has other data centers only.
        SecretsError: if there is no password where the reference points.
    """
    points = [split_address(point) for point in contact_points]
    if not points:
        raise Unreachable(["(none given)"], "there is no contact point")

    def profile(row_factory: Any) -> ExecutionProfile:
        return ExecutionProfile(
            load_balancing_policy=TokenAwarePolicy(
                DCAwareRoundRobinPolicy(local_dc=local_datacenter)
            ),
            consistency_level=ConsistencyLevel.LOCAL_QUORUM,
            request_timeout=timeout,
            row_factory=row_factory,
        )

    if isinstance(password, SecretRef):
        password = resolve(password)
    secret = password.reveal() if password is not None else ""
    cluster = Cluster(
        contact_points=points,
        port=points[0][1],
        auth_provider=PlainTextAuthProvider(user, secret) if user else None,
        ssl_context=tls,
        execution_profiles={
            EXEC_PROFILE_DEFAULT: profile(named_tuple_factory),
            PLAIN: profile(tuple_factory),
        },
        reconnection_policy=ExponentialReconnectionPolicy(0.5, 10.0, max_attempts=None),
        connect_timeout=timeout,
        control_connection_timeout=timeout,
        compression=False,
        # schema is read by query when it is needed; the driver's copy of it would only cost
        # start-up
        schema_metadata_enabled=False,
    )
    try:
        driver = cluster.connect()
    except (*DRIVER_ERRORS, OSError) as error:
        centers = {host.datacenter for host in cluster.metadata.all_hosts() if host.datacenter}
        cluster.shutdown()
        if centers and local_datacenter not in centers:
            raise WrongDatacenter(local_datacenter, centers) from error
        raise Unreachable(contact_points, _why_nobody(error)) from error
    except BaseException:
        cluster.shutdown()
        raise
    return Session(cluster, driver)


def split_address(address: str) -> tuple[str, int]:
    """Return host and port of `host:port`.

    Examples:
        >>> split_address("10.0.0.1:19042"), split_address("db"), split_address("[::1]:9042")
        (('10.0.0.1', 19042), ('db', 9042), ('::1', 9042))
    """
    host, colon, port = address.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        host, port = address, str(DEFAULT_PORT)
    if not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        raise ScyllaError(
            f"not a contact point: {address!r} (expected host:port); next: correct it"
        )
    return host.strip("[]"), int(port)


def reason_of(error: BaseException) -> str:
    """Return what a driver's error says, in one line."""
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict) and error.errors:
        return "; ".join(f"{host}: {_line(reason)}" for host, reason in error.errors.items())
    return _line(error)


def _why_nobody(error: BaseException) -> str:
    """Why no contact point answers; their addresses are told beside it."""
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict):
        reasons = {_line(reason) for reason in error.errors.values()}
        if len(reasons) == 1:
            return reasons.pop()
    return reason_of(error)


def _line(error: object) -> str:
    text = " ".join(str(error).split())
    return _TRIED.sub("", text) or type(error).__name__
