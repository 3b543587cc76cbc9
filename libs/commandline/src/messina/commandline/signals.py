"""Ends that are asked for by a signal."""

import signal
import sys
from types import FrameType


def leave_politely() -> None:
    """Let SIGTERM and SIGHUP end the process as ctrl-C does: what was begun is undone, or told.

    The exit code is 143 or 129 then. Who set a handler already, or ignores the signal, keeps that.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)


def _leave(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)
