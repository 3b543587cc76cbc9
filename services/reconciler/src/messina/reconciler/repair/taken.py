"""How far sinks are, by what they have committed: for a pipeline without watermarks."""

import time
from collections.abc import Mapping

from messina.kafka import Positions, SinkOf, Target, past
from messina.reconciler.repair.asking import Offsets

_PAUSE_S = 0.5


class Taken:
    """Follows what sinks have committed.

    Args:
        positions: where groups stand.
        sinks: where tables go.
    """

    def __init__(self, positions: Positions, sinks: Mapping[Target, SinkOf]) -> None:
        self._positions = positions
        self._sinks = dict(sinks)
        self._known: dict[str, tuple[float, dict[str, dict[int, int]]]] = {}

    def poll(self) -> None:
        """Nothing: who asks is told what is so now."""

    def reached(self, target: Target, last_offsets: Offsets) -> bool:
        """Whether the sink is past offsets, asked for every half second.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        sink = self._sinks[target]
        asked, known = self._known.get(sink.group, (-_PAUSE_S, {}))
        if past(last_offsets, known.get(sink.topic, {})):
            return True
        if time.monotonic() - asked < _PAUSE_S:
            return False
        known = self._stands(sink)
        self._known[sink.group] = time.monotonic(), known
        return past(last_offsets, known[sink.topic])

    def why_not(self, target: Target) -> str:
        """What the sink has left to take."""
        sink = self._sinks[target]
        stands = self._stands(sink)[sink.topic]
        for number, end in sorted(self._positions.ends(sink.topic).items()):
            if stands.get(number, 0) < end:
                at = stands.get(number)
                reads = "never read" if at is None else f"reads offset {at} next"
                return f"{sink.group} {reads} of {sink.topic}, partition {number}, of {end}"
        return f"{sink.group} has taken all of {sink.topic}"

    def _stands(self, sink: SinkOf) -> dict[str, dict[int, int]]:
        """Where a sink stands in all topics that it reads: one request is enough for them."""
        topics = {one.topic: one.slices for one in self._sinks.values() if one.group == sink.group}
        return self._positions.committed_of({sink.group: topics})[sink.group]
