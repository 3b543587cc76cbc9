"""What is on its way: how much of it at a time, and what is waited for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.store.gaps import DueGaps

Steps = Iterator[None]

MOST = {"keys": 2_000, "range": 100, "tokens": 1, "person": 0}
LANES = {"keys": 4, "range": 4, "tokens": 1, "person": 0}
"""How many batches of a slice are on their way at a time."""
_HELD, _LEAST = 40_000, 10
"""How many keys are on their way in all, however many slices they are of; of a batch at least."""
MOST_TOKENS = 2
"""How many stretches of a table, each of another slice: each reads all of the sink's keys."""


@dataclass
class Batch:
    """Gaps of one slice that are healed together."""

    due: DueGaps
    gaps: list[OpenGap]
    steps: Steps
    ended: bool = False
    partly: set[object] = field(default_factory=set)
    """Gaps of which more rows differ than are read again at a time."""


@dataclass
class Gate:
    """Up to which moment a table's changes are in Postgres, and which moment is waited for."""

    until_us: int = -1
    waiting_us: int | None = None
    since: float = 0.0


def keys_a_batch(due: Iterable[DueGaps], on_way: Iterable[Batch]) -> int:
    """How many keys a batch has: every slice has as much room, whichever of them stand.

    Args:
        due: what could be begun.
        on_way: what was.
    """
    all_of_it = (*due, *(batch.due for batch in on_way))
    slices = {(each.table, each.static, each.slice) for each in all_of_it if each.work == "keys"}
    room = _HELD // (LANES["keys"] * max(1, len(slices)))
    return max(_LEAST, min(MOST["keys"], room))
