"""Asking what a pipeline needs whether it is there: each in a thread, so that none delays another.

A probe raises what is wrong in a few words, or returns. One that hangs is told as such after its
time, whatever it waits for.
"""

import threading
import time
from collections.abc import Callable, Mapping

import httpx
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from messina.deployer.watching.away import Away
from messina.deployer.watching.model import Dependency
from messina.deployer.watching.probing_postgres import Postgres
from messina.deployer.watching.probing_scylla import Scylla
from messina.kafka import client_settings
from messina.kafka.topics import reason_of
from messina.pipeline import (
    Endpoints,
    KafkaEndpoint,
    PipelineSpec,
    RegistryEndpoint,
)
from messina.telemetry import get_logger

TIMEOUT_S = 2.0
"""Seconds that a dependency is given to answer."""
EVERY_S = 1.0
Ask = Callable[[], None]


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
        self._asks = tuple(asks.values())
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
        for ask in self._asks:
            if isinstance(ask, Scylla):
                ask.close()

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
    spec: PipelineSpec, endpoints: Endpoints, *, vault: str | None, timeout: float = TIMEOUT_S
) -> dict[str, Ask]:
    """Return what asks each dependency of a pipeline.

    Args:
        spec: the pipeline.
        endpoints: where they are.
        vault: the address of the Vault that its secrets are in, if any are.
        timeout: seconds that each is given.
    """
    asks: dict[str, Ask] = {
        "postgres": Postgres(endpoints.postgres, timeout),
        "registry": lambda: ask_registry(endpoints.registry, timeout),
        "scylla": Scylla(endpoints.scylla, spec.source.keyspace, spec.source.consistency, timeout),
        "kafka": Kafka(endpoints.kafka, timeout),
    }
    if vault is not None:
        address = vault
        asks["vault"] = lambda: ask_vault(address, timeout)
    return asks


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
