"""How many rows of one table and reason are asked for at once, and when to leave it. No I/O.

A sink task fails when a thousand records in a row are rejected, as it is then not the records. So a
replay whose cause is still there must not bring it down: of each table and reason a few rows go
first, more follow once some came through, and where none did the rest is not asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

FIRST = 10
"""So many rows of a kind go first."""
MOST = 500
"""So many rows are asked for at once."""
_GROWS = 5

Kind = tuple[str, str]
"""A topic, and a reason."""

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Trial:
    """How rows of one kind fare.

    Attributes:
        allowed: how many may be asked for at once.
        in_a_row: how many came back since one came through.
    """

    allowed: int = FIRST
    in_a_row: int = 0

    @property
    def hopeless(self) -> bool:
        """Whether the cause is still there, as far as anybody can tell."""
        return self.in_a_row >= FIRST

    def after(self, through: int, back: int) -> "Trial":
        """How it stands after so many came through, and so many came back."""
        if not through:
            return replace(self, allowed=FIRST, in_a_row=self.in_a_row + back)
        more = self.allowed * _GROWS if through >= back else FIRST
        return Trial(min(MOST, more), 0)


@dataclass(frozen=True)
class Trials:
    """How rows of all kinds fare."""

    of: Mapping[Kind, Trial] = field(default_factory=dict)

    def trial(self, kind: Kind) -> Trial:
        """How those of a kind fare."""
        return self.of.get(kind, Trial())

    def after(self, came: Mapping[Kind, tuple[int, int]]) -> "Trials":
        """How they stand after a batch: by kind, how many came through, and how many back."""
        changed = {kind: self.trial(kind).after(*counts) for kind, counts in came.items()}
        return Trials({**self.of, **changed})

    def choose(
        self, waiting: Sequence[tuple[Kind, RowT]]
    ) -> tuple[list[tuple[Kind, RowT]], list[tuple[Kind, RowT]], list[tuple[Kind, RowT]]]:
        """Return which rows to ask for next, which wait, and which are not asked for at all."""
        now: list[tuple[Kind, RowT]] = []
        later: list[tuple[Kind, RowT]] = []
        never: list[tuple[Kind, RowT]] = []
        taken: dict[Kind, int] = {}
        for kind, row in waiting:
            trial = self.trial(kind)
            if trial.hopeless:
                never.append((kind, row))
            elif len(now) < MOST and taken.get(kind, 0) < trial.allowed:
                taken[kind] = taken.get(kind, 0) + 1
                now.append((kind, row))
            else:
                later.append((kind, row))
        return now, later, never
