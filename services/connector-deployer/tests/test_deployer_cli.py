"""The command line: exit codes and messages, as far as no system is needed."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from messina.deployer import version
from messina.deployer.cli import invoke
from messina.deployer.cli.common import LOOKING_S, logged
from messina.deployer.events import Deleted, Done
from messina.deployer.plan import Create
from messina.deployer.resources import ConnectorResource
from messina.telemetry import configure_logging

GOOD = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n"
COMMANDS = (
    "plan apply destroy status health get describe pause resume restart".split()  # all with FILE
)
NOWHERE: dict[str, Any] = {
    "version": 1,
    "kafka": {"bootstrap_servers": "127.0.0.1:1"},
    "connect": {"url": "http://127.0.0.1:1"},
    "registry": {"url": "http://127.0.0.1:1"},
    "postgres": {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u"},
    "scylla": {"contact_points": ["127.0.0.1:1"], "local_datacenter": "dc"},
}


@pytest.fixture()
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "p.yaml"
    file.write_text(GOOD)
    return file


@pytest.fixture()
def endpoints(tmp_path: Path) -> str:
    file = tmp_path / "endpoints.json"
    file.write_text(json.dumps(NOWHERE))
    return str(file)


def test_version_is_that_of_the_service(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints what the VERSION file says, and ends with 0."""
    assert invoke(["--version"]) == 0
    assert capsys.readouterr().out.strip() == version()
    assert version()[0].isdigit()


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["plan", "f", "--nope"],
        ["plan", "f", "g", "--out", "plan.json"],
        ["frobnicate"],
        ["apply", "f", "--timeout", "x"],
    ],
)
def test_wrong_usage_is_64(arguments: list[str]) -> None:
    """Wrong usage is 64, never 2: that means that there is something to do."""
    assert invoke(arguments) == 64


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The help of every command shows a line that can be typed."""
    assert invoke([command, "--help"]) == 0
    assert f"messina deploy {command} examples/flights.yaml" in capsys.readouterr().out


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_spec_is_refused_with_its_place(
    command: str, spec: Path, endpoints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that is unknown is refused with file, line and column, before anything is asked."""
    spec.write_text(GOOD + "colour: blue\n")
    assert invoke([command, str(spec), "--endpoints", endpoints]) == 1
    assert f"{spec}:5:1: " in capsys.readouterr().err


