"""What the watcher asks once a second, and what it does not ask that often."""

import pytest

from messina.deployer.watching.probing_postgres import AGAIN_S, Postgres
from messina.pipeline import PostgresEndpoint, SecretRef
from messina.postgres import Unreachable
from messina.secrets import SecretsError, SecretValue, resolve

NOBODY = PostgresEndpoint(host="127.0.0.1", port=1, database="d", user="u")
KEPT = SecretRef.parse("vault:kv/postgres#password")


def test_a_password_is_not_read_at_each_probe() -> None:
    """While no server answers it is read once a minute, and says nothing of itself."""
    now, read = 0.0, []

    def reads(ref: SecretRef) -> SecretValue:
        read.append(str(ref))
        return SecretValue("hunter2")

    server = NOBODY.model_copy(update={"password": KEPT})
    probe = Postgres(server, 1.0, reads, lambda: now)
    for _ in range(5):
        with pytest.raises(Unreachable):
            probe()
    assert read == [str(KEPT)]
    now = AGAIN_S
    for _ in range(5):
        with pytest.raises(Unreachable):
            probe()
    assert len(read) == 2
    assert "hunter2" not in repr(vars(probe))


def test_what_keeps_the_password_may_be_away_once_it_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before, that is told: nobody knows whether the sink could log in. Then the server is told."""
    now = 0.0
    server = NOBODY.model_copy(update={"password": SecretRef.parse("env:MESSINA_TEST_PASSWORD")})
    probe = Postgres(server, 1.0, resolve, lambda: now)
    monkeypatch.delenv("MESSINA_TEST_PASSWORD", raising=False)
    with pytest.raises(SecretsError):
        probe()
    monkeypatch.setenv("MESSINA_TEST_PASSWORD", "x")
    with pytest.raises(Unreachable):
        probe()
    monkeypatch.delenv("MESSINA_TEST_PASSWORD")
    now = 2 * AGAIN_S
    with pytest.raises(Unreachable):
        probe()


def test_who_needs_no_password_reads_none() -> None:
    """A server that lets us in as we are is asked, and nobody else."""

    def reads(ref: SecretRef) -> SecretValue:
        raise AssertionError(ref)

    with pytest.raises(Unreachable):
        Postgres(NOBODY, 1.0, reads)()
