"""Turns at the stack: who may run beside whom, and what a gentle file is refused."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from messina.stack.layout import Layout
from messina.testing import Stack
from messina.testing.ports import first_port
from messina.testing.turns import TURNS, Turns

pytestmark = pytest.mark.gentle

_WAITS = 0.3


def _takes(home: Path, *, gentle: bool) -> tuple[threading.Event, threading.Thread]:
    """Another process's turn, in a thread: the event is set when it has it."""
    has = threading.Event()

    def take() -> None:
        with Turns().turn(home, gentle=gentle):
            has.set()

    thread = threading.Thread(target=take)
    thread.start()
    return has, thread


def test_gentle_files_run_beside_each_other(tmp_path: Path) -> None:
    """Two gentle files have their turns at the same time."""
    with Turns().turn(tmp_path, gentle=True):
        has, thread = _takes(tmp_path, gentle=True)
        assert has.wait(10)
    thread.join()


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (False, False)])
def test_any_other_file_is_alone(tmp_path: Path, first: bool, second: bool) -> None:
    """A file that is not gentle waits until all others are done, and others wait for it."""
    with Turns().turn(tmp_path, gentle=first):
        has, thread = _takes(tmp_path, gentle=second)
        assert not has.wait(_WAITS)
    assert has.wait(10)
    thread.join()


def test_a_killed_process_has_no_turn(tmp_path: Path) -> None:
    """A turn ends with its process, also by kill -9."""
    code = (
        "import sys; from pathlib import Path; from messina.testing.turns import Turns\n"
        "with Turns().turn(Path(sys.argv[1]), gentle=False):\n"
        "    print('mine', flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"mine\n"
    has, thread = _takes(tmp_path, gentle=True)
    assert not has.wait(_WAITS)
    process.kill()
    assert has.wait(10)
    thread.join()
    process.communicate()


def test_a_gentle_file_can_not_break_the_stack(tmp_path: Path) -> None:
    """In a gentle file's turn a part of the shared stack is neither killed nor added nor upped."""
    layout = Layout(tmp_path, 1024, tmp_path)
    shared = Stack(layout, shared=True)
    assert TURNS.gentle, "this file is"
    with pytest.raises(AssertionError, match="kill -9 of kafka: this test file is marked `gentle`"):
        shared.kill("kafka")
    with pytest.raises(AssertionError, match="take the mark away"):
        shared.up()
    with pytest.raises(AssertionError, match="take the mark away"):
        shared.add("vault")
    assert shared.layout == layout


def test_each_process_has_ports_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes look for free ports in ranges that lie apart, all below those of the kernel."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    assert first_port(29480) == 29480
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw2")
    assert 30480 < first_port(29480) < 32000
