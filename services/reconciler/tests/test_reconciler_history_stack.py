"""The history on the command line: what past runs found, and what is forgotten."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from messina.reconciler.cli import invoke
from messina.reconciler.store import (
    CandidateKey,
    Intent,
    PlannedRange,
    Run,
    Settled,
    Store,
    Verdict,
)
from messina.testing import Stack

pytestmark = pytest.mark.gentle


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    """A pipeline of a name that nobody else has."""
    path = tmp_path / "p.yaml"
    path.write_text(
        f"pipeline: p-{tmp_path.parent.name[-8:]}-{tmp_path.name[:12].replace('_', '-')}\n"
        "source: {keyspace: k}\nsink: {schema: s}\ntables: [{name: things}]\n".lower()
    )
    return path


@pytest.fixture()
def store(postgres_dsn: str, file: Path) -> Iterator[Store]:
    """The pipeline's runs, in the schema where commands keep them; none of them is left."""
    pipeline = file.read_text().split()[1]
    with Store.open(postgres_dsn, pipeline) as opened:
        yield opened
        opened.database.run("", "DELETE FROM {s}.runs WHERE pipeline = %s", pipeline)


def _run(store: Store) -> Run:
    """A run that found two rows and repaired one."""
    run = store.begin("compare", {"tables": None})
    store.plan(run, [PlannedRange("k.things", False, 0, 9)])
    keys = [CandidateKey('{"id":1}'), CandidateKey('{"id":2}')]
    store.finish_range(run, 1, rows_in_source=70, rows_in_sink=69, candidates=keys)
    store.decide(run, [Verdict(each.id, "different") for each in store.undecided(run)])
    one, other = store.discrepancies(run)
    store.audit.intend(run, [Intent(one.id, {"v": "1"}, "s"), Intent(other.id, None, "s")])
    store.audit.settle(
        run,
        [
            Settled(one.id, "verified", {"v": "2"}),
            Settled(other.id, "not_cured", None, "the sink has stopped"),
        ],
    )
    store.finish(run, "different")
    return run


def _say(
    stack: Stack, file: Path, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, str]:
    where = ["--endpoints", str(stack.layout.endpoints)]
    code = invoke(["history", str(file), *options, *where])
    streams = capsys.readouterr()
    return code, streams.out + streams.err


def test_a_run_can_be_named_on_any_screen(
    stack: Stack,
    file: Path,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the table is too wide for the screen, other columns are cut and not the run's ID."""
    run = _run(store)
    monkeypatch.setenv("COLUMNS", "60")
    code, said = _say(stack, file, capsys)
    assert code == 0 and run.id in said


def test_a_run_is_shown_with_what_it_found_and_repaired(
    stack: Stack,
    file: Path,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As text for people, and all of it as JSON; an unknown run is an error with the next step."""
    run = _run(store)
    monkeypatch.setenv("COLUMNS", "200")
    code, said = _say(stack, file, capsys)
    assert code == 0 and run.id in said and "different" in said
    code, said = _say(stack, file, capsys, "--run", run.id)
    assert '{"id":1}: different → verified' in said
    assert '{"id":2}: different → not cured (the sink has stopped)' in said
    code, said = _say(stack, file, capsys, "--run", run.id, "--json")
    document: dict[str, Any] = json.loads(said)
    assert document["tables"][0]["rows_in_source"] == 70
    assert [each["outcome"] for each in document["repairs"]] == ["verified", "not_cured"]
    assert document["repairs"][0]["before"] == {"v": "1"}
    assert document["outcomes"] == {"verified": 1, "not_cured": 1}
    code, said = _say(stack, file, capsys, "--run", "nonsense")
    assert code == 1 and "messina reconcile history FILE" in said


def test_old_runs_are_forgotten_on_demand(
    stack: Stack, file: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """--prune keeps as many runs as it is told, and those that repaired rows."""
    repaired = _run(store)
    for _ in range(3):
        store.finish(store.begin("compare", {}), "equal")
    code, said = _say(stack, file, capsys, "--prune", "--keep-runs", "1")
    assert (code, said) == (0, "2 runs were forgotten\n")
    code, said = _say(stack, file, capsys, "--json")
    runs = json.loads(said)["runs"]
    assert len(runs) == 2 and runs[1]["run"] == repaired.id
    code, said = _say(
        stack, file, capsys, "--prune", "--keep", "0", "--keep-repairs", "0", "--json"
    )
    assert json.loads(said) == {"pruned": 2}
    code, said = _say(stack, file, capsys)
    assert "no run is kept" in said
