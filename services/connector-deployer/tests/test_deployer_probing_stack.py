"""What the watcher asks once a second, of the real Postgres."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from messina import postgres
from messina.deployer.watching.probing_postgres import REFUSED_AGAIN_S, Postgres
from messina.pipeline import Endpoints, PostgresEndpoint, SecretRef
from messina.postgres import LoginRefused
from messina.secrets import SecretValue, resolve

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture()
def admin(endpoints: Endpoints) -> Iterator[postgres.Connection]:
    """Who may change passwords."""
    with postgres.connect(endpoints.postgres, application_name="messina-tests") as opened:
        yield opened


@pytest.fixture()
def server(
    endpoints: Endpoints, admin: postgres.Connection, tmp_path: Path
) -> Iterator[PostgresEndpoint]:
    """The server, as somebody whose password, `first`, is in a file."""
    user, file = f"u_{secrets.token_hex(4)}", tmp_path / "password"
    file.write_text("first")
    admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'first'").format(sql.Identifier(user)))
    yield endpoints.postgres.model_copy(
        update={"user": user, "password": SecretRef.parse(f"file:{file}")}
    )
    admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(user)))


def test_a_password_that_was_changed_is_read_again_and_one_that_works_is_not(
    server: PostgresEndpoint, admin: postgres.Connection
) -> None:
    """A hundred probes read it once. When the server refuses it, it is read at once, and the same
    probe finds the server there; where it is the same, it is read every ten seconds."""
    now, read = 0.0, 0

    def reads(ref: SecretRef) -> SecretValue:
        nonlocal read
        read += 1
        return resolve(ref)

    def change(password: str) -> None:
        role = sql.Identifier(server.user)
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))

    assert server.password is not None
    file = Path(server.password.name)
    probe = Postgres(server, 2.0, reads, lambda: now)
    for _ in range(100):
        probe()
    assert read == 1
    now = REFUSED_AGAIN_S
    change("second")
    file.write_text("second")
    probe()
    assert read == 2
    change("third")
    for _ in range(3):
        with pytest.raises(LoginRefused):
            probe()
    assert read == 2, "it was read a moment ago"
    now = 2 * REFUSED_AGAIN_S
    for _ in range(3):
        with pytest.raises(LoginRefused):
            probe()
    assert read == 3
    file.unlink()
    now = 3 * REFUSED_AGAIN_S
    with pytest.raises(LoginRefused):
        probe()
    assert read == 4
    change("second")
    probe()
    assert read == 4, "the one that is kept works again"
