"""What a watcher knows, for those who ask it from other threads: readyz and metrics."""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping

from messina.deployer.watching.model import Act, Breaker, Dependency, Event, Seen
from messina.telemetry.serving import Answer

FRESH_S = 15.0
"""Seconds for which what was looked at last is as good as now."""


class View:
    """What is known, replaced as a whole after each round.

    Args:
        pipeline: which one is watched.
    """

    def __init__(self, pipeline: str) -> None:
        self.pipeline = pipeline
        self.role = "starting"
        self.fenced = 0
        self.stuck = 0
        self.breakers: Mapping[str, Breaker] = {}
        self.seen: Mapping[str, Seen] = {}
        self.dependencies: Mapping[str, Dependency] = {}
        self.acts: Counter[tuple[str, str, str]] = Counter()
        self.events: Counter[tuple[str, str]] = Counter()
        self._blind: str | None = None
        self._at = float("-inf")
        self.lock = threading.Lock()

    def looked(
        self,
        breakers: Mapping[str, Breaker],
        seen: Mapping[str, Seen],
        dependencies: Mapping[str, Dependency],
    ) -> None:
        """Take in what a round has found."""
        with self.lock:
            self.breakers, self.seen = dict(breakers), dict(seen)
            self.dependencies = dict(dependencies)
            self._blind, self._at = None, time.monotonic()

    def blind(self, reason: str) -> None:
        """Take in that a round has found nothing."""
        self._blind = reason

    @property
    def is_blind(self) -> bool:
        """Whether the last round has found nothing."""
        return self._blind is not None

    def happened(self, events: Iterable[Event]) -> None:
        """Count what happened to connectors."""
        with self.lock:
            self.events.update((one.connector or "", one.event) for one in events)

    def acted(self, act: Act, why: str | None) -> None:
        """Count what was done, or not."""
        with self.lock:
            self.acts[act.connector, act.deed, "done" if why is None else "not done"] += 1

    def ready(self) -> Answer:
        """Return whether it leads, or stands by with all that was recorded."""
        age = time.monotonic() - self._at
        facts: dict[str, object] = {"role": self.role, "pipeline": self.pipeline}
        if self._at > float("-inf"):
            facts["looked_s"] = round(age, 3)
        if self._blind is not None:
            facts["blind"] = self._blind
        return Answer(self._blind is None and age < FRESH_S, facts)
