"""Asking ScyllaDB whether the source can read: by CQL's first word, and by a read as the source's.

Nodes that answer are not enough: with too few of them the source's reads fail, and each of these
failures would count against its connector. So a row of the CDC log is read at the source's own
consistency, of a stream that does not exist: its token is another one each time. Where a part of
the ring only has lost its replicas, some of the reads say so.
"""

import os
import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

from cassandra import ConsistencyLevel, OperationTimedOut, ReadFailure, ReadTimeout, Unavailable
from cassandra.cluster import NoHostAvailable
from cassandra.query import SimpleStatement

from messina import scylla
from messina.deployer.watching.away import Away
from messina.pipeline import ScyllaEndpoint
from messina.scylla.schema import LOG_SUFFIX
from messina.secrets import SecretsError
from messina.telemetry import get_logger

AGAIN_S = 10.0
"""Seconds between two tries to log in, or to find a log, where that can't be done."""
_OPTIONS = bytes((4, 0, 0, 0, 5, 0, 0, 0, 0))
"""CQL's request OPTIONS, which every server answers before anybody logs in."""
_SUPPORTED = 6
_TOO_FEW = (Unavailable, ReadTimeout, ReadFailure, OperationTimedOut)


class Scylla:
    """Asks a cluster whether a pipeline's source can read. Close it.

    Who can't log in here, or may not read, says nothing of the source: then only CQL's first word
    counts.

    Args:
        server: where the cluster is.
        keyspace: the source's.
        consistency: at which the source reads, such as `LOCAL_QUORUM`.
        timeout: seconds that it is given, for each of the two.
    """

    def __init__(
        self, server: ScyllaEndpoint, keyspace: str, consistency: str, timeout: float
    ) -> None:
        self._server = server
        self._keyspace = keyspace
        self._consistency = consistency
        self._timeout = timeout
        self._session: scylla.Session | None = None
        self._log: str | None = None
        self._connecting = False
        self._closed = False
        self._not_before = 0.0

    def close(self) -> None:
        """Close the connection, for good."""
        self._closed = True
        self._drop()

    def __call__(self) -> None:
        """Ask.

        Raises:
            Away: if no node answers, or too few do for the source's reads.
        """
        try:
            ask_scylla(self._server, self._timeout)
        except Away:
            # the driver would wait for a while before it connects again
            self._drop()
            raise
        session = self._session
        if session is None:
            self._connect()
            return
        try:
            self._read(session)
        except scylla.ScyllaError as error:
            why = too_few(error.__cause__)
            if why is not None:
                raise Away(f"reads at {self._consistency} fail: {why}") from error
            self._unknown(error)

    def _connect(self) -> None:
        """Log in, beside: that takes a while, and is no answer of the cluster's to the source."""
        if self._connecting or time.monotonic() < self._not_before:
            return
        self._connecting = True
        threading.Thread(target=self._log_in, name="probe-scylla-login", daemon=True).start()

    def _log_in(self) -> None:
        tls = self._server.tls
        try:
            self._session = scylla.connect(
                self._server.contact_points,
                self._server.local_datacenter,
                user=self._server.user,
                password=self._server.password,
                tls=None if tls is None else scylla.tls_context(tls),
                timeout=self._timeout,
            )
        except (scylla.ScyllaError, SecretsError, OSError) as error:
            self._unknown(error)
        finally:
            self._connecting = False
            if self._closed:
                self._drop()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _unknown(self, error: Exception) -> None:
        self._drop()
        self._log = None
        self._not_before = time.monotonic() + AGAIN_S
        get_logger("messina.deployer.watch").debug(
            "whether the source can read is not known", why=str(error)
        )

    def _read(self, session: scylla.Session) -> None:
        if self._log is None:
            if time.monotonic() < self._not_before:
                return
            self._log = self._a_log(session)
        if self._log is None:
            self._not_before = time.monotonic() + AGAIN_S
            return
        statement = SimpleStatement(
            f'SELECT "cdc$stream_id" FROM "{self._keyspace}"."{self._log}"'
            ' WHERE "cdc$stream_id" = %s LIMIT 1',
            consistency_level=ConsistencyLevel.name_to_value[self._consistency],
        )
        session.execute(statement, [os.urandom(16)])

    def _a_log(self, session: scylla.Session) -> str | None:
        query = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s"
        names = (str(name) for (name,) in session.execute(query, [self._keyspace]))
        return next((name for name in sorted(names) if name.endswith(LOG_SUFFIX)), None)


def too_few(error: object) -> str | None:
    """Return what an error says, if it is that too few replicas answer; else None."""
    if isinstance(error, Unavailable):
        return f"{error.alive_replicas} of {error.required_replicas} replicas that it takes are up"
    if isinstance(error, NoHostAvailable) and isinstance(error.errors, dict):
        return next((why for one in error.errors.values() if (why := too_few(one))), None)
    return type(error).__name__ if isinstance(error, _TOO_FEW) else None


def ask_scylla(server: ScyllaEndpoint, timeout: float) -> None:
    """Speak CQL to the nodes, one after another: the first that answers will do."""
    why: Exception | None = None
    for node in server.contact_points:
        try:
            _options(node, server, timeout)
            return
        except OSError as error:
            why = error
    raise Away(f"no node answers: {why}")


def _options(node: str, server: ScyllaEndpoint, timeout: float) -> None:
    parts = urlsplit(f"//{node}")
    host, port = parts.hostname or node, parts.port or 9042
    with socket.create_connection((host, port), timeout=timeout) as plain:
        plain.settimeout(timeout)
        if server.tls is None:
            _supported(plain)
            return
        context: ssl.SSLContext = scylla.tls_context(server.tls)
        with context.wrap_socket(plain, server_hostname=host) as encrypted:
            _supported(encrypted)


def _supported(connection: socket.socket) -> None:
    connection.sendall(_OPTIONS)
    header = b""
    while len(header) < len(_OPTIONS):
        more = connection.recv(len(_OPTIONS) - len(header))
        if not more:
            raise OSError("the connection was closed")
        header += more
    if header[4] != _SUPPORTED:
        raise OSError(f"what answers is no CQL server (opcode {header[4]})")
