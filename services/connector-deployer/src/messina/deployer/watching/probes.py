"""Asking what a pipeline needs whether it is there: each in a thread, so that none delays another.

A probe raises what is wrong in a few words, or returns. One that hangs is told as such after its
time, whatever it waits for.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from messina import scylla
from messina.deployer.watching.model import Dependency
from messina.kafka import client_settings
from messina.kafka.topics import reason_of
from messina.pipeline import (
    Endpoints,
    KafkaEndpoint,
    PostgresEndpoint,
    RegistryEndpoint,
    ScyllaEndpoint,
)
from messina.postgres import connect as connect_postgres
from messina.telemetry import get_logger

TIMEOUT_S = 2.0
"""Seconds that a dependency is given to answer."""
EVERY_S = 1.0
_OPTIONS = bytes((4, 0, 0, 0, 5, 0, 0, 0, 0))
"""CQL's request OPTIONS, which every server answers before anybody logs in."""
_SUPPORTED = 6

Ask = Callable[[], None]


class Away(Exception):
    """A dependency answers, but not as it should; the message says how, in a few words."""


class Probes:
    """Asks all the time, and tells at any time what was found last. Close it, or use a `with`.

    Args:
        asks: by name, what asks.
        every: seconds between two questions.
        timeout: seconds until one that hangs is told as away; each has its own limit as well.
    """

    def __init__(
        self, asks: Mapping[str, Ask], *, every: float = EVERY_S, timeout: float = TIMEOUT_S
    ) -> None:
        self._every = every
        self._timeout = timeout
        self._lock = threading.Lock()
        self._known = {name: Dependency(name=name) for name in asks}
        self._asked_at: dict[str, float] = {}
        self._end = threading.Event()
        for name, ask in asks.items():
            threading.Thread(
                target=self._go_round, args=(name, ask), name=f"probe-{name}", daemon=True
            ).start()

    def close(self) -> None:
        """Ask no more. What hangs ends with the process."""
        self._end.set()

    def __enter__(self) -> "Probes":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def now(self) -> dict[str, Dependency]:
        """Return how each is."""
        hanging = []
        with self._lock:
            for name, at in self._asked_at.items():
                if time.monotonic() - at > self._timeout + self._every:
                    hanging.append(name)
        for name in hanging:
            self._note(name, f"no answer within {self._timeout:g} s")
        with self._lock:
            return dict(self._known)

    def _go_round(self, name: str, ask: Ask) -> None:
        while not self._end.is_set():
            begin = time.monotonic()
            with self._lock:
                self._asked_at[name] = begin
            why = _answer(ask)
            with self._lock:
                self._asked_at.pop(name, None)
            self._note(name, why)
            self._end.wait(max(0.05, self._every - (time.monotonic() - begin)))

    def _note(self, name: str, why: str | None) -> None:
        up = why is None
        with self._lock:
            before = self._known[name]
            changed = before.up is not up
            self._known[name] = Dependency(
                name=name,
                up=up,
                since=time.time() if changed else before.since,
                why=why,
                back=up and (before.up is False if changed else before.back),
            )
        if changed and (before.up is not None or not up):
            log = get_logger("messina.deployer.watch")
            log.warning("dependency is back" if up else "dependency is away", name=name, why=why)


def _answer(ask: Ask) -> str | None:
    try:
        ask()
    except KafkaException as error:
        return reason_of(error)
    except Exception as error:  # noqa: BLE001: whatever it is, it is no answer, and asking goes on
        # where it has a reason, the rest says what a command should do next
        said = getattr(error, "reason", None) or str(error)
        return " ".join(str(said).split()) or type(error).__name__
    return None


def asks_of(
    endpoints: Endpoints, *, vault: str | None, timeout: float = TIMEOUT_S
) -> dict[str, Ask]:
    """Return what asks each dependency of a pipeline.

    Args:
        endpoints: where they are.
        vault: the address of the Vault that its secrets are in, if any are.
        timeout: seconds that each is given.
    """
    asks: dict[str, Ask] = {
        "postgres": lambda: ask_postgres(endpoints.postgres, timeout),
        "registry": lambda: ask_registry(endpoints.registry, timeout),
        "scylla": lambda: ask_scylla(endpoints.scylla, timeout),
        "kafka": Kafka(endpoints.kafka, timeout),
    }
    if vault is not None:
        address = vault
        asks["vault"] = lambda: ask_vault(address, timeout)
    return asks


def ask_postgres(server: PostgresEndpoint, timeout: float) -> None:
    """Log in and run a statement."""
    limit = timedelta(seconds=timeout)
    with connect_postgres(
        server,
        application_name="messina watch",
        connect_timeout=limit,
        statement_timeout=limit,
    ) as connection:
        connection.execute("SELECT 1")


def ask_registry(registry: RegistryEndpoint, timeout: float) -> None:
    """Ask for anything: one that wants a user is there, too."""
    # nothing is sent and nothing believed but that it is there
    answer = httpx.get(registry.url, timeout=timeout, verify=False, trust_env=False)
    if answer.is_server_error:
        raise Away(f"it answers {answer.status_code} {answer.reason_phrase}")


def ask_vault(address: str, timeout: float) -> None:
    """Ask for its health: one that stands by serves, too; a sealed one does not."""
    url = f"{address.rstrip('/')}/v1/sys/health"
    answer = httpx.get(url, timeout=timeout, verify=False, trust_env=False)
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise Away("it is sealed")
    if answer.is_server_error:
        raise Away(f"it answers {answer.status_code} {answer.reason_phrase}")


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


class Kafka:
    """Asks brokers for their metadata, over one client.

    Args:
        kafka: where they are.
        timeout: seconds that they are given.
    """

    def __init__(self, kafka: KafkaEndpoint, timeout: float) -> None:
        self._kafka = kafka
        self._timeout = timeout
        self._admin: AdminClient | None = None

    def __call__(self) -> None:
        """Ask."""
        if self._admin is None:
            self._admin = AdminClient(
                {
                    **client_settings(self._kafka.security),
                    "bootstrap.servers": self._kafka.bootstrap_servers,
                    "reconnect.backoff.max.ms": 1000,
                    "socket.connection.setup.timeout.ms": 2000,
                    "log_level": 0,
                }
            )
        self._admin.list_topics(timeout=self._timeout)
