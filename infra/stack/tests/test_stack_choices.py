"""What was chosen for a stack: another database, further plugins."""

import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from messina.stack import Choices, ExternalCql, StackError, open_layout
from messina.stack.endpoints import write_endpoints
from messina.stack.external import discover, parse_address
from messina.stack.extra_plugins import plugins_in
from messina.stack.layout import remember
from messina.stack.operations import COMPONENTS, components_of, status

DATABASE = ExternalCql("10.0.0.11:9042", "dc1", "scylla")


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """Something that answers whatever it is asked with the same bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("db", "db:9042"),
        ("10.0.0.11:19042", "10.0.0.11:19042"),
        ("[::1]:9042", "[::1]:9042"),
    ],
)
def test_an_address_has_a_port(text: str, address: str) -> None:
    """CQL's own port where none is given; IPv6 in brackets."""
    assert parse_address(text) == address


@pytest.mark.parametrize("text", ["", "db:", "db:0", "db:70000", "a b:1", "::1:9042", "cql://db"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """The message shows what was given, and what to do."""
    with pytest.raises(StackError, match="takes HOST:PORT, not .*nothing was changed; next:"):
        parse_address(text)


def test_a_database_that_does_not_answer_is_named() -> None:
    """Nobody there is told with the address, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(StackError, match=f"no CQL server answers at 127.0.0.1:{port} .*next:"):
        discover(f"127.0.0.1:{port}")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_speaks_no_cql_is_refused(answer: bytes) -> None:
    """A port with something else behind it is not taken for a database."""
    with server(answer) as address, pytest.raises(StackError, match="speaks no CQL in the clear"):
        discover(address)


def test_choices_are_kept(tmp_path: Path) -> None:
    """A database and plugin folders that were once chosen stay chosen, until told otherwise."""
    home = tmp_path / "home"
    folder = tmp_path / "plugins"
    Choices(28100, DATABASE, (folder,)).keep(home)
    layout = open_layout(home, tmp_path)
    assert (layout.port_base, layout.cql, layout.plugin_folders) == (28100, DATABASE, (folder,))
    remember(layout)
    assert Choices.of(home) == Choices(28100, DATABASE, (folder,))
    back = open_layout(home, tmp_path, cql="stand-in", plugin_folders=())
    assert (back.cql, back.plugin_folders) == (None, ())
    remember(back)
    assert Choices.of(home) == Choices(28100)


def test_a_stack_with_another_database_has_no_stand_in(tmp_path: Path) -> None:
    """The stand-in is no part of it; the endpoints name the other one, with its data centre."""
    home = tmp_path / "home"
    assert components_of(open_layout(home, tmp_path)) == COMPONENTS
    Choices(28100, DATABASE).keep(home)
    layout = open_layout(home, tmp_path)
    assert [c.name for c in components_of(layout)] == ["kafka", "registry", "postgres", "connect"]
    write_endpoints(layout)
    assert json.loads(layout.endpoints.read_text())["scylla"] == {
        "contact_points": ["10.0.0.11:9042"],
        "local_datacenter": "dc1",
        "engine": "scylla",
    }


def test_another_database_is_in_the_status(tmp_path: Path) -> None:
    """It is shown as external, with its address, and with what is wrong when it is away."""
    home = tmp_path / "home"
    with server(bytes([132, 0, 0, 0, 6, 0, 0, 0, 0])) as address:
        Choices(28100, ExternalCql(address, "dc1", "scylla")).keep(home)
        first = status(open_layout(home, tmp_path))[0]
        assert (first.component, first.state, first.pid) == ("cql", "EXTERNAL", None)
        assert (first.address, first.health) == (address, "ready")
    gone = status(open_layout(home, tmp_path))[0]
    assert gone.state == "EXTERNAL"
    assert not gone.ready


def jar(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a/B.class", b"")
    return path


def test_a_folder_of_jars_is_one_plugin(tmp_path: Path) -> None:
    """Jars side by side belong together; each folder below is a plugin of its own, at any depth."""
    own = [jar(tmp_path / "it" / name) for name in ("a.jar", "b.jar")]
    deep = jar(tmp_path / "it" / "other" / "lib" / "c.jar")
    (tmp_path / "it" / "doc").mkdir()
    assert plugins_in(tmp_path / "it") == {"it": tuple(own), "other": (deep,)}


def test_a_folder_without_plugins_is_refused(tmp_path: Path) -> None:
    """A folder that is missing, is a file, or holds no jars is named, with the next command."""
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "packed").mkdir()
    (tmp_path / "packed" / "connector.zip").write_text("")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "half.jar").write_text("PK")
    for name, what in {
        "none": "does not exist",
        "file": "is a file, not a folder",
        "empty": "holds no jars",
        "packed": r"holds no jars \(connector.zip must be unpacked first\)",
        "broken": "half.jar is no jar",
    }.items():
        with pytest.raises(StackError, match=f"{what}.*; next: messina up --plugin-path DIR"):
            plugins_in(tmp_path / name)