def test_a_file_that_is_missing_has_a_next_step(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No file of that name, none of that environment, no such environment: each says what to do."""
    for arguments in (
        [str(tmp_path / "none.yaml")],
        [str(spec), "--env", "prod"],
        [str(spec), "--env", "../x"],
    ):
        assert invoke(["plan", *arguments]) == 1
        assert "\nNothing was changed. Next: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["get"],
        ["offsets", "show", "SPEC"],
        ["offsets", "backup", "SPEC", "--out", "OUT"],
        ["offsets", "rewind", "SPEC", "--to", "7d", "--side", "sinks", "--timeout", "1"],
    ],
)
def test_a_connect_that_is_down_is_not_waited_for_long(
    arguments: list[str],
    spec: Path,
    endpoints: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who only asks gives up soon, others when they are told to; a question changes nothing."""
    assert LOOKING_S < 20
    for module in ("offsets", "status"):
        monkeypatch.setattr(f"messina.deployer.cli.{module}.LOOKING_S", 1.0)
    named = {"SPEC": str(spec), "OUT": str(tmp_path / "backup.json")}
    begin = time.monotonic()
    assert invoke([*(named.get(one, one) for one in arguments), "--endpoints", endpoints]) == 1
    assert time.monotonic() - begin < 30
    message = capsys.readouterr().err
    assert "no answer ([Errno 111] Connection refused); that request changes nothing" in message


def test_a_system_that_does_not_answer_is_named(
    spec: Path, endpoints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the database does not answer, a line says where and what to do, and nothing else."""
    assert invoke(["plan", str(spec), "--endpoints", endpoints]) == 1
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith("no CQL server answers at 127.0.0.1:1: Connection refused; ")
    assert "next: messina status" in message


def test_json_has_the_error_too(
    spec: Path, endpoints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json an error is an object on stdout, in one line, beside the message on stderr."""
    assert invoke(["plan", str(spec), "--endpoints", endpoints, "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["kind"] == "Unreachable"


def test_destroy_without_an_answer_deletes_nothing(
    spec: Path,
    endpoints: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nobody answers its question, destroy ends with 1 and names the way without one."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert invoke(["destroy", str(spec), "--endpoints", endpoints]) == 1
    message = capsys.readouterr().err
    assert "nothing was deleted; next: the same command with --yes" in message


def test_ctrl_c_is_told_once(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted, the service by itself says one line with what to do, and ends with 130."""

    def interrupted(_: Path, __: str | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("messina.deployer.cli.common.load_spec", interrupted)
    assert invoke(["apply", str(spec)]) == 130
    message = capsys.readouterr().err.strip()
    assert message.startswith("interrupted; what was made stays; next: ")
    assert "\n" not in message


def test_without_endpoints_the_way_to_get_some_is_named(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing endpoints file is an error that says how it comes about."""
    assert invoke(["status", str(spec), "--endpoints", str(tmp_path / "none.json")]) == 1
    assert "messina up" in capsys.readouterr().err


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_secret_that_connect_would_read_otherwise_is_refused(
    end: str, spec: Path, endpoints: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line end in a secret's file is part of it for Connect only: refused before all else."""
    secret = tmp_path / "its password"
    secret.write_bytes(b"hunter2" + end.encode())
    postgres = f"{{host: 127.0.0.1, port: 1, database: d, user: u, password: 'file:{secret}'}}"
    spec.write_text(GOOD.replace("{schema: s}", f"\n  schema: s\n  postgres: {postgres}"))
    assert invoke(["plan", str(spec), "--endpoints", endpoints]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"{spec}:5:")
    assert f"the postgres password's file {secret} ends with a line end" in message
    assert f"truncate -s -{len(end)} '{secret}'" in message
    assert "Nothing was changed. Next: correct this" in message
    assert "hunter2" not in message

    secret.write_bytes(b"hunter2")
    assert invoke(["plan", str(spec), "--endpoints", endpoints]) == 1
    assert "no CQL server answers" in capsys.readouterr().err


def test_a_secret_of_the_endpoints_is_looked_at_too(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A secret that the spec does not name itself is refused where the spec leaves it out."""
    secret = tmp_path / "pw"
    secret.write_bytes(b"hunter2\n")
    login = {"user": "u", "password": f"file:{secret}"}
    file = tmp_path / "endpoints.json"
    file.write_text(json.dumps({**NOWHERE, "scylla": {**NOWHERE["scylla"], **login}}))
    assert invoke(["plan", str(spec), "--endpoints", str(file)]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"{spec}:2:")
    assert f"the scylla password's file {secret} ends with a line end" in message


def test_logs_are_json_where_that_is_asked_for(
    spec: Path, endpoints: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --log-format json all of stderr is JSON lines with one correlation ID, errors too."""
    arguments = ["plan", str(spec), "--endpoints", endpoints]
    assert invoke(["--log-format", "json", "--log-level", "info", *arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert (lines[0]["event"], lines[0]["command"]) == ("command begins", "plan")
    assert (lines[-1]["event"], lines[-1]["exit_code"]) == ("command ends", 1)
    (error,) = (line for line in lines if line["level"] == "error" and "kind" in line)
    assert error["kind"] == "Unreachable"
    assert "next: messina status" in error["event"]
    assert {line["service"] for line in lines} == {"connector-deployer"}
    assert len({line["correlation_id"] for line in lines}) == 1
    assert invoke(arguments) == 1
    assert "no CQL server answers" in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture()
def json_logs() -> Iterator[None]:
    """Logs as JSON, for this test only."""
    configure_logging("connector-deployer", "1")
    yield
    configure_logging("connector-deployer", "1", level="warning", form="text")


@pytest.mark.usefixtures("json_logs")
def test_events_are_logged_on_their_way(capsys: pytest.CaptureFixture[str]) -> None:
    """Each event is a line with what it is about, without configurations; and it is passed on."""
    config = {"connection.password": "hunter2"}
    sink = ConnectorResource(name="p.t.sink", role="sink", tasks=1, config=config)
    events = [Done(step=Create(resource=sink), seconds=0.5), Deleted(kind="topic", name="p.k.t")]
    assert list(logged(events)) == events
    err = capsys.readouterr().err
    assert "hunter2" not in err
    done, deleted = (json.loads(line) for line in err.splitlines())
    assert {key: done[key] for key in ("event", "action", "kind", "name", "seconds")} == {
        "event": "done",
        "action": "create",
        "kind": "connector",
        "name": "p.t.sink",
        "seconds": 0.5,
    }
    assert (deleted["event"], deleted["kind"], deleted["name"]) == ("deleted", "topic", "p.k.t")
