"""A Kafka broker of a test's own that speaks TLS only, and asks for a user."""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from messina.artifacts import ensure, java_environment, root
from messina.stack import guard
from messina.stack.broker import KAFKA_SET, new_cluster_id
from messina.stack.jvm import jvm
from messina.testing import until
from messina.testing.certificates import Authority

USER = "messina"
PASSWORD = "a password for a test"

_CONFIG = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port}
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={ca}
log.dirs={data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
"""
_LOGIN = (
    "org.apache.kafka.common.security.scram.ScramLoginModule required "
    f'username="{USER}" password="{PASSWORD}";'
)


@dataclass(frozen=True)
class SecuredBroker:
    """A broker that runs.

    Attributes:
        address: where clients find it.
        ca: the file that says whom to trust.
        jars: Kafka's own, with its commands.
    """

    address: str
    ca: Path
    jars: tuple[Path, ...]


@contextmanager
def secured_broker() -> Iterator[SecuredBroker]:
    """A fresh broker that ends with this block, and with this process however that ends."""
    home = Path(tempfile.mkdtemp(prefix="messina-broker-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        authority = Authority(home)
        identity = authority.issue("broker", "127.0.0.1")
        keystore = home / "broker.pem"
        keystore.write_bytes(identity.key.read_bytes() + identity.certificate.read_bytes())
        port, controller = _free(2)
        jars = tuple(ensure(root() / KAFKA_SET, lambda _: None))
        config = home / "server.properties"
        config.write_text(
            _CONFIG.format(
                port=port,
                controller=controller,
                login=_LOGIN,
                keystore=keystore,
                ca=authority.ca,
                data=home / "data",
            )
        )
        user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        formatted = ("format", "-t", new_cluster_id(), "-c", str(config), "--add-scram", user)
        subprocess.run(
            jvm("kafka.tools.StorageTool", jars, *formatted, heap="256m"),
            check=True,
            capture_output=True,
            env=java_environment(),
        )
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-I", str(guard.__file__), "KILL", "-"),
                    *jvm(
                        "kafka.Kafka",
                        jars,
                        str(config),
                        heap="512m",
                        flags=("-XX:TieredStopAtLevel=1",),
                    ),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=java_environment(),
            )
        until(lambda: _listens(port), within=120, what="the broker listens")
        yield SecuredBroker(f"127.0.0.1:{port}", authority.ca, jars)
    finally:
        if process is not None:
            process.kill()
            process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free(count: int) -> list[int]:
    """Ports that nobody has at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()
