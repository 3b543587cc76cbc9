"""A reference into Vault: what the environment must say, and what its errors say.

The server here makes answers that a real Vault does not make on demand; the real one is in
tests/integration.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from messina.commandline import EndpointsPath
from messina.secrets import (
    SecretNotFound,
    SecretRef,
    SecretsError,
    SecretUnreachable,
    SecretUnreadable,
    connect_placeholder,
    resolve,
)

MARK = "hunter2-4711"
TOKEN = "token-that-is-not-shown"
Answer = tuple[int, dict[str, Any]]


class Server:
    """Answers as a test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answer: Callable[[str, str | None], Answer] = lambda path, token: secret()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                token = self.headers.get("X-Vault-Token")
                server.asked.append((self.path, token))
                code, document = server.answer(self.path, token)
                body = json.dumps(document).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def secret(**data: Any) -> Answer:
    return 200, {"data": {"data": data or {"password": MARK}, "metadata": {"version": 1}}}


def refusal(code: int) -> Answer:
    # A server that tells more than it should: nothing of it may be passed on.
    return code, {"errors": [f"{MARK} {TOKEN}"]}


@pytest.fixture()
def server() -> Iterator[Server]:
    """A server of its own for each test: logins are remembered by address."""
    made = Server()
    yield made
    made.close()


def environ(server: Server, **more: str) -> dict[str, str]:
    return {"VAULT_ADDR": server.address, "VAULT_TOKEN": TOKEN, **more}


def refused(ref: str, env: dict[str, str]) -> SecretsError:
    with pytest.raises(SecretsError) as caught:
        resolve(ref, env)
    shown = str(caught.value) + repr(caught.value)
    assert MARK not in shown
    assert TOKEN not in shown
    assert caught.value.__cause__ is None
    return caught.value


def test_a_reference_names_mount_path_and_key() -> None:
    """vault:mount/path#key is a key of what lies at a path below a mount."""
    ref = SecretRef.parse("vault:kv/messina/pg-1#pass.word")
    assert ref.vault_place() == ("kv", "messina/pg-1", "pass.word")
    assert str(ref) == "vault:kv/messina/pg-1#pass.word"
    assert connect_placeholder(ref) == "${vault:kv/messina/pg-1:pass.word}"


@pytest.mark.parametrize(
    "text",
    [
        *("kv#k", "kv/#k", "/kv/p#k", "kv/p", "kv/p#", "kv/../sys/x#k", "kv/p#k#k", "kv/a:b#k"),
        *("kv/a}#k", "kv/p/#k", "kv//p#k", "kv/p#k\n", "kv/p?x#k", "kv/%2e%2e/p#k"),
    ],
)
def test_what_names_no_key_is_refused(text: str) -> None:
    """What could lead elsewhere in a URL or a placeholder is no reference."""
    with pytest.raises(ValueError):
        SecretRef.parse(f"vault:{text}")


@settings(deadline=None)
@given(st.from_regex(SecretRef.PATTERN, fullmatch=True))
def test_a_placeholder_is_read_back_whole(text: str) -> None:
    """Whatever is a reference becomes a placeholder with its parts where Connect looks for them."""
    ref = SecretRef.parse(text)
    if ref.scheme == "vault":
        place = ref.vault_place()
        provider, path, key = connect_placeholder(ref).removeprefix("${")[:-1].split(":")
        assert (provider, path, key) == ("vault", f"{place.mount}/{place.path}", place.key)


def test_a_token_reads_the_newest_version(server: Server, tmp_path: Path) -> None:
    """A token from the variable or its file is sent; the value of the key comes back."""
    assert resolve("vault:kv/a/b#password", environ(server)).reveal() == MARK
    file = tmp_path / "token"
    file.write_text("from-file\n")
    env = {"VAULT_ADDR": server.address, "VAULT_TOKEN_FILE": str(file)}
    assert resolve("vault:kv/a/b#password", env).reveal() == MARK
    assert server.asked == [("/v1/kv/data/a/b", TOKEN), ("/v1/kv/data/a/b", "from-file")]


