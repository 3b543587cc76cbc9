"""Why a row that was asked for again is still not what it should be."""

from collections.abc import Mapping
from typing import Protocol

from messina.kafka import (
    ConnectClient,
    KafkaProblem,
    Positions,
    Target,
    describe,
)
from messina.kafka.deadletters import TOPIC_SETTING


class Following(Protocol):
    """How far sinks are."""

    def why_not(self, target: Target) -> str:
        """What keeps a table's changes from being applied."""


class Blame:
    """Looks at what could be to blame: the sink's state, and its dead letters since the beginning.

    Args:
        connect: Kafka Connect.
        positions: where topics end.
        applied: how far sinks are.
        sinks: by table, the name of its sink connector.
    """

    def __init__(
        self,
        connect: ConnectClient,
        positions: Positions,
        applied: Following,
        sinks: Mapping[Target, str],
    ) -> None:
        self._connect = connect
        self._positions = positions
        self._applied = applied
        self._sinks = dict(sinks)
        self._letters = {target: self._dead_letters(target) for target in self._sinks}

    def stuck(self, target: Target) -> str:
        """Why nothing gets through to a table."""
        return f"{self._applied.why_not(target)}{self._state(target)}"

    def differs(self, target: Target) -> str:
        """Why a row differs though the sink has passed its event; empty where nothing shows."""
        before, now = self._letters.get(target), self._dead_letters(target)
        if before is not None and now is not None and now[1] > before[1]:
            return (
                f"; meanwhile {now[1] - before[1]:,} records came to the dead letters in {now[0]}"
            )
        return self._state(target)

    def _state(self, target: Target) -> str:
        name = self._sinks.get(target, "")
        try:
            status = self._connect.status(name)
        except KafkaProblem:
            return "; Kafka Connect does not answer"
        if status is None:
            return f"; there is no connector {name}"
        running = status.connector.state == "RUNNING" and status.running() == len(status.tasks)
        return "" if running and status.tasks else f"; {name}: {describe(status)}"

    def _dead_letters(self, target: Target) -> tuple[str, int] | None:
        """The topic of a sink's dead letters, and how many ever came there."""
        try:
            connector = self._connect.get(self._sinks[target])
            topic = None if connector is None else connector.config.get(TOPIC_SETTING)
            return None if not topic else (topic, sum(self._positions.ends(topic).values()))
        except KafkaProblem:
            return None
