"""How rows that differ are asked for: what every way of it takes and gives."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from messina.kafka import Target
from messina.reconciler.recheck import Table
from messina.reconciler.recheck.settling import HIDDEN
from messina.reconciler.sides import Key, Row, Shape
from messina.reconciler.store import RepairOutcome, Settled, Shown, StoredDiscrepancy
from messina.types import show

Offsets = Mapping[int, int | None]
"""By partition, the last offset of what was asked for."""


class Reasons(Protocol):
    """What could be to blame."""

    def stuck(self, target: Target) -> str:
        """Why nothing gets through to a table."""

    def differs(self, target: Target) -> str:
        """Why a row differs though the sink has passed its event."""


class Reaching(Protocol):
    """How far sinks are."""

    def poll(self) -> None:
        """Take in what is new."""

    def reached(self, target: Target, last_offsets: Offsets) -> bool:
        """Whether a table's sink is past offsets."""


@dataclass(frozen=True)
class Due:
    """A row that is to be repaired, as both sides have it now."""

    found: StoredDiscrepancy
    table: Table
    target: Target
    key: Key
    possible: bool = True
    """Whether the source can have such a key."""
    source: Row | None = None
    sink: Row | None = None

    def settled(self, outcome: RepairOutcome, reason: str | None = None) -> Settled:
        """What became of it."""
        return Settled(self.found.id, outcome, shown_row(self.table.shape, self.sink), reason)


@dataclass(frozen=True)
class Asked:
    """What came of asking for rows.

    Attributes:
        answers: by table, where the events of rows that were asked for end.
        late: why others have none, by the rows' numbers.
        silent: tables of which nothing was heard, and why.
    """

    answers: Sequence[tuple[Target, Offsets]] = ()
    late: Mapping[int, str] = field(default_factory=dict)
    silent: Mapping[Target, str] = field(default_factory=dict)


class Asking(Protocol):
    """A way to have rows written again. What is asked for is stored as meant before."""

    @property
    def rounds(self) -> int:
        """How often a row is asked for that differs once the sink has passed its event."""

    def found(
        self, target: Target, idents: Collection[str], since_ms: int, until_ms: int
    ) -> set[str]:
        """Which of what a process meant to ask for, that was killed, is in Kafka.

        Args:
            target: what it is of.
            idents: what it would have been asked for by.
            since_ms, until_ms: when that was, in milliseconds since 1970.
        """

    def ask(self, due: Sequence[Due], patience: float) -> Asked:
        """Ask for rows, and wait until their events are in Kafka.

        Args:
            due: rows; no two of one key.
            patience: seconds that an answer is waited for.
        """


def by_target(due: Iterable[Due]) -> dict[Target, list[Due]]:
    """Rows by what they are rows of."""
    found: dict[Target, list[Due]] = {}
    for row in due:
        found.setdefault(row.target, []).append(row)
    return found


def shown_row(shape: Shape, row: Row | None) -> Shown | None:
    """A row as people read it, its masked columns hidden; None where there is none."""
    if row is None:
        return None
    return {
        name: HIDDEN if name in shape.masked else show(cql_type, value)
        for name, cql_type, value in zip(shape.names, shape.types, row, strict=True)
    }