@pytest.mark.parametrize("method", ["approle", "kubernetes"])
def test_a_login_is_made_once_and_again_when_forgotten(
    server: Server, tmp_path: Path, method: str
) -> None:
    """A process logs in once; when Vault no longer knows the token, once more."""
    file = tmp_path / "credential"
    file.write_text("credential")
    stated = {
        "approle": {"VAULT_ROLE_ID": "role", "VAULT_SECRET_ID_FILE": str(file)},
        "kubernetes": {
            "VAULT_KUBERNETES_ROLE": "role",
            "VAULT_KUBERNETES_TOKEN_FILE": str(file),
            "VAULT_AUTH_PATH": "cluster-1",
        },
    }[method]
    logins = []

    def answer(path: str, token: str | None) -> Answer:
        if path.startswith("/v1/auth/"):
            logins.append(path)
            return 200, {"auth": {"client_token": f"t{len(logins)}"}}
        return secret() if token == f"t{current}" else refusal(403)

    server.answer = answer
    env = {"VAULT_ADDR": server.address, **stated}
    current = 1
    assert resolve("vault:kv/a#password", env).reveal() == MARK
    assert resolve("vault:kv/b#password", env).reveal() == MARK
    assert len(logins) == 1
    current = 2
    assert resolve("vault:kv/a#password", env).reveal() == MARK
    at = "cluster-1" if method == "kubernetes" else "approle"
    assert logins == [f"/v1/auth/{at}/login"] * 2


def write_endpoints(folder: Path, server: Server, token: str) -> Path:
    """A stack's endpoints with a Vault, and the file with its token."""
    folder.mkdir(exist_ok=True)
    (folder / "token").write_text(token)
    document = {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:1"},
        "registry": {"url": "http://127.0.0.1:1"},
        "postgres": {"host": "127.0.0.1", "database": "d", "user": "u"},
        "scylla": {"contact_points": ["127.0.0.1:1"], "local_datacenter": "d"},
        "vault": {"url": server.address, "token_file": str(folder / "token")},
    }
    file = folder / "endpoints.json"
    file.write_text(json.dumps(document))
    return file


def test_the_stack_says_where_its_vault_is(server: Server, tmp_path: Path) -> None:
    """Without VAULT_ADDR, the stack's endpoints lead to its Vault and to a token."""
    write_endpoints(tmp_path, server, "from-stack")
    home = {"MESSINA_HOME": str(tmp_path)}
    assert resolve("vault:kv/a#password", home).reveal() == MARK
    assert server.asked == [("/v1/kv/data/a", "from-stack")]
    other = {**home, "VAULT_ADDR": server.address, "VAULT_TOKEN": TOKEN}
    resolve("vault:kv/a#password", other)
    assert server.asked[1][1] == TOKEN


def test_the_endpoints_that_a_command_was_told_lead_to_vault(
    server: Server, tmp_path: Path
) -> None:
    """`--endpoints FILE` goes before the environment's, as long as the command runs."""
    write_endpoints(tmp_path / "home", server, "from-home")
    told = write_endpoints(tmp_path / "told", server, "from-option")
    home = {"MESSINA_HOME": str(tmp_path / "home")}
    app = typer.Typer()

    @app.command()
    def read(endpoints: EndpointsPath = None) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(resolve, "vault:kv/a#password", home).result()

    for options in (["--endpoints", str(told)], []):
        assert CliRunner().invoke(app, options).exit_code == 0
    assert [token for _, token in server.asked] == ["from-option", "from-home"]


