"""The commands of offsets: usage, exit codes, messages, as far as no system is needed."""

import io
import json
from pathlib import Path

import pytest
from deployer_offsets import MINUTE, NOON, SPEC, sink, slice_offset, source, topic_offset
from rich.console import Console

from messina.deployer.cli import invoke
from messina.deployer.console_offsets import show_alterations, show_offset_event, show_offsets
from messina.deployer.offsets.altering import Altered, StaysStopped, Stopped, WentOn
from messina.deployer.offsets.report import (
    COUNTED,
    ConnectorOffsets,
    OffsetsReport,
    SinkOffsets,
    TableOffsets,
)
from messina.deployer.offsets.rewinding import Kept, reset, rewind

COMMANDS = ("show", "backup", "restore", "rewind", "reset")
NOWHERE = {
    "version": 1,
    "kafka": {"bootstrap_servers": "127.0.0.1:1"},
    "connect": {"url": "http://127.0.0.1:1"},
    "registry": {"url": "http://127.0.0.1:1"},
    "postgres": {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u"},
    "scylla": {"contact_points": ["127.0.0.1:1"], "local_datacenter": "dc"},
}


@pytest.fixture()
def screen() -> Console:
    return Console(file=io.StringIO(), width=200, highlight=False)


def printed(screen: Console) -> str:
    """What a console was given."""
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_offsets_has_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The help of every command of offsets shows a line that can be typed."""
    monkeypatch.setenv("COLUMNS", "200")
    assert invoke(["offsets", command, "--help"]) == 0
    assert f"messina deploy offsets {command} examples/flights.yaml" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["rewind", "p.yaml"],
        ["rewind", "p.yaml", "--to", "1h", "--window"],
        ["rewind", "p.yaml", "--to", "soon"],
        ["rewind", "p.yaml", "--to", "2999-01-01"],
        ["rewind", "p.yaml", "--to", "1h", "--side", "left"],
        ["reset", "p.yaml", "--to", "then"],
        ["backup", "p.yaml"],
        ["restore", "p.yaml"],
        ["forward", "p.yaml"],
    ],
)
def test_wrong_usage_of_offsets_is_64(arguments: list[str]) -> None:
    """Wrong usage is told before the spec is even read, and is 64."""
    assert invoke(["offsets", *arguments]) == 64


def test_files_are_looked_at_before_any_system(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad spec, a bad backup, a file that is there: refused without asking any system."""
    spec, where, file = tmp_path / "p.yaml", tmp_path / "e.json", tmp_path / "b.json"
    where.write_text(json.dumps(NOWHERE))
    spec.write_text(f"{SPEC}colour: blue\n")
    to = ["--endpoints", str(where)]
    assert invoke(["offsets", "show", str(spec), *to]) == 1
    assert f"{spec}:5:1: " in capsys.readouterr().err
    spec.write_text(SPEC)
    file.write_text("{}")
    assert invoke(["offsets", "restore", str(spec), str(file), *to]) == 1
    assert f"{file} is no backup of offsets; nothing was stopped" in capsys.readouterr().err
    assert invoke(["offsets", "backup", str(spec), "--out", str(file), *to]) == 1
    assert "next: another --out, or --force" in capsys.readouterr().err
    assert file.read_text() == "{}"


def test_a_pipeline_is_a_line_for_each_table(screen: Console) -> None:
    """The slowest slice's times with their age, and what is unread; slices only when asked."""
    standing = source(
        slice_offset(0, "11:59:00", "11:58:30"), slice_offset(1, "11:50:00", "11:49:30")
    )
    table = TableOffsets(
        table="k.t",
        source=ConnectorOffsets(
            connector="p.t.source", state="RUNNING", positions=standing.positions, foreign=2
        ),
        sinks=(
            SinkOffsets(
                connector="p.t.sink",
                state="PAUSED",
                positions=sink(topic_offset(0, 10)).positions,
                unread={"p.k.t-0": 5, "p.k.t-1": COUNTED},
            ),
        ),
    )
    report = OffsetsReport(pipeline="p", tables=(table,))
    (shown,) = report.model_dump(mode="json")["tables"]
    assert shown["fast_until"] == "2026-11-23T11:50:00.000000Z"
    assert shown["out_until"] == "2026-11-23T11:49:30.000000Z"
    show_offsets(screen, report, NOON, places=False)
    text = printed(screen)
    assert "2026-11-23T11:50:00.000Z 10 min ago" in text
    assert "2026-11-23T11:49:30.000Z 10 min ago" in text or "11:49:30.000Z 11 min ago" in text
    assert "PAUSED" in text
    assert "10005 or more" in text
    assert "slice" not in text
    show_offsets(screen, report, NOON, places=True)
    text = printed(screen)
    assert "slice 1: fast 2026-11-23T11:50:00.000000Z, swept 2026-11-23T11:49:30" in text
    assert "signals before 3" in text
    assert "p.k.t partition 0: offset 10" in text
    assert "and 2 of another connector that had this name" in text
    bare = OffsetsReport(pipeline="p", tables=(TableOffsets(table="k.u", source=None, sinks=()),))
    show_offsets(screen, bare, NOON, places=True)
    assert "missing" in printed(screen)


def test_alterations_are_shown_old_and_new(screen: Console) -> None:
    """Each offset with what it was and will be, the notes, and what happens."""
    standing = source(slice_offset(0, "11:59:00", "11:58:30"))
    show_alterations(screen, rewind("p", [standing], [], NOON - 60 * MINUTE, Kept()))
    show_alterations(screen, reset("p", [standing], [], None, {}))
    for event in (
        Stopped(connector="p.t.source"),
        Altered(connector="p.t.source", offsets=1),
        WentOn(connector="p.t.source", state="RUNNING", seconds=1.0),
        StaysStopped(connector="p.t.source"),
    ):
        show_offset_event(screen, event)
    text = printed(screen)
    assert "swept 2026-11-23T11:58:30.000000Z → fast 2026-11-23T11:00:00.000000Z" in text
    assert "→ nothing" in text
    assert "! Messina's sources forget where they stood" in text
    assert "p.t.source is RUNNING again" in text
    assert "stays STOPPED, as it was; messina deploy apply lets it go on" in text
