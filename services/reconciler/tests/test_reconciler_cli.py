"""The command line: exit codes, and messages that say what to do."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from messina.reconciler import (
    ColumnDifference,
    Discrepancy,
    Report,
    TableReport,
)
from messina.reconciler.cli import invoke
from messina.reconciler.console import show_report, verdict

SPEC = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: flights}]\n"
STACK: dict[str, Any] = {
    "version": 1,
    "kafka": {"bootstrap_servers": "127.0.0.1:1"},
    "connect": {"url": "http://127.0.0.1:1"},
    "registry": {"url": "http://127.0.0.1:1"},
    "postgres": {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u"},
    "scylla": {"contact_points": ["127.0.0.1:1"], "local_datacenter": "d"},
}


@pytest.fixture()
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "p.yaml"
    file.write_text(SPEC, encoding="utf-8")
    return file


@pytest.fixture()
def endpoints(tmp_path: Path) -> Path:
    file = tmp_path / "endpoints.json"
    file.write_text(json.dumps(STACK), encoding="utf-8")
    return file


def test_the_version_is_that_of_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    """--version says what VERSION says."""
    assert invoke(["--version"]) == 0
    expected = (Path(__file__).parent.parent / "VERSION").read_text(encoding="utf-8").strip()
    assert capsys.readouterr().out.strip() == expected


@pytest.mark.parametrize(
    "arguments",
    [["run"], ["walk"], ["run", "x.yaml", "--settle", "soon"], ["run", "x.yaml", "--limit", "-1"]],
)
def test_wrong_usage_is_64(arguments: list[str]) -> None:
    """A command line that makes no sense is not a difference."""
    assert invoke(arguments) == 64


def test_a_bad_spec_is_an_error_with_its_place(
    tmp_path: Path, endpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, and the line and column of what is wrong."""
    file = tmp_path / "bad.yaml"
    file.write_text(SPEC.replace("keyspace", "keyspac"), encoding="utf-8")
    assert invoke(["run", str(file), "--endpoints", str(endpoints)]) == 1
    assert f"{file}:2:10: unknown key 'keyspac'" in capsys.readouterr().err


def test_without_a_stack_the_next_command_is_named(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No endpoints: exit 1, and the command that makes them; with --json as an object."""
    assert invoke(["run", str(spec), "--endpoints", str(tmp_path / "none"), "--json"]) == 1
    streams = capsys.readouterr()
    assert "messina up" in streams.err
    assert json.loads(streams.out)["kind"] == "SpecError"


def test_an_unknown_table_is_refused_before_anything_is_opened(
    spec: Path, endpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that the pipeline does not carry: exit 1, with the one that was meant."""
    arguments = ["run", str(spec), "--endpoints", str(endpoints), "--table", "flight"]
    assert invoke(arguments) == 1
    assert "did you mean flights?" in capsys.readouterr().err


def test_nobody_there_is_an_error(
    spec: Path, endpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source that does not answer: exit 1, and what to do, without a traceback."""
    assert invoke(["run", str(spec), "--endpoints", str(endpoints)]) == 1
    assert "next: messina status" in capsys.readouterr().err


def test_ctrl_c_is_told_once(
    spec: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted, the service by itself says one line with what to do, and ends with 130."""

    def interrupted(_: Path, __: str | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("messina.reconciler.cli.run.load_spec", interrupted)
    assert invoke(["run", str(spec)]) == 130
    message = capsys.readouterr().err.strip()
    assert message.startswith("interrupted; what is done is kept; next: ")
    assert "\n" not in message


DIFFERENT = Discrepancy(
    "k.flights", "different", (("id", "1"),), (ColumnDifference("name", "'[red]'", "null"),)
)
REPORT = Report("p", (TableReport("k.flights", 2, 1, 0, 0, (DIFFERENT,) * 30),), 1.25)


def test_a_report_is_json() -> None:
    """The object has every table's counts, and each difference with key and both values."""
    written = json.loads(json.dumps(REPORT.as_json(limit=1)))
    assert written["equal"] is False
    assert written["tables"][0]["discrepancies"] == 30
    assert written["discrepancies"] == [
        {
            "table": "k.flights",
            "kind": "different",
            "key": {"id": "1"},
            "columns": {"name": {"source": "'[red]'", "sink": "null"}},
        }
    ]


def test_a_report_that_holds_some_counts_all() -> None:
    """With more differences than are held, numbers are exact, and it is said that some are cut."""
    table = TableReport("k.flights", 9, 9, 0, 0, (DIFFERENT,) * 30, counted=5_000)
    report = Report("p", (table,), 1.0)
    written = report.as_json(limit=10)
    assert (written["tables"][0]["discrepancies"], written["left_out"]) == (5_000, 4_990)
    assert Report("p", (TableReport("t", 9, 9, 0, 0, (), counted=1),), 1.0).equal is False
    console = Console(width=160, record=True, file=io.StringIO())
    show_report(console, report, 3)
    text = console.export_text()
    assert "4,997 more: the report holds 30 of them (--max-differences)" in text
    assert "5,000 rows differ" in text


def test_a_report_is_readable() -> None:
    """People see the differences up to the limit, values as they are, and the outcome last."""
    console = Console(width=120, record=True, file=io.StringIO())
    show_report(console, REPORT, 3)
    text = console.export_text()
    assert text.count("different") == 3
    assert "'[red]'" in text
    assert "27 more" in text
    assert text.strip().endswith("30 rows differ; 2 rows in the source, 1.2 s")


@pytest.mark.parametrize(
    ("unsettled", "line"),
    [
        (0, "equal: 2 rows in 1 table, 1.0 s"),
        (1, "0 rows differ, 1 changed all the time; 2 rows in the source, 1.0 s"),
    ],
)
def test_equal_is_said_only_when_shown(unsettled: int, line: str) -> None:
    """A row that never kept still is not called equal."""
    report = Report("p", (TableReport("t", 2, 2, 5, unsettled, ()),), 1.0)
    assert verdict(report) == line
    assert report.equal == (unsettled == 0)


def test_logs_are_json_where_that_is_asked_for(
    tmp_path: Path, endpoints: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --log-format json what goes wrong is a line on stderr, with a correlation ID."""
    file = tmp_path / "bad.yaml"
    file.write_text(SPEC.replace("keyspace", "keyspac"), encoding="utf-8")
    arguments = ["run", str(file), "--endpoints", str(endpoints)]
    assert invoke(["--log-format", "json", *arguments]) == 1
    (line,) = (json.loads(text) for text in capsys.readouterr().err.splitlines())
    assert (line["service"], line["kind"], line["level"]) == ("reconciler", "SpecError", "error")
    assert "unknown key 'keyspac'" in line["event"]
    assert line["correlation_id"]
