"""What a spec says of Postgres' TLS: the server is verified by authority and name, or refused."""

from collections.abc import Iterator

import pytest
from secured_postgres import Server, secured_postgres

from messina.pipeline import PostgresTls
from messina.postgres import PostgresError, Unreachable

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with secured_postgres() as running:
        yield running


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_each_mode_is_encrypted(server: Server, mode: str) -> None:
    """Whatever is verified, the connection is encrypted."""
    tls = PostgresTls.model_validate({"mode": mode, "ca": str(server.ca)})
    assert server.encrypted(tls)


def test_another_authority_is_refused(server: Server) -> None:
    """A server whose certificate somebody else has signed is not spoken to."""
    tls = PostgresTls(mode="verify-ca", ca=str(server.other_ca))
    with pytest.raises(PostgresError, match="certificate"):
        server.encrypted(tls)


def test_another_name_is_refused(server: Server) -> None:
    """A server that was asked for under another name is refused where names are verified."""
    named = PostgresTls(mode="verify-full", ca=str(server.ca))
    with pytest.raises(Unreachable, match="localhost"):
        server.encrypted(named, "localhost")
    assert server.encrypted(PostgresTls(mode="verify-ca", ca=str(server.ca)), "localhost")
