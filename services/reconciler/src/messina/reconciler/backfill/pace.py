"""How fast it goes: a ceiling on rows a second, and an honest guess at what is left."""

from collections import deque
from dataclasses import dataclass

_WINDOW_S = 30.0


class Ceiling:
    """Lets so many rows a second pass, a few seconds' worth at once at most.

    Args:
        per_second: how many; None lets all pass.
    """

    def __init__(self, per_second: int | None) -> None:
        self._per_second = per_second
        self._free = 0.0
        self._at: float | None = None

    def may_pass(self, now: float) -> bool:
        """Whether something may pass now."""
        if self._per_second is None:
            return True
        if self._at is not None:
            self._free += (now - self._at) * self._per_second
        self._at = now
        self._free = min(self._free, self._per_second * 1.0)
        return self._free >= 0

    def passed(self, rows: int) -> None:
        """So many pass; what is too much is waited for before the next."""
        self._free -= rows


@dataclass(frozen=True)
class Filled:
    """How far a backfill is.

    Attributes:
        ranges: how many ranges it has.
        ranges_done: how many of them are in Postgres.
        rows: rows of ranges that are in Postgres.
        rows_read: rows that were read, in Postgres or on their way.
        estimated_rows: a guess at how many there are in all, corrected as ranges end.
        seconds_left: a guess, once there is something to guess from.
        rows_per_second: over the last half minute.
    """

    ranges: int
    ranges_done: int
    rows: int
    rows_read: int
    estimated_rows: int
    seconds_left: float | None
    rows_per_second: float


class Outlook:
    """What is known of how much there is, and how fast it goes.

    Args:
        done: the estimates of ranges that were done before, and what they had.
        left: the estimates of those that are left.
    """

    def __init__(self, done: tuple[int, int, int], left: dict[int, int]) -> None:
        self._ranges = done[0] + len(left)
        self._done, self._estimated, self._rows = done
        self._left = dict(left)
        self._read = 0
        self._seen: deque[tuple[float, int]] = deque()

    def began(self, now: float) -> None:
        """It begins now."""
        self._seen.append((now, self._rows))

    def answered(self, rows: int) -> None:
        """A range was read; its rows are on their way."""
        self._read += rows

    def applied(self, number: int, rows: int, now: float) -> None:
        """A range is in Postgres."""
        self._estimated += self._left.pop(number)
        self._done += 1
        self._rows += rows
        self._read -= rows
        self._seen.append((now, self._rows))
        while len(self._seen) > 2 and self._seen[1][0] < now - _WINDOW_S:
            self._seen.popleft()

    def now(self, now: float) -> Filled:
        """How far it is."""
        estimate = sum(self._left.values())
        if self._estimated and self._rows:
            estimate = round(estimate * self._rows / self._estimated)
        since, before = self._seen[0] if self._seen else (now, self._rows)
        rate = (self._rows - before) / (now - since) if now > since else 0.0
        return Filled(
            self._ranges,
            self._done,
            self._rows,
            self._rows + self._read,
            max(self._rows + estimate, self._rows + self._read),
            estimate / rate if rate > 0 else None,
            rate,
        )
