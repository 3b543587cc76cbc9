"""A database that is there already: looking at it before anything is built on it."""

import re
import socket
from contextlib import suppress

from messina.stack.choices import ExternalCql
from messina.stack.errors import StackError

_ADDRESS = re.compile(r"(?P<host>[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?")
_SECONDS = 10
_OPTIONS = bytes([4, 0, 0, 0, 5, 0, 0, 0, 0])
_NEXT = "nothing was changed; next: correct --cql, or `messina up --cql stand-in`"


def parse_address(text: str) -> str:
    """`host:port` of what was given, with CQL's port where none is.

    Raises:
        StackError: it is no address.
    """
    match = _ADDRESS.fullmatch(text)
    port = int(match["port"] or 9042) if match else 0
    if match is None or not 0 < port < 65_536:
        raise StackError(f"--cql takes HOST:PORT, not {text!r}; {_NEXT}")
    return f"{match['host']}:{port}"


def discover(text: str) -> ExternalCql:
    """Looks at a database: whether it answers, what it is, and which data centre it is in.

    Raises:
        StackError: it does not answer, or not to somebody without a login.
    """
    address = parse_address(text)
    host, port = ExternalCql(address, "", "").host, ExternalCql(address, "", "").port
    engine = "scylla" if b"SCYLLA_" in _supported(address, host, port) else "stand-in"
    return ExternalCql(address, _datacenter(address, host, port), engine)


def _supported(address: str, host: str, port: int) -> bytes:
    """What the server answers to OPTIONS (native protocol v4, section 4.1.3), login or not."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as connection:
            connection.settimeout(_SECONDS)
            connection.sendall(_OPTIONS)
            header = _exactly(connection, 9)
            if len(header) < 9 or header[4] != 6:
                raise StackError(
                    f"what listens at {address} speaks no CQL in the clear; {_NEXT}. A "
                    "database that takes TLS only is stated in the pipeline's file (source.scylla)"
                )
            return _exactly(connection, int.from_bytes(header[5:9], "big"))
    except OSError as error:
        why = error.strerror or str(error) or type(error).__name__
        raise StackError(f"no CQL server answers at {address} ({why}); {_NEXT}") from error


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def _datacenter(address: str, host: str, port: int) -> str:
    from cassandra import AuthenticationFailed, DriverException
    from cassandra.cluster import Cluster, ExecutionProfile, NoHostAvailable
    from cassandra.policies import WhiteListRoundRobinPolicy

    cluster = Cluster(
        [host],
        port,
        execution_profiles={
            "default": ExecutionProfile(WhiteListRoundRobinPolicy([host]), request_timeout=_SECONDS)
        },
        connect_timeout=_SECONDS,
        schema_metadata_enabled=False,
        token_metadata_enabled=False,
    )
    try:
        session = cluster.connect()
        (row,) = session.execute("SELECT data_center FROM system.local")
        return str(row[0])
    except NoHostAvailable as error:
        causes = list(error.errors.values()) if isinstance(error.errors, dict) else []
        if any(isinstance(cause, AuthenticationFailed) for cause in causes):
            raise StackError(
                f"the CQL server at {address} asks for a login, which endpoints.json lacks; "
                "next: state it in the pipeline's file (source.scylla: contact_points, "
                "local_datacenter, user, password); nothing was changed"
            ) from error
        raise StackError(
            f"the CQL server at {address} refuses: {causes or error}; {_NEXT}"
        ) from error
    except DriverException as error:
        raise StackError(f"the CQL server at {address} refuses: {error}; {_NEXT}") from error
    finally:
        with suppress(Exception):
            cluster.shutdown()
