"""Cheap questions to a port: does it listen, does it answer."""

import socket
import ssl

import httpx


def refused(host: str, port: int, timeout: float = 1.0) -> str | None:
    """None when the port accepts a connection."""
    try:
        with socket.create_connection((host, port), timeout=timeout):
            return None
    except OSError as error:
        return f"port {port}: {error.strerror or error}"


def http_unready(url: str, timeout: float = 2.0) -> str | None:
    """None when a GET answers with 2xx."""
    try:
        answer = httpx.get(url, timeout=timeout, trust_env=False)
    except httpx.HTTPError as error:
        return f"{url}: {type(error).__name__}"
    return None if answer.is_success else f"{url}: HTTP {answer.status_code}"


def cql_unready(host: str, port: int, timeout: float = 1.0) -> str | None:
    """None when a CQL server answers OPTIONS with SUPPORTED (native protocol v4, section 2)."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(bytes([4, 0, 0, 0, 5, 0, 0, 0, 0]))
            header = connection.recv(9)
    except OSError as error:
        return f"port {port}: {error.strerror or error}"
    return None if len(header) == 9 and header[4] == 6 else f"port {port}: no CQL answer"


def tls_unready(host: str, port: int, timeout: float = 5.0) -> str | None:
    """None when a server speaks TLS there, whatever its certificate, and whether it wants ours."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), timeout=timeout) as plain:
            context.wrap_socket(plain).close()
    except ssl.SSLError as error:
        # An alert comes from one that speaks TLS, and misses our certificate.
        return None if "ALERT" in (error.reason or "") else f"port {port}: {error}"
    except OSError as error:
        return f"port {port}: {error.strerror or error}"
    return None


def bindable(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as attempt:
        # As servers do: a port in TIME_WAIT is free.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
            attempt.listen(1)
        except OSError:
            return False
    return True
