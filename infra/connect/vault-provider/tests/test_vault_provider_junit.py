"""JUnit of the Vault provider, under pytest."""

from messina.artifacts import root
from messina.artifacts.java import run_junit


def test_junit_passes() -> None:
    """Every JUnit test of the room passes, and there are some."""
    result = run_junit(root(), "infra/connect/vault-provider")

    assert result.ok, result.output
    assert result.tests > 0, result.output
