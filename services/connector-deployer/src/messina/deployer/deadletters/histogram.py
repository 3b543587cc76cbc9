"""How many letters there are, by table and reason: made while they are read, one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from messina.deployer.deadletters.cases import STATES, UNSETTLED, State
from messina.deployer.deadletters.letters import Letter
from messina.deployer.deadletters.reasons import Reason
from messina.deployer.resources import Value


class Bar(Value):
    """Letters of one table and one reason.

    Attributes:
        table: whose.
        reason: why.
        counts: how many, by what became of them.
        first_ms, last_ms: when the oldest and the newest of the records came into their topic.
    """

    table: str
    reason: Reason
    counts: Mapping[State, int]
    first_ms: int
    last_ms: int

    @property
    def letters(self) -> int:
        """How many in all."""
        return sum(self.counts.values())


class Histogram(Value):
    """All letters that are meant.

    Attributes:
        pipeline: whose.
        bars: by table and reason.
        notes: what could not be read, and the like.
    """

    pipeline: str
    bars: tuple[Bar, ...] = ()
    notes: tuple[str, ...] = ()

    def count(self, state: State) -> int:
        """How many letters are in a state."""
        return sum(bar.counts.get(state, 0) for bar in self.bars)

    @property
    def unsettled(self) -> int:
        """How many letters tell of rows that may be wrong in Postgres."""
        return sum(map(self.count, UNSETTLED))


@dataclass
class Counting:
    """A histogram in the making."""

    _counts: dict[tuple[str, Reason], dict[State, int]] = field(default_factory=dict)
    _times: dict[tuple[str, Reason], tuple[int, int]] = field(default_factory=dict)

    def take(self, letter: Letter, state: State) -> None:
        """Count a letter."""
        which, at = (letter.table, letter.reason), letter.told.at_ms
        counts = self._counts.setdefault(which, dict.fromkeys(STATES, 0))
        counts[state] += 1
        first, last = self._times.get(which, (at, at))
        self._times[which] = min(first, at), max(last, at)

    def result(self, pipeline: str, notes: tuple[str, ...] = ()) -> Histogram:
        """Return what was counted, most unsettled letters first."""
        bars = [
            Bar(
                table=table,
                reason=reason,
                counts=dict(counts),
                first_ms=self._times[table, reason][0],
                last_ms=self._times[table, reason][1],
            )
            for (table, reason), counts in self._counts.items()
        ]
        bars.sort(key=lambda b: (-sum(b.counts[s] for s in UNSETTLED), b.table, str(b.reason)))
        return Histogram(pipeline=pipeline, bars=tuple(bars), notes=notes)
