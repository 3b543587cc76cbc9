"""What healing counts, how long it waits, and who is told."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from messina.reconciler.gaps.values import OpenGap

Seen = Callable[[Sequence[OpenGap], int], None]
"""Is told of gaps, and the time in microseconds since 1970."""


def unseen(gaps: Sequence[OpenGap], now_us: int) -> None:
    """Tell nobody."""


class Later(Exception):
    """What was asked for was not done in time."""


@dataclass
class Tally:
    """What was done so far."""

    closed: int = 0
    rearmed: int = 0
    put_off: int = 0
    signalled: int = 0
    compared: int = 0


@dataclass(frozen=True)
class Patience:
    """How long is waited for what, in seconds.

    Attributes:
        answer: for a signal's answer, and for its rows to be in Postgres.
        first: until the first try after one in vain; each further one takes twice as long.
        longest: the longest such pause.
    """

    answer: float = 60.0
    first: float = 1.0
    longest: float = 300.0

    def pause_us(self, gap: OpenGap) -> int:
        """When to try next, from now: at random, so that many do not come at once."""
        first, longest = self.first, self.longest
        if gap.kind == "unreadable":
            first, longest = first * 30, longest * 12
        bound = min(longest, first * 2.0 ** min(gap.attempts, 30))
        return int(random.uniform(0.5, 1.0) * bound * 1e6)
