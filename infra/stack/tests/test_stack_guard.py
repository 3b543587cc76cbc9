"""The guard in front of each program: it gives up root, and what it starts dies with its parent."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import messina.stack

GUARD = str(Path(messina.stack.__file__).with_name("guard.py"))

# A parent that starts a guarded child, says its pid, and then does nothing more.
PARENT = """\
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", *sys.argv[1:]], stdout=subprocess.PIPE, text=True)
print(child.pid, child.stdout.readline().strip(), flush=True)
time.sleep(600)
"""

CHILD = """\
import signal, sys, time
def leave(number, frame):
    open(sys.argv[1], "w").write(signal.Signals(number).name)
    sys.exit()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, leave)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_a_child_does_not_outlive_its_parent(tmp_path: Path, name: str) -> None:
    """When the parent is killed -9 the child gets the signal that stops it cleanly."""
    note = tmp_path / "note"
    command = [sys.executable, "-c", PARENT, GUARD, name, "-", sys.executable, "-c", CHILD]
    with subprocess.Popen([*command, str(note)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, word = parent.stdout.readline().split()
        assert word == "ready"
        child = psutil.Process(int(pid))
        parent.send_signal(signal.SIGKILL)
    child.wait(timeout=20)

    assert note.read_text() == f"SIG{name}"


def guarded(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", GUARD, *arguments], capture_output=True, text=True, check=False
    )


def test_the_program_replaces_the_guard() -> None:
    """Signals and exit codes are the program's own."""
    done = guarded("TERM", "-", "/bin/sh", "-c", "exit 7")

    assert done.returncode == 7


def test_what_is_not_for_a_program_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables with the name's beginning that MESSINA_WITHOUT says do not reach it."""
    monkeypatch.setenv("MESSINA_SECRET_A", "a")
    monkeypatch.setenv("MESSINA_SECRETARY", "b")
    monkeypatch.setenv("MESSINA_WITHOUT", "MESSINA_SECRET_")
    said = guarded("TERM", "-", "/usr/bin/env").stdout

    assert "MESSINA_SECRET_A" not in said
    assert "MESSINA_WITHOUT" not in said
    assert "MESSINA_SECRETARY=b" in said


def test_a_program_that_is_not_there_is_one_line() -> None:
    """The component's log says what could not be started."""
    done = guarded("TERM", "-", "/nowhere/server")

    assert done.returncode == 1
    assert done.stderr == "guard: /nowhere/server cannot be started: No such file or directory\n"


def test_an_account_that_is_not_there_is_one_line() -> None:
    """Nothing runs as root because its account is missing."""
    done = guarded("TERM", "no-such-account", "/bin/true")

    assert done.returncode == 1
    assert done.stderr.startswith("guard: there is no account no-such-account")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_nothing_of_root_is_left() -> None:
    """User, group, other groups and HOME are those of the account."""
    done = guarded("TERM", "nobody", "/bin/sh", "-c", "id -un; id -Gn; echo $HOME")

    user, groups, home = done.stdout.splitlines()
    assert user == "nobody"
    assert "root" not in groups.split()
    assert home != os.environ.get("HOME")
