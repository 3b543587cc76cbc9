"""What a comparison found, as frozen values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MOST = 10_000
"""How many differences a report holds, where nobody says otherwise: all of them are counted."""
Kind = Literal["missing_in_sink", "extra_in_sink", "different"]


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """A column of one row with two values, as people read them."""

    column: str
    source: str
    sink: str

    def __str__(self) -> str:
        return f"{self.column}: source {self.source}, sink {self.sink}"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A row that still differed after it was given time to settle.

    `key` holds names and values of the primary key; `columns` is empty unless the kind is
    different.
    """

    table: str
    kind: Kind
    key: tuple[tuple[str, str], ...]
    columns: tuple[ColumnDifference, ...] = ()
    key_json: str = field(default="", compare=False)
    """The key as signals have it."""

    def __str__(self) -> str:
        key = ", ".join(f"{name}={value}" for name, value in self.key)
        what = self.kind.replace("_", " ")
        details = "; ".join(map(str, self.columns))
        return f"{self.table} ({key}): {what}" + (f": {details}" if details else "")

    def as_json(self) -> dict[str, Any]:
        """The discrepancy as JSON can hold it."""
        return {
            "table": self.table,
            "kind": self.kind,
            "key": dict(self.key),
            "columns": {c.column: {"source": c.source, "sink": c.sink} for c in self.columns},
        }


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table. Rows are those that the scans saw.

    `in_flight` candidates became equal when they were read again; `unsettled` ones never kept still
    for long enough to say.
    """

    table: str
    rows_in_source: int
    rows_in_sink: int
    in_flight: int
    unsettled: int
    discrepancies: tuple[Discrepancy, ...]
    notes: tuple[str, ...] = ()
    """What of it was not compared, and why."""
    share: float = 1.0
    """Which share of the ring of tokens was looked at."""
    counted: int | None = None
    """How many rows differ; None: those that are held."""

    @property
    def differing(self) -> int:
        """How many rows differ, also of those that are not held."""
        return len(self.discrepancies) if self.counted is None else self.counted

    @property
    def equal(self) -> bool:
        """Whether every row that was looked at was shown to be equal."""
        return not self.differing and not self.unsettled


@dataclass(frozen=True, slots=True)
class Report:
    """All tables of one comparison; of the rows that differ some, if they are many."""

    pipeline: str
    tables: tuple[TableReport, ...]
    seconds: float

    @property
    def discrepancies(self) -> tuple[Discrepancy, ...]:
        """The discrepancies of all tables that are held."""
        return tuple(found for table in self.tables for found in table.discrepancies)

    @property
    def differing(self) -> int:
        """How many rows differ, in all tables."""
        return sum(table.differing for table in self.tables)

    @property
    def equal(self) -> bool:
        """Whether every row of every table was shown to be equal."""
        return all(table.equal for table in self.tables)

    def as_json(self, limit: int | None = None) -> dict[str, Any]:
        """The report as JSON can hold it, with `limit` discrepancies at most.

        `left_out` is how many rows differ that are not among `discrepancies`.
        """
        shown = self.discrepancies[:limit]
        return {
            "pipeline": self.pipeline,
            "equal": self.equal,
            "seconds": round(self.seconds, 3),
            "tables": [
                {
                    "table": table.table,
                    "equal": table.equal,
                    "rows_in_source": table.rows_in_source,
                    "rows_in_sink": table.rows_in_sink,
                    "in_flight": table.in_flight,
                    "unsettled": table.unsettled,
                    "discrepancies": table.differing,
                    "notes": list(table.notes),
                    "share": table.share,
                }
                for table in self.tables
            ],
            "discrepancies": [found.as_json() for found in shown],
            "left_out": self.differing - len(shown),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a comparison is: `done` rows of one step, of about `total` where that is known.

    Steps of a table: `sink` and `source` read all its rows; `recheck` counts the candidates that
    are decided, and `waiting` says what for; `repair` the rows that are. `outcomes` is how many
    rows came to what since it was last told: of a recheck `equal`, `unsettled`, or how
    they differ.
    """

    table: str
    step: Literal["sink", "source", "recheck", "repair"]
    done: int
    total: int | None
    waiting: str = ""
    outcomes: Mapping[str, int] = field(default_factory=dict)


def told_to(*listeners: "OnProgress | None") -> "OnProgress":
    """Tell several of progress; None is nobody."""
    known = [each for each in listeners if each is not None]

    def tell(progress: Progress) -> None:
        for each in known:
            each(progress)

    return tell


OnProgress = Callable[[Progress], None]
