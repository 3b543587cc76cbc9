"""What a comparison, a repair or a backfill knows of itself, as Prometheus's metrics.

The core knows nothing of them: it tells of its progress, here as on the screen.
"""

import time
from collections import deque
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from messina.reconciler.backfill.pace import Filled
from messina.reconciler.report import Progress
from messina.telemetry.serving import Answer, Beat

_STUCK_S = 600.0
"""Twice as long as anything is waited for without a word."""
_WINDOW_S = 30.0


class Pace:
    """Rows a second over the last half minute.

    Args:
        clock: seconds that only go on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque([(clock(), 0)])
        self._rows = 0

    def add(self, rows: int) -> None:
        """Count rows."""
        self._rows += rows
        now = self._clock()
        if now - self._seen[-1][0] >= 0.5:
            self._seen.append((now, self._rows))
        while len(self._seen) > 1 and self._seen[1][0] <= now - _WINDOW_S:
            self._seen.popleft()

    def __call__(self) -> float:
        """Return how fast they come."""
        since, before = self._seen[0]
        seconds = self._clock() - since
        return (self._rows - before) / seconds if seconds > 0 else 0.0


class WatchedRun:
    """Follows one command: told of its progress, asked over HTTP.

    Args:
        pipeline: whose tables.
        clock: seconds that only go on.

    Attributes:
        registry: the metrics.
        beat: for /healthz: well while something is told.
    """

    def __init__(self, pipeline: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = CollectorRegistry()
        self.beat = Beat(within=_STUCK_S, clock=clock)
        self._pipeline = pipeline
        self._clock = clock
        self._now: dict[str, object] = {"step": "beginning"}
        self._done: dict[tuple[str, str], int] = {}
        self._paces: dict[str, Pace] = {}

    def ready(self) -> Answer:
        """Return what is being done."""
        return Answer(True, dict(self._now))

    def _pace(self, step: str, gauge: Gauge) -> Pace:
        if step not in self._paces:
            self._paces[step] = Pace(self._clock)
            # asked when somebody looks: what stands has no pace, though nobody tells
            gauge.labels(self._pipeline, step).set_function(self._paces[step])
        return self._paces[step]


class WatchedComparison(WatchedRun):
    """Follows a comparison, and the repair behind it."""

    def __init__(self, pipeline: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(pipeline, clock)
        registry = self.registry
        self._rows = Counter(
            "messina_reconcile_rows",
            "Rows read, of the sink or of the source.",
            ["pipeline", "table", "step"],
            registry=registry,
        )
        self._expected = Gauge(
            "messina_reconcile_rows_expected",
            "About how many rows there are to read.",
            ["pipeline", "table", "step"],
            registry=registry,
        )
        self._rate = Gauge(
            "messina_reconcile_rows_per_second",
            "Rows read a second, over the last half minute.",
            ["pipeline", "step"],
            registry=registry,
        )
        self._decided = Counter(
            "messina_reconcile_decided",
            "Rows that looked different and were read again: equal, unsettled, or how they differ.",
            ["pipeline", "table", "outcome"],
            registry=registry,
        )
        self._due = Gauge(
            "messina_reconcile_repairs_due",
            "Rows that are to be repaired, of all that were found.",
            ["pipeline"],
            registry=registry,
        )
        self._repairs = Counter(
            "messina_reconcile_repairs",
            "Rows that were repaired, or not, by outcome.",
            ["pipeline", "outcome"],
            registry=registry,
        )

    def __call__(self, progress: Progress) -> None:
        """Take in how far it is."""
        self.beat.tick()
        self._now = {
            "step": progress.step,
            "table": progress.table,
            "done": progress.done,
            "total": progress.total,
            "waiting": progress.waiting,
        }
        if progress.step in ("sink", "source"):
            which = (progress.table, progress.step)
            new = max(0, progress.done - self._done.get(which, 0))
            self._done[which] = progress.done
            self._rows.labels(self._pipeline, *which).inc(new)
            self._pace(progress.step, self._rate).add(new)
            if progress.total is not None:
                self._expected.labels(self._pipeline, *which).set(progress.total)
        elif progress.step == "recheck":
            for outcome, count in progress.outcomes.items():
                self._decided.labels(self._pipeline, progress.table, outcome).inc(count)
        else:
            self._due.labels(self._pipeline).set((progress.total or 0) - progress.done)
            for outcome, count in progress.outcomes.items():
                self._repairs.labels(self._pipeline, outcome).inc(count)


class WatchedBackfill(WatchedRun):
    """Follows a backfill."""

    def __init__(self, pipeline: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(pipeline, clock)

        def gauge(name: str, what: str) -> Gauge:
            return Gauge(f"messina_backfill_{name}", what, ["pipeline"], registry=self.registry)

        self._gauges = {
            "rows": gauge("rows", "Rows of ranges that are in Postgres."),
            "estimated_rows": gauge("rows_expected", "About how many rows there are."),
            "ranges": gauge("ranges", "Ranges of tokens that there are."),
            "ranges_done": gauge("ranges_done", "Ranges that are in Postgres."),
            "rows_per_second": gauge("rows_per_second", "Over the last half minute."),
            "seconds_left": gauge("seconds_left", "A guess; there from when it can be made."),
        }

    def __call__(self, filled: Filled) -> None:
        """Take in how far it is."""
        self.beat.tick()
        known = {name: getattr(filled, name) for name in self._gauges}
        self._now = {"step": "backfill", **known}
        for name, value in known.items():
            if value is not None:
                self._gauges[name].labels(self._pipeline).set(value)
