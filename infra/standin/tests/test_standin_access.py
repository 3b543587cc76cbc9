"""Stand-ins with a password and with TLS, and what they refuse."""

import ssl
from pathlib import Path

import pytest

from messina.scylla import Session, Unreachable, connect
from messina.secrets import SecretValue
from messina.stack.cql import Cql
from messina.stack.standin_options import StandinOptions
from messina.testing import LoneStandin, running_standin
from messina.testing.certificates import Authority

pytestmark = pytest.mark.gentle


def test_password(tmp_path: Path) -> None:
    """The user of the flags logs in and may do everything; nobody else does, not `cassandra`."""
    password = tmp_path / "password"
    password.write_text("first\n")
    component = Cql(StandinOptions(user="reader", password_file=password))
    with running_standin(component) as standin:
        with standin.connect() as session:
            session.execute("CREATE ROLE other WITH password = 'x' AND login = true")
        with pytest.raises(Unreachable, match="(?i)authentication"):
            connect([standin.address], "datacenter1")
        for user, wrong in (("reader", "second"), ("cassandra", "cassandra"), ("no", "first")):
            with pytest.raises(Unreachable, match="(?i)username"):
                log_in(standin, user, wrong)

        standin.kill()
        password.write_text("second")
        standin.start()
        log_in(standin, "reader", "second").close()
        log_in(standin, "other", "x").close()
        with pytest.raises(Unreachable, match="(?i)username"):
            log_in(standin, "reader", "first")


def test_tls(tmp_path: Path) -> None:
    """With a certificate only TLS is spoken, and the certificate is the one that was given."""
    authority = Authority(tmp_path)
    server = authority.issue("server", "127.0.0.1")
    options = StandinOptions(tls_certificate=server.certificate, tls_key=server.key)
    with running_standin(Cql(options)) as standin:
        trusting = ssl.create_default_context(cafile=str(authority.ca))
        with standin.connect(trusting) as session:
            assert session.execute("SELECT key FROM system.local")
        with pytest.raises(Unreachable):
            connect([standin.address], "datacenter1", timeout=5)
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            standin.connect(ssl.create_default_context())


def test_client_certificates(tmp_path: Path) -> None:
    """With an authority given, clients need a certificate that it signed."""
    authority = Authority(tmp_path)
    server = authority.issue("server", "127.0.0.1")
    client = authority.issue("client", "client")
    (tmp_path / "other").mkdir()
    stranger = Authority(tmp_path / "other").issue("client", "client")
    options = StandinOptions(
        tls_certificate=server.certificate, tls_key=server.key, tls_ca=authority.ca
    )
    with running_standin(Cql(options)) as standin:
        context = ssl.create_default_context(cafile=str(authority.ca))
        with pytest.raises(Unreachable):
            standin.connect(context)
        context.load_cert_chain(stranger.certificate, stranger.key)
        with pytest.raises(Unreachable):
            standin.connect(context)
        context = ssl.create_default_context(cafile=str(authority.ca))
        context.load_cert_chain(client.certificate, client.key)
        with standin.connect(context) as session:
            assert session.execute("SELECT key FROM system.local")


def test_flags_that_do_not_go_together(tmp_path: Path) -> None:
    """A user without a password is refused: the stand-in says which flag it lacks, and ends."""
    with (
        pytest.raises(AssertionError, match="user and .*password.file go together"),
        running_standin(Cql(StandinOptions(user="reader"))),
    ):
        pass


def log_in(standin: LoneStandin, user: str, password: str) -> Session:
    """Open a session as somebody."""
    return connect([standin.address], "datacenter1", user=user, password=SecretValue(password))
