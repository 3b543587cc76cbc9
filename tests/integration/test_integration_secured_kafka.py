"""What a spec says of Kafka's security is enough for every kind of client: ours, and connectors'.

A broker of the test's own speaks TLS only and asks for a user. What is rendered for connectors is
given to Kafka's own command, which is a client like theirs.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from secured_broker import PASSWORD, USER, SecuredBroker, secured_broker

from messina.artifacts import java_environment
from messina.deployer.render import security
from messina.kafka import BrokerProblem, Topic, Topics, client_settings
from messina.pipeline import KafkaSecurity, SecretRef
from messina.secrets import connect_placeholder
from messina.stack.jvm import jvm
from messina.testing import until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredBroker]:
    with secured_broker() as running:
        yield running


def secured(broker: SecuredBroker, folder: Path, password: str = PASSWORD) -> KafkaSecurity:
    """Return what a spec would say."""
    file = folder / "password"
    file.write_text(password)
    return KafkaSecurity(user=USER, password=SecretRef.parse(f"file:{file}"), ca=str(broker.ca))


def topics(broker: SecuredBroker, security: KafkaSecurity | None) -> Topics:
    return Topics(broker.address, timeout=8, client=client_settings(security))


def test_our_clients_get_in(broker: SecuredBroker, tmp_path: Path) -> None:
    """With the certificate and the user, topics are made and seen."""
    ours = topics(broker, secured(broker, tmp_path))
    until(lambda: _answers(ours), within=60, what="the broker knows its users")
    ours.create([Topic("ours", 1)])
    assert "ours" in ours.names()


def _answers(ours: Topics) -> bool:
    try:
        ours.names()
    except BrokerProblem:
        return False
    return True


@pytest.mark.parametrize("lacking", ["everything", "certificate", "password"])
def test_others_stay_outside(broker: SecuredBroker, tmp_path: Path, lacking: str) -> None:
    """Without TLS, the certificate or the password nobody gets in, and it is told as one line."""
    security: KafkaSecurity | None = secured(
        broker, tmp_path, "wrong" if lacking == "password" else PASSWORD
    )
    if lacking == "certificate" and security is not None:
        security = security.model_copy(update={"ca": None})
    if lacking == "everything":
        security = None
    with pytest.raises(BrokerProblem) as caught:
        topics(broker, security).names()
    assert PASSWORD not in str(caught.value)


def test_what_is_rendered_for_connectors_gets_in(broker: SecuredBroker, tmp_path: Path) -> None:
    """Java's clients take the settings as they are, once the worker has put the password in."""
    spec = secured(broker, tmp_path)
    assert spec.password is not None
    settings = security.kafka(spec, "")
    file = tmp_path / "client.properties"
    lines = (f"{name}={value}\n" for name, value in settings.items())
    file.write_text("".join(lines).replace(connect_placeholder(spec.password), PASSWORD))
    ours = topics(broker, spec)
    until(lambda: _answers(ours), within=60, what="the broker knows its users")
    ours.create([Topic("theirs", 1)])
    arguments = ("--bootstrap-server", broker.address, "--command-config", str(file), "--list")
    listed = subprocess.run(
        jvm("org.apache.kafka.tools.TopicCommand", broker.jars, *arguments, heap="256m"),
        capture_output=True,
        text=True,
        check=False,
        env=java_environment(),
        timeout=120,
    )
    assert "theirs" in listed.stdout.split(), listed.stderr[-2000:]
