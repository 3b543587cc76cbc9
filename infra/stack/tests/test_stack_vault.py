"""A stack with a Vault: what `--with vault` changes, and a real Vault under the supervisor."""

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from messina.artifacts import root
from messina.stack import Choices, Layout, StackError, components_of, down, open_layout, status, up
from messina.stack.endpoints import write_endpoints
from messina.stack.layout import HOST, OFFSETS, remember
from messina.stack.probe import bindable
from messina.stack.vault import Vault
from messina.stack.vault_build import GIVEN, vault_binary, vault_version, why_no_vault
from messina.stack.vault_setup import keys_file, role_files, token_file

PORT_BASE = 29800


def test_a_vault_is_chosen_and_stays_chosen(tmp_path: Path) -> None:
    """`--with vault` is kept, until told otherwise; no other part can be added."""
    home = tmp_path / "home"
    plain = open_layout(home, root())
    assert "vault" not in [c.name for c in components_of(plain)]
    remember(open_layout(home, root(), extras=["vault"]))
    assert Choices.of(home).extras == ("vault",)
    again = open_layout(home, root())
    assert [c.name for c in components_of(again)][-1] == "vault"
    remember(open_layout(home, root(), extras=[]))
    assert Choices.of(home).extras == ()
    with pytest.raises(StackError, match="no part valut to add; there is vault"):
        open_layout(home, root(), extras=["valut"])


def test_endpoints_name_a_vault_where_there_is_one(tmp_path: Path) -> None:
    """The address and the file with the token stand in endpoints.json; the token does not."""
    plain = Layout(tmp_path, 28100, root())
    write_endpoints(plain)
    assert "vault" not in json.loads(plain.endpoints.read_text())
    with_vault = Layout(tmp_path, 28100, root(), extras=("vault",))
    write_endpoints(with_vault)
    assert json.loads(with_vault.endpoints.read_text())["vault"] == {
        "url": "http://127.0.0.1:28107",
        "token_file": str(tmp_path / "vault" / "token"),
    }


def test_without_go_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Go, no Vault in the cache: told what is missing and what to do, nothing is started."""
    monkeypatch.delenv(GIVEN, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="Go must be installed.*next: install Go 1.*--with none"):
        vault_binary(root(), lambda _: None)


def test_a_failed_build_says_what_go_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go's last words are shown, and nothing stays that looks like a Vault."""
    monkeypatch.delenv(GIVEN, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho 'go: downloading x v1' >&2\necho 'no module x' >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(StackError, match="could not be built") as caught:
        vault_binary(root(), lambda _: None)
    assert "no module x" in str(caught.value)
    assert "downloading" not in str(caught.value)
    assert not list((tmp_path / "messina" / "trees").glob("vault-*/vault"))


def test_a_vault_that_is_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MESSINA_VAULT_BINARY names one; what is no program is refused."""
    monkeypatch.setenv(GIVEN, "/bin/true")
    assert (vault_binary(root(), lambda _: None).name, vault_version(root())) == (
        Path("/bin/true").resolve().name,
        "given",
    )
    monkeypatch.setenv(GIVEN, str(tmp_path / "none"))
    with pytest.raises(StackError, match="is no program"):
        vault_binary(root(), lambda _: None)


@pytest.fixture()
def layout() -> Iterator[Layout]:
    """A home of its own, whose Vault is stopped in the end."""
    # Minutes of both cores: built here only where that is asked for.
    build = os.environ.get("MESSINA_TEST_VAULT") == "build"
    if (problem := why_no_vault(root(), build=build)) is not None:
        pytest.skip(problem)
    home = Path(tempfile.mkdtemp(prefix="messina-vault-"))
    base = next(
        base
        for base in range(PORT_BASE, PORT_BASE + 400, 20)
        if all(bindable(HOST, base + offset) for offset in OFFSETS.values())
    )
    made = Layout(home, base, root(), extras=("vault",))
    yield made
    down(made)
    shutil.rmtree(home)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"not within 60 s: {what}"
        time.sleep(0.1)


def test_a_vault_is_unsealed_whoever_starts_it(layout: Layout) -> None:
    """A real Vault is up with an engine and Connect's role; killed, it comes back with its data."""
    vault = (Vault(),)
    (entry,) = up(layout, attached=True, components=vault)
    assert entry.ready
    for file in (keys_file(layout), token_file(layout), *role_files(layout)):
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert layout.vault.stat().st_mode & 0o777 == 0o700
    token = token_file(layout).read_text()
    url = f"http://{layout.address('vault')}/v1/"
    with httpx.Client(base_url=url, headers={"X-Vault-Token": token}, trust_env=False) as root_user:
        written = root_user.post("kv/data/a/b", json={"data": {"password": "hunter2"}})
        assert written.status_code == 200
    role_id, secret_id = (file.read_text() for file in role_files(layout))
    with httpx.Client(base_url=url, trust_env=False) as connect:
        body = {"role_id": role_id, "secret_id": secret_id}

        def password() -> tuple[int, str]:
            login = connect.post("auth/approle/login", json=body).json()["auth"]
            connect.headers["X-Vault-Token"] = login["client_token"]
            answer = connect.get("kv/data/a/b")
            return answer.status_code, answer.json()["data"]["data"]["password"]

        assert password() == (200, "hunter2")
        assert connect.post("kv/data/a/b", json={"data": {}}).status_code == 403
        assert connect.get("sys/mounts").status_code == 403
        assert entry.pid is not None
        os.kill(entry.pid, signal.SIGKILL)
        until(lambda: status(layout, vault)[0].pid not in (None, entry.pid), "another process")
        until(lambda: status(layout, vault)[0].ready, "unsealed without a command")
        assert password() == (200, "hunter2")
        assert secret_id == role_files(layout)[1].read_text()
    log = layout.log("vault").read_text()
    for secret in (token, secret_id, json.loads(keys_file(layout).read_text())["unseal_key"]):
        assert secret not in log


def test_a_lost_key_begins_anew(layout: Layout) -> None:
    """Data whose key was never kept hold nothing: the next start makes a new Vault."""
    vault = (Vault(),)
    (entry,) = up(layout, attached=True, components=vault)
    keys = keys_file(layout)
    lost = keys.read_text()
    keys.unlink()
    secret_id = role_files(layout)[1].read_text()
    assert entry.pid is not None
    os.kill(entry.pid, signal.SIGKILL)
    until(keys.exists, "a new key")
    assert keys.read_text() != lost
    assert up(layout, attached=True, components=vault)[0].ready
    assert role_files(layout)[1].read_text() != secret_id
