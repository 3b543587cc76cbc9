"""What a replay would do, as a value: rows by table and reason. Made while letters are read."""

from dataclasses import dataclass, field
from typing import Any

from messina.deployer.deadletters.letters import Letter
from messina.deployer.deadletters.reasons import Reason
from messina.deployer.resources import Value

MOST_COUNTED = 1_000_000
"""So many rows are told apart; of more it is said that they are at least so many."""


class Due(Value):
    """What would be asked for of one table and reason.

    Attributes:
        table, reason: of the newest letter that was counted.
        letters: how many.
        rows: of how many rows that were not counted under another reason.
        keyless: letters without a key, which nothing can be asked for by.
    """

    table: str
    reason: Reason
    letters: int
    rows: int
    keyless: int


class ReplayPlan(Value):
    """What a replay would ask for.

    Attributes:
        due: by table and reason.
        exact: whether rows were told apart to the last.
    """

    due: tuple[Due, ...] = ()
    exact: bool = True

    @property
    def rows(self) -> int:
        """How many rows would be asked for."""
        return sum(one.rows for one in self.due)

    @property
    def letters(self) -> int:
        """How many letters they have."""
        return sum(one.letters for one in self.due)

    @property
    def keyless(self) -> int:
        """How many letters can't be replayed."""
        return sum(one.keyless for one in self.due)

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON can hold it."""
        return {
            "rows": self.rows,
            "letters": self.letters,
            "keyless": self.keyless,
            "exact": self.exact,
            "due": [one.model_dump(mode="json") for one in self.due],
        }


@dataclass
class Planning:
    """A plan in the making."""

    _counts: dict[tuple[str, Reason], list[int]] = field(default_factory=dict)
    _rows: set[int] = field(default_factory=set)
    _exact: bool = True

    def take(self, letter: Letter) -> None:
        """Count a letter that is to be replayed."""
        counts = self._counts.setdefault((letter.table, letter.reason), [0, 0, 0])
        counts[0] += 1
        if not letter.case.keyed:
            counts[2] += 1
            return
        if len(self._rows) >= MOST_COUNTED:
            self._exact = False
            return
        row = hash(letter.case.id)
        if row not in self._rows:
            self._rows.add(row)
            counts[1] += 1

    def result(self) -> ReplayPlan:
        """Return the plan, most rows first."""
        due = [
            Due(table=table, reason=reason, letters=letters, rows=rows, keyless=keyless)
            for (table, reason), (letters, rows, keyless) in self._counts.items()
        ]
        due.sort(key=lambda one: (-one.rows, one.table, str(one.reason)))
        return ReplayPlan(due=tuple(due), exact=self._exact)
