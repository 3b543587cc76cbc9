"""A clock that goes on while this process, or the machine, sleeps."""

import time

_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def running() -> float:
    """Return seconds that only go on: through a stopped process, on Linux a suspended machine too.

    A virtual machine that its host has paused may not notice.
    """
    return time.clock_gettime(_CLOCK)
