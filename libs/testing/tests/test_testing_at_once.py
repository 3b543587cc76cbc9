"""A whole run with several files at once: pytest itself, on files that a test has written."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from messina.testing import until

pytestmark = pytest.mark.gentle

# Each waits for the other one's file: with one process, or one turn at a time, both would fail.
_GENTLE = """
import pytest
from pathlib import Path
from messina.testing import until

pytestmark = pytest.mark.gentle
HERE = Path(__file__)


def test_meets_the_other(stack):
    (HERE.parent / "{mine}.met").touch()
    until((HERE.parent / "{other}.met").exists, within=90, what="the other file runs, too")
    assert stack.ours is False


def test_waits_for_the_other():
    (HERE.parent / "{mine}.done").touch()
"""
# Whoever is not alone finds the folder there, or leaves no trace of the gentle ones' end.
_ALONE = """
import time
from pathlib import Path

HERE = Path(__file__)


def test_is_alone(stack):
    assert len(list(HERE.parent.glob("*.done"))) == 2, "the gentle ones come first"
    mine = HERE.parent / "alone"
    mine.mkdir()
    time.sleep(0.3)
    mine.rmdir()
"""


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    """A folder for test files, and beside it a home that looks like a running stack's."""
    pytest.importorskip("xdist")
    (tmp_path / "home").mkdir()
    (tmp_path / "home/endpoints.json").touch()
    made = tmp_path / "files"
    made.mkdir()
    (made / "pytest.ini").write_text("[pytest]\nmarkers = gentle\n")
    return made


def _start(folder: Path) -> "subprocess.Popen[str]":
    """Run the files of a folder, two at once."""
    command = [sys.executable, "-m", "pytest", "-p", "messina.testing.plugin", "--at-once", "2"]
    command += ["--stack", str(folder.parent / "home"), "-p", "no:cacheprovider", "-q", "."]
    # The run that this test belongs to may itself have several processes.
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    return subprocess.Popen(
        command,
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_gentle_files_meet_and_others_are_alone(folder: Path) -> None:
    """With `--at-once 2` two gentle files run at the same time, and every other one alone."""
    for mine, other in (("a", "b"), ("b", "a")):
        (folder / f"test_gentle_{mine}.py").write_text(_GENTLE.format(mine=mine, other=other))
    for name in ("test_alone_1.py", "test_alone_2.py", "test_alone_3.py"):
        (folder / name).write_text(_ALONE)
    run = _start(folder)
    said, _ = run.communicate(timeout=240)
    assert "7 passed" in said, said
    assert run.returncode == 0


_ENDLESS = """
import os
import time
from pathlib import Path


def test_never_ends():
    (Path(__file__).parent / f"{os.getpid()}.pid").touch()
    time.sleep(3600)
"""


def test_a_killed_run_leaves_no_process(folder: Path) -> None:
    """kill -9 of the run's first process ends the others with it, amid a test."""
    for name in ("test_a.py", "test_b.py"):
        (folder / name).write_text(f"import pytest\npytestmark = pytest.mark.gentle\n{_ENDLESS}")
    run = _start(folder)
    try:
        pids = until(
            lambda: len(found := list(folder.glob("*.pid"))) == 2 and found,
            within=120,
            what="two processes run a test each",
        )
    finally:
        run.kill()
        run.communicate()
    assert pids
    until(
        lambda: not any(psutil.pid_exists(int(pid.stem)) for pid in pids),
        within=20,
        what="they are gone",
    )
