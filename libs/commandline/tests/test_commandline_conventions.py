"""What a user may expect of every command line of ours."""

import json
import os
import subprocess
import sys

import pytest
import typer

from messina.commandline import INTERRUPTED, WRONG_USAGE, add_common, invoke, told


class ExpectedError(Exception):
    pass


def application() -> typer.Typer:
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    add_common(app, "program", lambda: "7.8.9")

    @app.command()
    def differ() -> None:
        raise typer.Exit(2)

    @app.command()
    def fail(as_json: bool = False) -> None:
        with told((ExpectedError,), as_json):
            raise ExpectedError("the door is shut; next: open it")

    @app.command()
    def crash() -> None:
        with told((ExpectedError,), False):
            raise ZeroDivisionError

    @app.command()
    def stop() -> None:
        raise KeyboardInterrupt

    return app


def run(*arguments: str) -> int:
    return invoke(application(), "program", arguments, interrupted="nothing was done")


def test_version_is_printed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints the version and nothing else, and is fine."""
    assert run("--version") == 0
    assert capsys.readouterr().out == "7.8.9\n"


def test_a_commands_exit_code_is_returned() -> None:
    """What a command exits with is the exit code."""
    assert run("differ") == 2


def test_wrong_usage_is_64(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown command or option is 64, since 2 means differences."""
    assert run("no-such-command") == WRONG_USAGE
    assert run("differ", "--no-such-option") == WRONG_USAGE
    assert "no-such-option" in capsys.readouterr().err


def test_an_expected_error_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    """An expected error is its own text on stderr, exit code 1, and no traceback."""
    assert run("fail") == 1
    assert capsys.readouterr().err == "the door is shut; next: open it\n"


def test_an_expected_error_is_json_where_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json an error is an object on stdout as well."""
    assert run("fail", "--as-json") == 1
    told_as = json.loads(capsys.readouterr().out)
    assert told_as == {"error": "the door is shut; next: open it", "kind": "ExpectedError"}


def test_an_unexpected_error_is_not_hidden() -> None:
    """A mistake of ours keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        run("crash")


def test_ctrl_c_says_what_was_left(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C is 130 and one line that says what was left."""
    assert run("stop") == INTERRUPTED
    assert capsys.readouterr().err == "interrupted; nothing was done\n"


_SIGNALLED = """
import os, signal, sys, typer
from messina.commandline import add_common, invoke, told
app = typer.Typer()
add_common(app, "program", lambda: "1")

class Expected(Exception): pass

@app.command()
def end(how: str) -> None:
    with told((Expected,), True):
        try:
            os.kill(os.getpid(), getattr(signal, how))
            signal.pause()
        except SystemExit as asked:
            raise Expected(f"left half way by {asked.code}") from asked

@app.command()
def plain() -> None:
    os.kill(os.getpid(), signal.SIGTERM)

sys.exit(invoke(app, "program", None, interrupted="nothing"))
"""


def signalled(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run a program that sends itself a signal."""
    return subprocess.run(
        [sys.executable, "-c", _SIGNALLED, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(("how", "code"), [("SIGTERM", 143), ("SIGHUP", 129)])
def test_who_is_ended_says_what_was_left(how: str, code: int) -> None:
    """SIGTERM and a closed terminal end a command as ctrl-C does: it can say what it leaves."""
    done = signalled("end", how)
    assert (done.returncode, done.stderr) == (1, f"left half way by {code}\n")


def test_sigterm_is_143() -> None:
    """A command that has nothing to say of it ends with 143."""
    assert signalled("plain").returncode == 143


def test_what_was_left_is_said_though_nobody_reads_stdout() -> None:
    """An error is on stderr before its JSON goes to a pipe that may be closed."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert "left half way" in signalled("end", "SIGTERM", stdout=writer).stderr
    finally:
        os.close(writer)


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_each_run_is_one_piece_of_work(capsys: pytest.CaptureFixture[str]) -> None:
    """A run's lines have one correlation ID, another run's another; its end has its exit code."""
    ids = set()
    for command, code in (("differ", 2), ("fail", 1), ("stop", INTERRUPTED)):
        assert run("--log-format", "json", "--log-level", "info", command) == code
        # what is said of ctrl-C is said when the work is over
        logged = [line for line in lines(capsys.readouterr().err) if "correlation_id" in line]
        assert (logged[0]["event"], logged[0]["command"]) == ("command begins", command)
        assert (logged[-1]["event"], logged[-1]["exit_code"]) == ("command ends", code)
        ids |= {line["correlation_id"] for line in logged}
    assert len(ids) == 3


def test_errors_are_lines_where_logs_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Where logs are JSON, what goes wrong and ctrl-C are lines on stderr as well."""
    assert run("--log-format", "json", "fail") == 1
    (line,) = lines(capsys.readouterr().err)
    assert (line["event"], line["kind"]) == ("the door is shut; next: open it", "ExpectedError")
    assert run("--log-format", "json", "stop") == INTERRUPTED
    (line,) = lines(capsys.readouterr().err)
    assert line["event"] == "interrupted; nothing was done"
    assert run("fail") == 1
    assert capsys.readouterr().err == "the door is shut; next: open it\n"


def test_a_run_without_trouble_logs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Unless more is asked for, only warnings and errors are logged; another format is 64."""
    assert run("differ") == 2
    assert capsys.readouterr().err == ""
    assert run("--log-format", "xml", "differ") == WRONG_USAGE
