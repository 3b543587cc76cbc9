"""What pause, resume and restart leave, and when they are believed to be done."""

import pytest

from messina.deployer.health import Side, side
from messina.deployer.verbs import RUNS_FOR, Course, Verb, reached, reason_to_leave
from messina.deployer.waiting import FAILED_FOR
from messina.kafka import ConnectorStatus


def seen(connector: str, *tasks: str, expected: int = 1) -> Side:
    status = ConnectorStatus.model_validate(
        {
            "name": "c",
            "connector": {"state": connector, "worker_id": "w"},
            "tasks": [
                {"id": i, "state": t, "worker_id": "w", "trace": "Oops" if t == "FAILED" else None}
                for i, t in enumerate(tasks)
            ],
        }
    )
    return side("c", expected, {"c": status})


RUNS = seen("RUNNING", "RUNNING")
FAILED = seen("RUNNING", "FAILED")
PAUSED = seen("PAUSED", "PAUSED")
STOPPED = seen("STOPPED")
GONE = seen("RUNNING")


@pytest.mark.parametrize(
    ("verb", "now", "everything", "left"),
    [
        ("pause", RUNS, False, False),
        ("pause", FAILED, False, False),
        ("pause", PAUSED, False, True),
        ("pause", STOPPED, False, True),
        ("pause", seen("PAUSED", "FAILED"), False, True),
        ("resume", RUNS, False, True),
        ("resume", FAILED, False, True),
        ("resume", PAUSED, False, False),
        ("resume", STOPPED, False, False),
        ("resume", seen("PAUSED", "FAILED"), False, False),
        ("restart", RUNS, False, True),
        ("restart", RUNS, True, False),
        ("restart", FAILED, False, False),
        ("restart", GONE, False, False),
        ("restart", PAUSED, True, True),
        ("restart", STOPPED, False, True),
    ],
)
def test_what_is_so_already_is_left(verb: Verb, now: Side, everything: bool, left: bool) -> None:
    """A verb leaves what is as it wants it, and never lets go on what somebody made stand still."""
    assert (reason_to_leave(verb, now, everything=everything) is not None) == left


def test_what_has_failed_is_named_where_resume_leaves_it() -> None:
    """Resuming does not restart what has failed: it says which command does."""
    assert "messina deploy restart" in (reason_to_leave("resume", FAILED) or "")


def test_pause_and_resume_are_done_whatever_has_failed() -> None:
    """A failed task stays failed through pause and resume: they do not wait for it."""
    assert reached("pause", seen("PAUSED", "PAUSED", "FAILED", expected=2))
    assert not reached("pause", seen("PAUSED", "RUNNING"))
    assert reached("resume", seen("RUNNING", "RUNNING", "FAILED", expected=2))
    assert not reached("resume", GONE)
    assert not reached("restart", FAILED)


def test_a_restart_is_believed_when_it_lasts() -> None:
    """An old failure that still shows, and a moment of running, decide nothing yet."""
    course = Course("restart")
    assert course.see(FAILED, 0) is None
    assert course.see(seen("RUNNING", "RESTARTING"), 1) is None
    assert course.see(RUNS, 2) is None
    assert course.see(FAILED, 3) is None
    assert course.see(FAILED, 3 + FAILED_FOR) is False
    course = Course("restart")
    assert course.see(RUNS, 0) is None
    assert course.see(RUNS, RUNS_FOR) is True
    assert Course("pause").see(PAUSED, 0) is True
