"""What sinks wait for that are RUNNING for Kafka Connect: a refusal, a full disk, an outage."""

from collections.abc import Mapping

from messina.deployer.durations import duration
from messina.deployer.resources import Value
from messina.deployer.secrecy import cleared
from messina.kafka import Wait

WAITS_LONG_S = 120.0
"""Seconds that a sink may wait for what time cures; from then on somebody has to look."""


class Waiting(Value):
    """What a sink waits for, that is RUNNING for Kafka Connect.

    Attributes:
        seconds: for how long its batch could not be written.
        why: what the last try said.
    """

    seconds: float
    why: str

    @property
    def long(self) -> bool:
        """Whether it has waited for longer than any outage should last unseen."""
        return self.seconds >= WAITS_LONG_S

    def words(self) -> str:
        """Return it in a line: `has waited for 4 m 10 s: Postgres can't take them: …`."""
        return f"has waited for {duration(self.seconds)}: {self.why}"


def waiting(waits: Mapping[str, Wait], now: float) -> dict[str, Waiting]:
    """Return what sinks wait for, as it is shown.

    Args:
        waits: what their tasks said.
        now: the time, in seconds since 1970.
    """
    return {
        name: Waiting(seconds=round(max(0.0, now - one.since), 1), why=cleared(one.why))
        for name, one in waits.items()
    }
