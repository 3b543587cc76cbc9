"""The provider and hvac against a real Vault: over TLS, by each way to log in.

Kafka's own command lines fill placeholders in their configuration as Connect does, and log what
they came to: so no worker is needed.
"""

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from messina.artifacts import Listener, build, ensure, java_environment, root
from messina.secrets import SecretUnreachable, SecretUnreadable, resolve
from messina.stack import Layout, down, up
from messina.stack.component import Command
from messina.stack.jvm import jvm
from messina.stack.layout import HOST, OFFSETS
from messina.stack.probe import bindable
from messina.stack.vault import Vault
from messina.stack.vault_build import why_no_vault
from messina.stack.vault_setup import role_files, token_file

_TLS = """
listener "tcp" {{
  address = "{address}"
  tls_cert_file = "{folder}/server.pem"
  tls_key_file = "{folder}/server.key"
}}
"""
_LOGGING = """
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %p %c{1} %m%n
"""
PASSWORD = "grün-4711"


class TlsVault(Vault):
    """The stack's Vault with one more listener, which speaks TLS."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """As the plain one, with some lines more in its configuration."""
        command = super().prepare(layout, listener)
        config = layout.config(self.name) / "vault.hcl"
        with config.open("a") as handle:
            handle.write(_TLS.format(address=layout.address("cql"), folder=self.folder))
        return command


@dataclass(frozen=True)
class Real:
    """A running Vault with a secret, and what is needed to reach it."""

    url: str
    folder: Path
    layout: Layout

    @property
    def logins(self) -> dict[str, dict[str, str]]:
        """Each way to log in, as variables of the environment."""
        role_id, secret_id = role_files(self.layout)
        return {
            "token": {"VAULT_TOKEN_FILE": str(token_file(self.layout))},
            "approle": {
                "VAULT_ROLE_ID_FILE": str(role_id),
                "VAULT_SECRET_ID_FILE": str(secret_id),
            },
            "kubernetes": {
                "VAULT_KUBERNETES_ROLE": "connect",
                "VAULT_KUBERNETES_TOKEN_FILE": str(self.folder / "pod-token"),
                "VAULT_AUTH_PATH": "cluster",
            },
        }


@pytest.fixture(scope="module")
def real() -> Iterator[Real]:
    """Vault over TLS, with a certificate of an authority of its own."""
    # Minutes of both cores: built here only where that is asked for.
    build = os.environ.get("MESSINA_TEST_VAULT") == "build"
    if (problem := why_no_vault(root(), build=build)) is not None:
        pytest.skip(problem)
    folder = Path(tempfile.mkdtemp(prefix="messina-vault-"))
    authority = trustme.CA()
    # Another authority first: all of the file's certificates count.
    trustme.CA().cert_pem.write_to_path(str(folder / "ca.pem"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"), append=True)
    trustme.CA().cert_pem.write_to_path(str(folder / "wrong.pem"))
    made = authority.issue_cert(HOST)
    made.private_key_pem.write_to_path(str(folder / "server.key"))
    for pem in made.cert_chain_pems:
        pem.write_to_path(str(folder / "server.pem"), append=True)
    base = next(
        base
        for base in range(29900, 30300, 20)
        if all(bindable(HOST, base + offset) for offset in OFFSETS.values())
    )
    layout = Layout(folder / "home", base, root(), extras=("vault",))
    try:
        up(layout, attached=True, components=(TlsVault(folder),))
        _prepare(layout, folder)
        yield Real(f"https://{layout.address('cql')}", folder, layout)
    finally:
        down(layout)
        shutil.rmtree(folder)


def _prepare(layout: Layout, folder: Path) -> None:
    """A secret, and a role for pods: JWT logs in as Kubernetes does, and needs no cluster."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = int(time.time())
    head, claims = (
        _base64(json.dumps(part).encode())
        for part in (
            {"alg": "RS256", "typ": "JWT"},
            {"sub": "connect", "aud": "vault", "iat": now, "nbf": now - 60, "exp": now + 3600},
        )
    )
    signed = key.sign(f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    (folder / "pod-token").write_text(f"{head}.{claims}.{_base64(signed)}")
    headers = {"X-Vault-Token": token_file(layout).read_text()}
    url = f"http://{layout.address('vault')}/v1/"
    role = {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": ["vault"],
        "token_policies": ["messina-connect"],
        "token_ttl": "1h",
    }
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as http:
        for path, body in (
            ("kv/data/a/b", {"data": {"password": PASSWORD}}),
            ("sys/auth/cluster", {"type": "jwt"}),
            ("auth/cluster/config", {"jwt_validation_pubkeys": [public.decode()]}),
            ("auth/cluster/role/connect", role),
        ):
            answer = http.post(path, json=body)
            assert answer.is_success, (path, answer.status_code)


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def filled(real: Real, environ: dict[str, str], placeholder: str) -> str:
    """What a Kafka client makes of a placeholder: all that it logs."""
    kafka = ensure(root() / "infra/stack/kafka", lambda _: None)
    built = build(root(), "infra/connect/vault-provider", lambda _: None)
    config = real.folder / "client.properties"
    config.write_text(
        "config.providers=vault\n"
        "config.providers.vault.class=io.messina.connect.vault.VaultConfigProvider\n"
        "config.providers.vault.param.retry.ms=1000\n"
        f"client.id={placeholder}\n"
        "default.api.timeout.ms=10\nrequest.timeout.ms=10\n"
    )
    logging = real.folder / "log4j2.properties"
    logging.write_text(_LOGGING)
    command = jvm(
        "org.apache.kafka.tools.TopicCommand",
        (*kafka, *built.classpath),
        *("--bootstrap-server", "127.0.0.1:1", "--list", "--command-config", str(config)),
        heap="256m",
        flags=(
            "-XX:TieredStopAtLevel=1",
            "-Dfile.encoding=UTF-8",
            "-Dsun.stdout.encoding=UTF-8",
            f"-Dlog4j2.configurationFile={logging}",
        ),
    )
    env = {**java_environment(), **environ}
    done = subprocess.run(command, capture_output=True, check=False, env=env, timeout=120)
    return (done.stdout + done.stderr).decode(errors="replace")


@pytest.mark.parametrize("method", ["token", "approle", "kubernetes"])
def test_each_login_reads_over_tls(real: Real, method: str) -> None:
    """By token, AppRole and a pod's JWT, both languages read the same, trusting one PEM file."""
    environ = {
        "VAULT_ADDR": real.url,
        "VAULT_CACERT": str(real.folder / "ca.pem"),
        **real.logins[method],
    }
    said = filled(real, environ, "${vault:kv/a/b:password}")
    assert re.search(rf"client.id = {PASSWORD}$", said, re.MULTILINE), said[-2000:]
    assert resolve("vault:kv/a/b#password", environ).reveal() == PASSWORD


def test_who_is_not_trusted_gets_no_token(real: Real) -> None:
    """A server that another authority signed for is refused by both, before anything is sent."""
    environ = {
        "VAULT_ADDR": real.url,
        "VAULT_CACERT": str(real.folder / "wrong.pem"),
        **real.logins["token"],
    }
    said = filled(real, environ, "${vault:kv/a/b:password}")
    assert "does not serve kv/a/b" in said, said[-2000:]
    assert token_file(real.layout).read_text() not in said
    with pytest.raises(SecretUnreachable, match="does not serve us"):
        resolve("vault:kv/a/b#password", environ)


def test_what_a_role_may_not_read_is_refused_by_name(real: Real) -> None:
    """A path outside the policy: told with the policy that is missing, in both languages."""
    environ = {
        "VAULT_ADDR": real.url,
        "VAULT_CACERT": str(real.folder / "ca.pem"),
        **real.logins["approle"],
    }
    said = filled(real, environ, "${vault:other/a:b}")
    assert 'path "other/data/a" { capabilities = ["read"] }' in said, said[-2000:]
    with pytest.raises(SecretUnreadable, match='path "other/data/a"'):
        resolve("vault:other/a#b", environ)
