"""A stand-in that wants a password and speaks TLS only, and the certificates for it."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import trustme
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster, Session
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from messina.artifacts import Listener
from messina.stack.component import Command
from messina.stack.cql import Cql
from messina.stack.layout import Layout

_LINES = """
credentials_validity: 0ms
roles_validity: 0ms
permissions_validity: 0ms
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: true
  ssl_context_factory:
    class_name: org.apache.cassandra.security.PEMBasedSslContextFactory
  keystore: {shown}
  truststore: {ca}
"""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A certificate with its chain, and its key in PKCS #8, as PEM files."""

    certificate: Path
    key: Path


class Certificates:
    """An authority of a test's own, with its files in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = trustme.CA()
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca))

    def issue(self, file: str, name: str, *, begins: timedelta, ends: timedelta) -> Identity:
        """A certificate for a host name or an address, valid between two times from now."""
        now = datetime.now(UTC)
        made = self._authority.issue_cert(name, not_before=now + begins, not_after=now + ends)
        identity = Identity(self._folder / f"{file}.crt", self._folder / f"{file}.key")
        identity.certificate.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
        key: Any = load_pem_private_key(made.private_key_pem.bytes(), None)
        identity.key.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return identity


class SecuredCql(Cql):
    """The stand-in with passwords, over TLS only, for clients with a certificate of the authority.

    It begins with the user `cassandra`, whose password is the same. What it shows, the next start
    reads anew.
    """

    def __init__(self, ca: Path, identity: Identity) -> None:
        self.ca = ca
        self.identity = identity
        self._ready_before = 0

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """As the plain one, with other lines in its configuration."""
        self._ready_before = _said_ready(layout)
        command = super().prepare(layout, listener)
        config = layout.config(self.name) / "cassandra.yaml"
        text = config.read_text()
        text = text.replace("AllowAllAuthenticator", "PasswordAuthenticator")
        text = text.replace("AllowAllAuthorizer", "CassandraAuthorizer")
        shown = layout.home / "shown.pem"
        shown.write_bytes(self.identity.key.read_bytes() + self.identity.certificate.read_bytes())
        config.write_text(text + _LINES.format(shown=shown, ca=self.ca))
        return command

    def unready(self, layout: Layout) -> str | None:
        """Ready when it says so: a probe would need a certificate."""
        ready = _said_ready(layout) > self._ready_before
        return None if ready else "it has not said that it is ready"


def _said_ready(layout: Layout) -> int:
    log = layout.log(Cql.name)
    return log.read_text(errors="replace").count("STANDIN READY") if log.exists() else 0


@contextmanager
def secured_session(
    port: int, ca: Path, client: Identity, user: str, password: str
) -> Iterator[Session]:
    """A session with such a stand-in."""
    context = ssl.create_default_context(cafile=str(ca))
    context.check_hostname = False
    context.load_cert_chain(client.certificate, client.key)
    cluster = Cluster(
        ["127.0.0.1"],
        port=port,
        ssl_context=context,
        auth_provider=PlainTextAuthProvider(user, password),
    )
    try:
        yield cluster.connect()
    finally:
        cluster.shutdown()
