"""What a stack's Vault holds from the start: an engine, and a role for Connect."""

import json
import os
import time
from pathlib import Path
from typing import Any

import httpx

from messina.stack.errors import ComponentFailed
from messina.stack.layout import Layout

MOUNT = "kv"
ROLE = "messina-connect"
_POLICY = f'path "{MOUNT}/data/*" {{ capabilities = ["read"] }}\n'
_SECONDS = 30


def keys_file(layout: Layout) -> Path:
    """The unseal key and the root token."""
    return layout.vault / "keys.json"


def token_file(layout: Layout) -> Path:
    """The token for people and services: in a development stack, the root's."""
    return layout.vault / "token"


def role_files(layout: Layout) -> tuple[Path, Path]:
    """The role ID and the secret ID with which Connect logs in."""
    return layout.vault / "connect-role-id", layout.vault / "connect-secret-id"


def set_up(layout: Layout) -> None:
    """Makes the KV v2 engine and Connect's AppRole, where they are missing.

    Raises:
        ComponentFailed: Vault refuses something.
    """
    root = json.loads(keys_file(layout).read_text())["root_token"]
    write_private(token_file(layout), root)
    with httpx.Client(
        base_url=f"http://{layout.address('vault')}/v1/",
        headers={"X-Vault-Token": root},
        timeout=10,
        trust_env=False,
    ) as http:
        vault = _Vault(http)
        if f"{MOUNT}/" not in vault.get("sys/mounts"):
            vault.post(f"sys/mounts/{MOUNT}", {"type": "kv", "options": {"version": "2"}})
        if "approle/" not in vault.get("sys/auth"):
            vault.post("sys/auth/approle", {"type": "approle"})
        vault.post(f"sys/policies/acl/{ROLE}", {"policy": _POLICY})
        vault.post(
            f"auth/approle/role/{ROLE}",
            {"token_policies": [ROLE], "token_ttl": "1h", "token_max_ttl": "24h"},
        )
        role_id, secret_id = role_files(layout)
        write_private(role_id, vault.get(f"auth/approle/role/{ROLE}/role-id")["role_id"])
        if not vault.takes(role_id, secret_id):
            made = vault.post(f"auth/approle/role/{ROLE}/secret-id", {})
            write_private(secret_id, made["secret_id"])
        vault.await_engine()


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner reads, in one step; leaves it alone when it says that."""
    if path.exists() and path.read_text() == text:
        return
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    temporary.replace(path)


class _Vault:
    """Its REST API, as far as this needs it; errors say nothing of what was sent or answered."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str) -> Any:
        """What is at a path."""
        return self._data(path, self._http.get(path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What a write answers."""
        return self._data(path, self._http.post(path, json=body))

    def takes(self, role_id: Path, secret_id: Path) -> bool:
        """Whether one can log in with what two files say."""
        if not secret_id.exists():
            return False
        body = {"role_id": role_id.read_text(), "secret_id": secret_id.read_text()}
        return self._http.post("auth/approle/login", json=body).is_success

    def await_engine(self) -> None:
        """A fresh KV v2 engine is not there for a moment."""
        deadline = time.monotonic() + _SECONDS
        while not (answer := self._http.get(f"{MOUNT}/config")).is_success:
            if time.monotonic() > deadline:
                self._data(f"{MOUNT}/config", answer)
            time.sleep(0.1)

    @staticmethod
    def _data(path: str, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise ComponentFailed(
                f"Vault answers HTTP {answer.status_code} to {path}; its data is kept. See "
                "`messina logs vault`, then run `messina up` again"
            )
        return answer.json().get("data") if answer.content else None
