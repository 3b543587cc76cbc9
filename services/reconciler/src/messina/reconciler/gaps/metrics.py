"""What healing knows, as Prometheus's metrics. Its core knows nothing of them."""

import time
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.store.gapcounts import GapCounts
from messina.telemetry.serving import Answer, Beat

_STUCK_S = 180.0
_EVERY_S = 15.0
_BUCKETS = (0.5, 1, 2, 3, 5, 7, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 86_400)


class Watched:
    """Follows one process that heals: told of each gap, asked over HTTP.

    Args:
        pipeline: whose gaps.

    Attributes:
        registry: the metrics.
        beat: for /healthz: well while the loop goes round.
    """

    def __init__(self, pipeline: str) -> None:
        self.registry = CollectorRegistry()
        self.beat = Beat(within=_STUCK_S)
        self._pipeline = pipeline
        self._why_not: str | None = "not opened yet"
        self._look_at = 0.0
        names, registry = ["pipeline", "kind"], self.registry
        self._open = Gauge(
            "messina_gaps_open", "Open gaps; about, of very many.", names, registry=registry
        )
        self._due = Gauge("messina_gaps_due", "Open gaps that are due.", names, registry=registry)
        self._age = Gauge(
            "messina_gaps_oldest_due_seconds",
            "For how long the oldest open gap has been due; 0: none is.",
            names,
            registry=registry,
        )
        self._healed = Counter("messina_gaps_healed", "Gaps healed.", names, registry=registry)
        self._failed = Counter(
            "messina_gaps_failed", "Tries that were in vain.", names, registry=registry
        )
        self._took = Histogram(
            "messina_gap_seconds",
            "Seconds from a gap's due time until it was healed.",
            names,
            buckets=_BUCKETS,
            registry=registry,
        )
        self._compared = Gauge(
            "messina_compare_age_seconds",
            "Seconds since a comparison of the table ended that found it equal, or different.",
            ["pipeline", "table"],
            registry=registry,
        )

    def healed(self, gaps: Sequence[OpenGap], now_us: int) -> None:
        """Count gaps that were healed."""
        for gap in gaps:
            self._healed.labels(self._pipeline, gap.kind).inc()
            late = max(0.0, (now_us - gap.due_us) / 1e6)
            self._took.labels(self._pipeline, gap.kind).observe(late)

    def failed(self, gaps: Sequence[OpenGap], now_us: int) -> None:
        """Count tries in vain."""
        for gap in gaps:
            self._failed.labels(self._pipeline, gap.kind).inc()

    def stands(self, why: str | None) -> None:
        """Note why nothing is healed; None: it is."""
        self._why_not = why

    def ready(self) -> Answer:
        """Return whether gaps are being healed."""
        return Answer(self._why_not is None, {"reason": self._why_not or "healing"})

    def look(self, counts: GapCounts) -> None:
        """Note that the loop goes round; now and then, count what is open."""
        self.beat.tick()
        if time.monotonic() < self._look_at:
            return
        began = time.monotonic()
        now = time.time()
        for gauge in (self._open, self._due, self._age):
            gauge.clear()
        for each in counts.kinds(int(now * 1e6)):
            oldest_us = each.oldest_due_us
            self._open.labels(self._pipeline, each.kind).set(each.open)
            self._due.labels(self._pipeline, each.kind).set(each.due)
            age = 0.0 if oldest_us is None else max(0.0, now - oldest_us / 1e6)
            self._age.labels(self._pipeline, each.kind).set(age)
        for name, seconds in counts.compared().items():
            self._compared.labels(self._pipeline, name).set(seconds)
        # it may take its time where the server is busy: no more than a twentieth of all
        took = time.monotonic() - began
        self._look_at = began + took + max(_EVERY_S, took * 20)
