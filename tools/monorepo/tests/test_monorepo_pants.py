"""What Pants itself makes of our BUILD files: asked, in a copy of the tree.

The first question takes some ten seconds, as it starts a Pants; the rest one or two each.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("infra", "libs", "services", "tests", "tools", "examples", "BUILD", "pants.toml")
NO_CPYTHON39 = 69

#: Who has it takes part in the one running stack.
CONFTEST = "conftest.py"
#: Each Java room, and the test that runs its JUnit.
JUNIT = {
    test.parents[1].relative_to(ROOT).as_posix(): test.relative_to(ROOT).as_posix()
    for test in sorted((ROOT / "infra").glob("**/tests/test_*_junit.py"))
}


class Pants:
    """A Pants in a checkout of its own, which a test may spoil."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.root / "tools/bin/pants"), *arguments],
            env={**os.environ, "PANTS_DYNAMIC_UI": "false", "PANTS_PANTSD": "true"},
            capture_output=True,
            text=True,
            check=False,
            cwd=self.root,
        )

    def graph(self) -> dict[str, set[str]]:
        """Each target and those it depends on, by address."""
        done = self.run("peek", "::")
        assert done.returncode == 0, done.stderr
        targets: list[dict[str, Any]] = json.loads(done.stdout)
        return {each["address"]: set(each.get("dependencies", ())) for each in targets}

    def stop(self) -> None:
        for pid in self.root.glob(".pids/*/pantsd/pid"):
            os.kill(int(pid.read_text()), signal.SIGTERM)


def file_of(address: str) -> str:
    return address.removeprefix("//").split(":")[0]


def closure(graph: dict[str, set[str]], start: str) -> set[str]:
    """All that a target depends on, however far."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        for each in graph[ahead.pop()] - found:
            found.add(each)
            ahead.append(each)
    return found


@pytest.fixture(scope="module")
def pants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pants]:
    """A Pants on a copy of this tree."""
    root = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", "locks")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, root / name)
    # The real one would be loaded by the pytest that runs this, with the whole stack behind it.
    (root / "conftest.py").write_text('pytest_plugins = ["messina.testing.plugin"]\n')
    started = Pants(root)
    try:
        first = started.run("--version")
        if first.returncode == NO_CPYTHON39:
            pytest.skip("no CPython 3.9 here, so no Pants to ask")
        assert first.returncode == 0, first.stderr
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def behind(pants: Pants) -> dict[str, set[str]]:
    """The files behind each test, by test file."""
    graph = pants.graph()
    tests = {address for address in graph if "/test_" in file_of(address) and ".py" in address}
    found: dict[str, set[str]] = {}
    for test in tests:
        found.setdefault(file_of(test), set()).update(map(file_of, closure(graph, test)))
    return found


def room_files(room: str, *globs: str) -> set[str]:
    folder = ROOT / room
    paths = (path for glob in globs for path in folder.glob(glob) if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in paths}


def test_every_java_room_has_its_junit_test() -> None:
    """Where there is a `java.toml`, there is a test that runs the room's JUnit."""
    rooms = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("infra/**/java.toml")}
    assert rooms == set(JUNIT)


@pytest.mark.parametrize("room", JUNIT)
def test_junit_runs_again_after_any_edit(behind: dict[str, set[str]], room: str) -> None:
    """Every Java source, template, `java.toml` and lock of a room stands behind its JUnit test."""
    files = room_files(room, "*.toml", "src/**/*", "conf/**/*")
    assert any(name.endswith(".java") for name in files)
    # A room that needs no more than Connect itself provides has no set, and so no lock.
    assert (f"{room}/jgo.lock.toml" in files) == (f"{room}/artifacts.toml" in files)
    assert files <= behind[JUNIT[room]]


def test_junit_runs_again_after_a_new_compiler(behind: dict[str, set[str]]) -> None:
    """The locks of the compiler, of JUnit and of what Connect provides are behind JUnit tests."""
    locks = room_files("infra/artifacts", "*/*.toml") | room_files("infra/stack", "*/*.toml")
    assert len(locks) > 4
    for test in JUNIT.values():
        assert locks <= behind[test]


def test_stack_tests_run_again_after_any_edit(behind: dict[str, set[str]]) -> None:
    """All that a stack is started from stands behind each test of it, but no JUnit source."""
    files = room_files("infra", "*/*/*.toml", "connect/plugins/*/*.toml")
    for room in JUNIT:
        files |= room_files(room, "*.toml", "src/main/**/*", "conf/**/*")
    tests = {name for name in behind if CONFTEST in behind[name]}
    assert {name for name in behind if name.startswith("tests/integration/test_")} <= tests
    for test in tests:
        assert files <= behind[test], sorted(files - behind[test])[:5]
        assert not [name for name in behind[test] if "/src/test/" in name]


def test_other_tests_do_not_care_about_java(behind: dict[str, set[str]]) -> None:
    """An edit of Java runs no unit test of a lib or a service again."""
    tests = {
        name
        for name in behind
        if name.startswith(("libs/", "services/")) and CONFTEST not in behind[name]
    }
    assert len(tests) > 10
    for test in tests:
        assert not [name for name in behind[test] if name.endswith(".java")], test


def test_vectors_stand_behind_both_languages(behind: dict[str, set[str]]) -> None:
    """An edit of the shared vectors runs JUnit of the connector and pytest of libs/types again."""
    vectors = "libs/types/vectors.json"
    assert vectors in behind[JUNIT["infra/connect/scylla-source"]]
    assert [
        name for name in behind if name.startswith("libs/types/tests/") and vectors in behind[name]
    ]


@pytest.mark.parametrize(
    ("folder", "wrong"),
    [
        ("libs/types/src/messina/types", "messina.kafka"),
        ("libs/pipeline/src/messina/pipeline", "messina.types"),
        ("libs/kafka/src/messina/kafka", "messina.testing"),
        ("libs/kafka/src/messina/kafka", "messina.deployer"),
        ("infra/artifacts/src/messina/artifacts", "messina.stack"),
        ("infra/stack/src/messina/stack", "messina.cli"),
        ("services/reconciler/src/messina/reconciler", "messina.deployer"),
        ("services/reconciler/tests", "messina.deployer"),
    ],
)
def test_an_import_the_other_way_is_refused(pants: Pants, folder: str, wrong: str) -> None:
    """Pants refuses to work with a file that imports against the direction of the rooms."""
    # A room's tests are named test_*: only so has the file an owner.
    name = "test_wrong.py" if folder.endswith("/tests") else "wrong.py"
    path = pants.root / folder / name
    path.write_text(f"import {wrong}\n")
    try:
        done = pants.run("dependencies", f"{folder}/{name}")
    finally:
        path.unlink()
    assert done.returncode == 1
    assert "DependencyRuleActionDeniedError" in done.stderr, done.stderr
