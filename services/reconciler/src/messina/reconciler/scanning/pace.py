"""How fast the source is read: below a ceiling, and slower where the cluster grows slow.

The pace is a share of the time in which a page may be asked for. It is halved when the last five
pages took three times as long as they used to (their median: one of them says nothing), to an
eighth at least, and grows a little with each page that does not: additive increase, multiplicative
decrease, as TCP has it. What pages used to take is a slow mean, that a few slow pages can't move,
but a cluster that is slow for good can.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median
from types import SimpleNamespace
from typing import Any

_LEAST = 1 / 8
_LATELY = 5
_STEP = 1 / 32
_SLOW = 3.0
_GRACE = 0.02
_FIRST = 8
_ROWS = 1_000
"""Pages have different sizes: what counts is the time that so many rows take."""
_QUICK, _LAZY = 0.2, 0.01


class Pace:
    """The pace of one reader.

    Attributes:
        share: of the time in which it reads; 1 is as fast as it can.
        slowed: how often it was halved.
    """

    def __init__(self, ceiling: "Ceiling | None" = None) -> None:
        self.share = 1.0
        self.slowed = 0
        self._usual: float | None = None
        self._lately: deque[float] = deque(maxlen=_LATELY)
        self._pages = 0
        self._ceiling = ceiling

    def __call__(self, rows: int, seconds: float) -> float:
        """Take in a page; return the seconds to wait before the next is asked for."""
        self._pages += 1
        each = seconds / max(rows, _ROWS) * _ROWS
        self._lately.append(each)
        if self._usual is None or self._pages <= _FIRST:
            # the first ones open connections and caches
            self._usual = each if self._usual is None else min(self._usual, each)
        else:
            self._usual += (_QUICK if each < self._usual else _LAZY) * (each - self._usual)
            now = median(self._lately)
            if now <= _SLOW * self._usual + _GRACE:
                self.share = min(1.0, self.share + _STEP)
            elif len(self._lately) == _LATELY:
                self.share = max(_LEAST, self.share / 2)
                self.slowed += 1
                self._lately.clear()  # what comes now shows whether that was enough
        pause = seconds * (1 / self.share - 1)
        return max(pause, self._ceiling.take(rows) if self._ceiling is not None else 0.0)


class Ceiling:
    """So many rows a second for all processes together: each page takes its time from one clock.

    Args:
        rows_per_second: the ceiling.
        shared: one number of the system's monotonic clock, in memory that all of them have.
        lock: what all of them take turns by.
        now: that clock, in seconds.
    """

    def __init__(
        self,
        rows_per_second: int,
        shared: Any,
        lock: AbstractContextManager[Any],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each = 1 / rows_per_second
        self._shared = shared
        self._lock = lock
        self._now = now

    @classmethod
    def of(cls, rows_per_second: int) -> "Ceiling":
        """A ceiling of this process alone."""
        return cls(rows_per_second, SimpleNamespace(value=0.0), threading.Lock())

    def become(self, rows_per_second: int) -> None:
        """Let so many rows a second pass from now on, in this process."""
        with self._lock:
            self._each = 1 / rows_per_second

    def take(self, rows: int) -> float:
        """Take the time that so many rows have; return the seconds until it is over."""
        with self._lock:
            now = self._now()
            begins = max(now, self._shared.value)
            self._shared.value = begins + rows * self._each
            return float(self._shared.value - now)
