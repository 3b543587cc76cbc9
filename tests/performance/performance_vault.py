"""A pipeline whose passwords are in Vault, and what is done to Vault besides kill and freeze."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from performance_faults import FROZEN_SECONDS, Broken, Part
from vaulted import Login

from messina.testing import Stack, StackVault, until

START = "start"
"""The fault: Vault is frozen, and a worker that has read nothing of it yet starts meanwhile."""


@dataclass(frozen=True)
class Logins:
    """What a spec says of servers, with references in place of passwords.

    Attributes:
        scylla: the source's; the stand-in lets in who has any password.
        postgres: the sink's.
    """

    scylla: dict[str, object]
    postgres: dict[str, object]


@contextmanager
def passwords_in_vault(stack: Stack, vault: StackVault, dsn: str) -> Iterator[Logins]:
    """Logins whose passwords lie in the stack's Vault; they are gone in the end."""
    login = Login(vault, dsn)
    path = f"messina/cql-{secrets.token_hex(4)}"
    vault.put(path, password=secrets.token_hex(8))
    scylla, postgres = stack.endpoints.scylla, stack.endpoints.postgres
    try:
        yield Logins(
            {
                "contact_points": list(scylla.contact_points),
                "local_datacenter": scylla.local_datacenter,
                "user": "reader",
                "password": vault.ref(path, "password"),
            },
            {
                "host": postgres.host,
                "port": postgres.port,
                "database": postgres.database,
                "user": login.name,
                "password": login.ref,
            },
        )
    finally:
        vault.delete(path)
        login.drop()


def started_meanwhile(vault: Part, connect: Part, in_vain: Callable[[], object]) -> Broken:
    """Freeze Vault for 20 s or more, and kill the worker: the next one starts without secrets.

    Args:
        vault: what is frozen.
        connect: the worker.
        in_vain: whether something was started, and failed.
    """
    gone = time.time()
    with vault.held():
        connect.killed()
        until(in_vain, within=120, what="a task was started in vain", every=0.5)
        time.sleep(max(0.0, gone + FROZEN_SECONDS - time.time()))
        back = time.time()
    return Broken(gone, back)
