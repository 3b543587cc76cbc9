"""The systems that a pipeline touches, opened when they are first needed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from types import TracebackType
from typing import Any, Literal

import stamina
from psycopg import sql

from messina import postgres, scylla
from messina.kafka import (
    ConnectClient,
    Place,
    Positions,
    RegistryClient,
    Stretch,
    Topics,
    Unread,
    client_settings,
    unread,
)
from messina.pipeline import Endpoints
from messina.postgres.errors import explained


@contextmanager
def own_words() -> Iterator[None]:
    """Keep stamina from logging each wait: whoever opened the clients is told in `on_wait`."""
    hooks = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        yield
    finally:
        stamina.instrumentation.set_on_retry_hooks(hooks)


class Site:
    """Clients of every system behind the endpoints. Close it, or use it in a `with`.

    Args:
        endpoints: where the systems are.
        patience: seconds that Connect is given to settle, for each request.
        on_wait: called with what Connect is waited for.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        *,
        patience: float = 60.0,
        on_wait: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self.endpoints = endpoints
        self._patience = patience
        self._on_wait = on_wait
        self._open = ExitStack()
        self._open.enter_context(own_words())

    @cached_property
    def topics(self) -> Topics:
        """Kafka's topics."""
        kafka = self.endpoints.kafka
        return Topics(kafka.bootstrap_servers, client=client_settings(kafka.security))

    @cached_property
    def positions(self) -> Positions:
        """Where Kafka's topics end, and where groups stand."""
        kafka = self.endpoints.kafka
        positions = Positions(kafka.bootstrap_servers, client=client_settings(kafka.security))
        self._open.callback(positions.close)
        return positions

    def unread(self, stretches: Mapping[Place, Stretch], *, limit: int = 1) -> dict[Place, Unread]:
        """Count the committed records in parts of Kafka's topics, each up to a limit."""
        kafka = self.endpoints.kafka
        client = client_settings(kafka.security)
        return unread(kafka.bootstrap_servers, stretches, limit=limit, client=client)

    @cached_property
    def connect(self) -> ConnectClient:
        """Kafka Connect."""
        client = ConnectClient(
            self.endpoints.connect.url, patience=self._patience, on_wait=self._on_wait
        )
        return self._open.enter_context(client)

    @cached_property
    def registry(self) -> RegistryClient:
        """The schema registry."""
        return self._open.enter_context(RegistryClient.of(self.endpoints.registry))

    @cached_property
    def scylla(self) -> scylla.Session:
        """The source's database."""
        endpoint = self.endpoints.scylla
        session = scylla.connect(
            endpoint.contact_points,
            endpoint.local_datacenter,
            user=endpoint.user,
            password=endpoint.password,
            tls=None if endpoint.tls is None else scylla.tls_context(endpoint.tls),
        )
        return self._open.enter_context(session)

    @cached_property
    def postgres(self) -> postgres.Connection:
        """The sink's database."""
        connection = postgres.connect(
            self.endpoints.postgres, application_name="messina connector-deployer"
        )
        return self._open.enter_context(connection)

    def open(self, *systems: Literal["topics", "connect"]) -> None:
        """Open clients that several threads are about to use."""
        for system in systems:
            getattr(self, system)

    def sql(
        self, what: str, statement: sql.SQL | sql.Composed, values: Sequence[object] = ()
    ) -> list[tuple[Any, ...]]:
        """Run a statement in the sink's database and return its rows, if it gives any."""
        with explained(what):
            cursor = self.postgres.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Close what was opened."""
        self._open.close()

    def __enter__(self) -> "Site":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
