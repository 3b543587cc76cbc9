"""The last line of `tools/bin/pants test`: the sum of all JUnit reports."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

TESTS = """
import pytest

def test_fine():
    pass

def test_wrong():
    assert False

@pytest.mark.skip(reason="not here")
def test_left_out():
    pass

@pytest.fixture
def broken():
    raise RuntimeError

def test_never_reached(broken):
    pass
"""


def summary(folder: Path, exit_code: int) -> subprocess.CompletedProcess[str]:
    script = ROOT / "tools" / "python" / "summary.py"
    return subprocess.run(
        [sys.executable, str(script), str(folder), str(exit_code)],
        capture_output=True,
        text=True,
        check=False,
    )


def run_pytest(folder: Path, source: str, report: str) -> None:
    (folder / "test_some.py").write_text(source)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", f"--junitxml={report}", "."],
        cwd=folder,
        capture_output=True,
        check=False,
    )


def test_the_line_adds_up_what_pytest_reported(tmp_path: Path) -> None:
    """Errors count as failures, skips apart, over all reports of the folder."""
    run_pytest(tmp_path, TESTS, "one.xml")
    run_pytest(tmp_path, "def test_fine():\n    pass\n", "two.xml")

    done = summary(tmp_path, 1)

    assert done.stdout.startswith("2 passed, 2 failed, 1 skipped in ")
    assert done.returncode == 1


def test_a_run_that_failed_without_a_report_is_a_failure(tmp_path: Path) -> None:
    """A file that could not be loaded leaves no report; the line does not hide it."""
    run_pytest(tmp_path, "def test_fine():\n    pass\n", "two.xml")

    done = summary(tmp_path, 1)

    assert done.stdout.startswith("1 passed, 1 failed, 0 skipped in ")


def test_a_half_written_report_is_a_failure(tmp_path: Path) -> None:
    """A report that can't be read counts as one failure, even if the run says it was fine."""
    (tmp_path / "one.xml").write_text("<testsuites><testsuite")

    done = summary(tmp_path, 0)

    assert done.stdout.startswith("0 passed, 1 failed, 0 skipped in ")


def test_no_report_at_all_says_so(tmp_path: Path) -> None:
    """An empty folder gives zeros, and the run's own exit code."""
    done = summary(tmp_path, 69)

    assert done.stdout.startswith("0 passed, 1 failed, 0 skipped in ")
    assert done.returncode == 69
