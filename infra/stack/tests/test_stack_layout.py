"""Where a stack's parts are: ports, folders, the state file, and what supervisor reads of them."""

import configparser
import json
import os
import shlex
from pathlib import Path

import pytest

from messina.stack import DEFAULT_PORT_BASE, StackError, default_home, open_layout
from messina.stack.layout import OFFSETS, remember
from messina.stack.supervision import double_quoted, path_value, quoted, value


def test_ports_follow_the_base(tmp_path: Path) -> None:
    """Every port is the base and a fixed number, and no two are the same."""
    layout = open_layout(tmp_path, tmp_path, 28100)

    assert layout.address("kafka") == "127.0.0.1:28100"
    assert layout.port("cql") == 28105
    assert len({layout.port(name) for name in OFFSETS}) == len(OFFSETS)


def test_a_chosen_base_is_remembered(tmp_path: Path) -> None:
    """Later commands need not be told the ports again; another choice wins over the memory."""
    assert open_layout(tmp_path, tmp_path).port_base == DEFAULT_PORT_BASE
    remember(open_layout(tmp_path, tmp_path, 28100))

    assert open_layout(tmp_path, tmp_path).port_base == 28100
    assert open_layout(tmp_path, tmp_path, 28200).port_base == 28200


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"port_base": "many"}', "7"])
def test_a_damaged_state_file_says_what_to_remove(tmp_path: Path, text: str) -> None:
    """The message names the file and the next command, and says that data is safe."""
    (tmp_path / "stack.json").write_text(text)

    with pytest.raises(StackError, match=r"stack\.json is damaged .*untouched.* `messina up`"):
        open_layout(tmp_path, tmp_path)


@pytest.mark.parametrize("base", [0, 80, 65530, 70000, -1])
def test_a_base_without_room_is_refused(tmp_path: Path, base: int) -> None:
    """All ports must be ordinary ones."""
    with pytest.raises(StackError, match=f"port base {base} leaves no room"):
        open_layout(tmp_path, tmp_path, base)


def test_the_home_is_the_checkouts_unless_stated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """$MESSINA_HOME wins over `.messina`, also a relative one."""
    monkeypatch.delenv("MESSINA_HOME", raising=False)
    assert default_home(tmp_path) == tmp_path / ".messina"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESSINA_HOME", "elsewhere")
    assert default_home(tmp_path) == tmp_path / "elsewhere"


def test_the_socket_is_found_whatever_tmpdir_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`up` and `down` find each other by the home alone, and a socket's path is short enough."""
    for home in (tmp_path / "short", tmp_path / ("long" * 30)):
        before = open_layout(home, tmp_path).socket
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        assert open_layout(home, tmp_path).socket == before
        assert len(os.fsencode(before)) < 100


@pytest.mark.parametrize(
    "text",
    ["plain", "a b", "it's", 'say "hi"', "100%", "%(here)s", "back\\slash", "ü", "a#b;c", ""],
)
def test_what_supervisor_reads_is_what_we_wrote(text: str) -> None:
    """Arguments and paths survive its configuration, whatever is in them."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(
        f"[program:x]\ncommand={quoted(text)} {quoted('next')}\nfile={value(text)}\n"
    )
    section = {key: found % {} for key, found in parser.items("program:x")}

    assert shlex.split(section["command"]) == [text, "next"]
    assert section["file"] == text


@pytest.mark.parametrize("text", ["a ;b", "a #b", "a\nb"])
def test_what_supervisor_cannot_read_is_refused(text: str) -> None:
    """Better no stack than one whose configuration was cut at a comment sign."""
    with pytest.raises(StackError, match="choose another MESSINA_HOME"):
        value(text)


def test_a_percent_sign_in_a_path_is_refused(tmp_path: Path) -> None:
    """Supervisor expands some paths twice."""
    with pytest.raises(StackError, match="a percent sign"):
        path_value(tmp_path / "100%")


@pytest.mark.parametrize("text", ['say "hi"', "it's"])
def test_a_variable_with_quotes_is_refused(text: str) -> None:
    """Supervisor would hand on another value than was meant."""
    with pytest.raises(StackError, match="cannot hold quotes"):
        double_quoted(text)


def test_the_state_file_is_versioned(tmp_path: Path) -> None:
    """A later release can tell what it reads."""
    remember(open_layout(tmp_path, tmp_path, 28100))

    assert json.loads((tmp_path / "stack.json").read_text()) == {"version": 1, "port_base": 28100}
