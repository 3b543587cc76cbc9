"""The command line: exit codes, and messages of one line, as far as no system is needed."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from messina.artifacts import root
from messina.cli import main as command_line
from messina.cli.main import main
from messina.stack import NotRunning, open_layout


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stack's home of this test's own, and signals as they were afterwards."""
    monkeypatch.setenv("MESSINA_HOME", str(tmp_path / "home"))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["up", "--nonsense"],
        ["up", "--port-base", "many"],
        ["logs"],
        ["logs", "nonsense"],
        ["logs", "kafka", "-n", "-1"],
        ["logs", "kafka", "-f", "--json"],
        ["artifacts", "fetch", "nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_64(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """2 means differences here, so usage has a number of its own; nothing goes to stdout."""
    assert main(arguments) == 64
    said = capsys.readouterr()
    assert "Error" in said.err
    assert said.out == ""


def test_an_unknown_component_is_told_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """Who mistypes a name sees what there is."""
    main(["logs", "kafak"])

    assert "there is no component kafak" in capsys.readouterr().err.replace("\n", " ")


def test_help_and_version_exit_0(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are answers, on standard output."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("messina ")
    assert main(["--help"]) == 0
    assert "messina demo" in capsys.readouterr().out


def test_a_stopped_stack_exits_1_with_all_components(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`status --json` has the same shape whether the stack runs or not."""
    assert main(["status", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)

    assert document["home"] == str(tmp_path / "home")
    assert (document["port_base"], document["ready"]) == (27100, False)
    assert [set(entry) for entry in document["components"]] == [
        {"component", "version", "state", "pid", "port", "memory_bytes", "health", "address"}
    ] * 5
    assert {entry["pid"] for entry in document["components"]} == {None}


def test_down_on_nothing_exits_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to stop is fine, and makes no folder."""
    assert main(["down"]) == 0
    assert "nothing was running" in capsys.readouterr().out
    assert main(["down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "stopped": False,
        "home": str(tmp_path / "home"),
    }
    assert not (tmp_path / "home").exists()


def test_logs_of_a_stack_that_never_ran_name_the_next_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line, exit 1."""
    assert main(["logs", "kafka"]) == 1
    err = capsys.readouterr().err
    assert "`messina up`" in err
    assert err.count("\n") == 1


def test_logs_show_the_last_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON, over a rotation."""
    log = open_layout(tmp_path / "home", tmp_path).log("kafka")
    log.parent.mkdir(parents=True)
    log.with_name("kafka.log.1").write_text("1\n2\n")
    log.write_text("3\n")

    assert main(["logs", "kafka", "-n", "2"]) == 0
    assert capsys.readouterr().out == "2\n3\n"
    assert main(["logs", "kafka", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"component": "kafka", "lines": ["1", "2", "3"]}


def test_a_damaged_state_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be expected to go wrong has no traceback."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "stack.json").write_text("{")

    assert main(["status"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("messina: ")
    assert err.count("\n") == 1


def failing(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (typer.Exit(2), 2, ""),
        (NotRunning("it is not up"), 1, "messina: it is not up"),
        (KeyboardInterrupt(), 130, "messina: interrupted"),
        (typer.Abort(), 130, "messina: interrupted"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 1, "(/x): make room"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "MESSINA_HOME"),
        (OSError(errno.EIO, "Input/output error"), 1, "messina: Input/output error"),
    ],
    ids=["differences", "ours", "ctrl-c", "abort", "full", "denied", "other"],
)
def test_each_kind_of_end_has_its_code(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Exit codes are the same for every command, and each error is one line."""
    app = typer.Typer()
    app.callback(invoke_without_command=True)(failing(error))
    monkeypatch.setattr(command_line, "app", app)

    assert main([]) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") <= 1


@pytest.mark.parametrize(
    ("command", "loader"),
    [
        (["deploy", "plan", "x.yaml"], "messina.deployer.cli.common.load_spec"),
        (["deploy", "apply", "x.yaml"], "messina.deployer.cli.common.load_spec"),
        (["reconcile", "run", "x.yaml"], "messina.reconciler.cli.run.load_spec"),
    ],
)
def test_ctrl_c_is_told_once(
    command: list[str],
    loader: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An interrupted command of a service says one line, and ends with 130."""

    def interrupted(_: Path, __: str | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(loader, interrupted)

    assert main(command) == 130
    err = capsys.readouterr().err
    assert err.count("interrupted") == 1
    assert err.startswith("messina: interrupted; ")


def test_a_mistake_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody expected keeps its traceback."""
    app = typer.Typer()
    app.callback(invoke_without_command=True)(failing(ZeroDivisionError()))
    monkeypatch.setattr(command_line, "app", app)

    with pytest.raises(ZeroDivisionError):
        main([])


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`messina logs … | head` says nothing more."""
    log = open_layout(tmp_path / "home", tmp_path).log("kafka")
    log.parent.mkdir(parents=True)
    log.write_text("line\n" * 100_000)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environ["MESSINA_ROOT"] = str(root())
    command = [sys.executable, "-m", "messina.cli", "logs", "kafka", "-n", "100000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == b"line\n"
        running.stdout.close()
        assert running.stderr.read() == b""
