"""A whole run with several files at once: pytest itself, on files that a test has written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_gentle_files_meet_and_others_are_alone(tmp_path: Path) -> None:
    """With `--at-once 2` two gentle files run at the same time, and every other one alone."""
    pytest.importorskip("xdist")
    home = tmp_path / "home"
    home.mkdir()
    (home / "endpoints.json").touch()
    folder = tmp_path / "files"
    folder.mkdir()
    for mine, other in (("a", "b"), ("b", "a")):
        (folder / f"test_gentle_{mine}.py").write_text(_GENTLE.format(mine=mine, other=other))
    for name in ("test_alone_1.py", "test_alone_2.py", "test_alone_3.py"):
        (folder / name).write_text(_ALONE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = gentle\n")
    command = [sys.executable, "-m", "pytest", "-p", "messina.testing.plugin", "--at-once", "2"]
    command += ["--stack", str(home), "-p", "no:cacheprovider", "-q", str(folder)]
    # The run that this test belongs to may itself have several processes.
    environ = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    done = subprocess.run(
        command,
        env={**environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert "7 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
