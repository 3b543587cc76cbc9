"""What a repair would do, as a value, and whether it may."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from messina.reconciler.report import Kind
from messina.reconciler.store import PartCounts

KINDS: tuple[Kind, ...] = ("missing_in_sink", "different", "extra_in_sink")
FEW = 20
"""So many rows of a table may be repaired whatever share of it they are."""
_WORDS = {"missing_in_sink": "written", "different": "written over", "extra_in_sink": "deleted"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be repaired at once.

    Attributes:
        repairs: so many rows of all tables together.
        share: such a part of a table's rows, from 0 to 1.
    """

    repairs: int = 10_000
    share: float = 0.1


@dataclass(frozen=True, slots=True)
class PartPlan:
    """What would be done to one Postgres table.

    Attributes:
        rows_in_source, rows_in_sink: how many were compared.
        due: how many rows of each kind.
    """

    table: str
    static: bool
    rows_in_source: int
    rows_in_sink: int
    due: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many rows would be asked for."""
        return sum(self.due.values())

    @property
    def share(self) -> float:
        """Which part of the rows that is, from 0 to 1."""
        rows = max(self.rows_in_source, self.rows_in_sink)
        return min(1.0, self.total / rows) if rows else 1.0

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.table} (static columns)" if self.static else self.table

    def __str__(self) -> str:
        parts = [f"{self.due[k]:,} {_WORDS[k]}" for k in KINDS if self.due.get(k)]
        return f"{self.name}: {', '.join(parts)} in Postgres"


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """What would be done."""

    parts: tuple[PartPlan, ...]

    @property
    def total(self) -> int:
        """How many rows would be asked for."""
        return sum(part.total for part in self.parts)

    def refusals(self, limits: Limits) -> tuple[str, ...]:
        """Why this may not be done, in words; empty where it may."""
        return tuple(self._refusals(limits))

    def _refusals(self, limits: Limits) -> Iterator[str]:
        if self.total > limits.repairs:
            yield f"{self.total:,} rows to repair are more than --max-repairs {limits.repairs}"
        for part in self.parts:
            extra = part.due.get("extra_in_sink", 0)
            if extra and not part.rows_in_source and limits.share < 1:
                yield (
                    f"no row of {part.name} was found in the source: all {extra:,} rows that were "
                    "compared would be deleted from Postgres (--max-share 100% allows it)"
                )
            elif part.total > FEW and part.share > limits.share:
                yield (
                    f"{part}: {part.share:.1%} of its rows, more than --max-share "
                    f"{limits.share:.0%}"
                )

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON can hold it."""
        return {
            "rows": self.total,
            "tables": [
                {
                    "table": part.table,
                    "static": part.static,
                    "share": round(part.share, 4),
                    **{kind: part.due.get(kind, 0) for kind in KINDS},
                }
                for part in self.parts
            ],
        }


def repair_plan(
    due: Iterable[tuple[str, bool, str, int]], counts: Iterable[PartCounts]
) -> RepairPlan:
    """Return what would be done.

    Args:
        due: table, whether its static columns, kind, and how many such rows are to be repaired.
        counts: how many rows of each part were compared.
    """
    known = {(each.table, each.static): each for each in counts}
    kinds: dict[tuple[str, bool], dict[str, int]] = {}
    for table, static, kind, number in due:
        kinds.setdefault((table, static), {})[kind] = number
    parts = []
    for (table, static), found in sorted(kinds.items()):
        sums = known.get((table, static), PartCounts(table, static))
        parts.append(PartPlan(table, static, sums.rows_in_source, sums.rows_in_sink, found))
    return RepairPlan(tuple(parts))
