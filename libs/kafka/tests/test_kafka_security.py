"""Clients of this process speak to brokers and registry as endpoints say."""

from pathlib import Path

import httpx
import pytest

from messina.kafka import RegistryClient, RegistryProblem, client_settings
from messina.pipeline import KafkaSecurity, RegistryEndpoint, SecretRef


def test_in_the_open_nothing_is_set() -> None:
    """Without a word about security the clients' own defaults hold."""
    assert client_settings(None) == {}


def test_tls_and_a_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """librdkafka's names, with the password behind the reference."""
    monkeypatch.setenv("MESSINA_SECRET_K", "hunter2")
    security = KafkaSecurity(
        protocol="SASL_SSL", user="u", password=SecretRef.parse("env:MESSINA_SECRET_K"), ca="/ca"
    )
    assert client_settings(security) == {
        "security.protocol": "SASL_SSL",
        "ssl.endpoint.identification.algorithm": "https",
        "ssl.ca.location": "/ca",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "u",
        "sasl.password": "hunter2",
    }


def test_a_registry_is_asked_as_a_user() -> None:
    """User and password go along with every request."""
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json=[])

    transport = httpx.MockTransport(answer)
    with RegistryClient("http://r", auth=("u", "p"), transport=transport) as client:
        client.subjects()
    assert seen == ["Basic dTpw"]


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    """A missing file is one line, with its name."""
    endpoint = RegistryEndpoint(url="https://r", ca=str(tmp_path / "none.pem"))
    with pytest.raises(RegistryProblem, match=r"none\.pem"):
        RegistryClient.of(endpoint)
