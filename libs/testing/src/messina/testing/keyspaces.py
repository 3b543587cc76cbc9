"""Keyspaces of a test's own."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from cassandra.cluster import NoHostAvailable, Session

from messina.testing.stack import Stack
from messina.testing.waits import until


def await_server(session: Session) -> None:
    """Waits until the session reaches its server again: a test may have killed or stopped it."""

    def answers() -> bool:
        try:
            session.execute("SELECT key FROM system.local")
        except NoHostAvailable:
            return False
        return True

    until(answers, within=60, what="the CQL server answers the shared session")


@contextmanager
def new_keyspace(stack: Stack, session: Session) -> Iterator[str]:
    """A keyspace with a new name, dropped behind the block."""
    name = f"t_{secrets.token_hex(4)}"
    session.execute(
        f"CREATE KEYSPACE {name} WITH replication = "
        f"{{'class': 'NetworkTopologyStrategy', '{stack.endpoints.scylla.local_datacenter}': 1}}"
    )
    try:
        yield name
    finally:
        await_server(session)
        session.execute(f"DROP KEYSPACE {name}")