def test_an_environment_that_says_too_little_is_told_what_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No address, no login, a file that is not there: named, with what to export."""
    monkeypatch.chdir(tmp_path)
    told = refused("vault:kv/a#b", {})
    assert isinstance(told, SecretUnreachable)
    assert "VAULT_ADDR is not set. Next: export VAULT_ADDR=" in str(told)
    told = refused("vault:kv/a#b", {"VAULT_ADDR": "http://127.0.0.1:1"})
    assert "nothing says who logs in" in str(told)
    gone = {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN_FILE": str(tmp_path / "none")}
    assert "No such file" in str(refused("vault:kv/a#b", gone))


def test_what_is_not_there_is_named(server: Server) -> None:
    """No such path, no such key: said so, with the command that puts it there."""
    server.answer = lambda path, token: (404, {"errors": []})
    told = refused("vault:kv/a/b#password", environ(server))
    assert isinstance(told, SecretNotFound)
    assert "Next: vault kv put -mount=kv a/b" in str(told)
    server.answer = lambda path, token: secret(user=MARK)
    told = refused("vault:kv/a/b#password", environ(server))
    assert isinstance(told, SecretNotFound)
    assert "no key password" in str(told)


def test_a_deleted_version_is_not_there(server: Server) -> None:
    """A newest version that was deleted is not there; an older one is not taken in its place."""
    gone = {"data": None, "metadata": {"deletion_time": "2026-11-23T12:00:00Z", "version": 2}}
    server.answer = lambda path, token: (404, {"data": gone})
    assert isinstance(refused("vault:kv/a#password", environ(server)), SecretNotFound)


@pytest.mark.parametrize("value", [{"x": MARK}, [MARK], 7, True])
def test_a_value_that_is_no_text_is_refused(server: Server, value: object) -> None:
    """Only text is a secret: what else would be made of it is anybody's guess."""
    server.answer = lambda path, token: secret(password=value)
    assert isinstance(refused("vault:kv/a#password", environ(server)), SecretUnreadable)


def test_a_refusal_says_which_policy_is_missing(server: Server) -> None:
    """403: what must be allowed, and none of what the server said."""
    server.answer = lambda path, token: refusal(403)
    told = refused("vault:kv/a/b#password", environ(server))
    assert isinstance(told, SecretUnreadable)
    assert 'path "kv/data/a/b" { capabilities = ["read"] }' in str(told)
    assert len(server.asked) == 1


def test_a_refused_login_is_not_tried_again(server: Server) -> None:
    """A wrong secret ID stays wrong: Vault may lock out who goes on."""
    server.answer = lambda path, token: refusal(400)
    env = {"VAULT_ADDR": server.address, "VAULT_ROLE_ID": "r", "VAULT_SECRET_ID": TOKEN}
    told = refused("vault:kv/a#password", env)
    assert isinstance(told, SecretUnreadable)
    assert "refuses the login by approle" in str(told)
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_what_passes_is_waited_for(server: Server, code: int) -> None:
    """Overloaded, sealed for a moment, changing its leader: asked again, within a bound."""

    def answer(path: str, token: str | None) -> Answer:
        return refusal(code) if len(server.asked) < 3 else secret()

    server.answer = answer
    assert resolve("vault:kv/a#password", environ(server)).reveal() == MARK


def test_what_answers_and_is_no_vault_is_named(server: Server) -> None:
    """Another server's page, or an engine of KV version 1, is not taken for a secret."""
    server.answer = lambda path, token: (200, {"data": {"password": MARK}})
    told = refused("vault:kv/a#password", environ(server))
    assert isinstance(told, SecretUnreadable)
    assert "no KV v2 engine" in str(told)


def test_nobody_there_is_said_without_the_credentials_in_an_address() -> None:
    """A Vault that is not there is named by host; a user and password in its URL are not."""
    env = {"VAULT_ADDR": f"http://me:{MARK}@127.0.0.1:1", "VAULT_TOKEN": TOKEN}
    told = refused("vault:kv/a#password", env)
    assert isinstance(told, SecretUnreachable)
    assert "Vault at http://127.0.0.1:1 " in str(told)
