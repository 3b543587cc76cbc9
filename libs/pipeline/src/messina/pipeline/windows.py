"""How closely a table's log is followed."""

from dataclasses import dataclass
from datetime import timedelta

from messina.pipeline.scalars import milliseconds

SHARE = 0.3
"""Of a latency target, how much is the window and how much the confidence; the rest is the road."""
LONGEST = timedelta(seconds=10)
"""Neither is made longer than this for a latency target, however large."""


@dataclass(frozen=True)
class Windows:
    """What a source connector is told, in milliseconds.

    Attributes:
        window_ms: how much of the log is read at once.
        confidence_ms: how old a window is when it is read.
        safe_confidence_ms: how old it is at its second look; ScyllaDB's own connector has none.
    """

    window_ms: int
    confidence_ms: int
    safe_confidence_ms: int

    @property
    def floor_ms(self) -> int:
        """The longest that a change waits before it is read."""
        return self.window_ms + self.confidence_ms


def of_target(latency: timedelta) -> timedelta:
    """Return the window, which is the confidence too, that a latency target leaves room for."""
    part = timedelta(milliseconds=int(milliseconds(latency) * SHARE))
    return min(max(part, timedelta(milliseconds=1)), LONGEST)
