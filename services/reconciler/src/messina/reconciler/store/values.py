"""What the store takes and gives, as frozen values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from messina.reconciler.report import Kind

RunKind = Literal["compare", "backfill"]
State = Literal["running", "equal", "different", "done", "failed"]
Outcome = Literal["in_flight", "unsettled", "missing_in_sink", "extra_in_sink", "different"]
RepairOutcome = Literal["verified", "not_needed", "not_cured"]
Shown = Mapping[str, Any]
"""Columns with values as people read them; masked ones hidden."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run, as it was when it was begun or resumed.

    Attributes:
        id: a UUID's text.
        correlation_id: what its logs, signals and events are known by, also after a resume.
        planned: whether its ranges are stored; if not, `plan` is due.
    """

    id: str
    correlation_id: str
    kind: RunKind
    state: State
    started_at: datetime
    options: Mapping[str, Any]
    planned: bool = False
    resumed: int = 0


@dataclass(frozen=True, slots=True)
class PlannedRange:
    """A range of tokens of one table, from `after` (exclusive) to `upto` (inclusive).

    Attributes:
        table: the source's name of it, without `__static`.
        static: whether what its partitions share is meant.
    """

    table: str
    static: bool
    after: int
    upto: int
    estimated_rows: int | None = None


@dataclass(frozen=True, slots=True)
class RangeRow:
    """A planned range with its number in the run."""

    id: int
    table: str
    static: bool
    after: int
    upto: int
    estimated_rows: int | None = None


@dataclass(frozen=True, slots=True)
class CandidateKey:
    """A key whose rows looked different: its canonical JSON, as `messina.types.key_json` has it."""

    key_json: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored candidate."""

    id: int
    table: str
    static: bool
    key_json: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a candidate.

    Attributes:
        columns: of rows that differ: `{column: {"source": …, "sink": …}}` as shown.
    """

    candidate_id: int
    outcome: Outcome
    columns: Shown = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredDiscrepancy:
    """A row that differed for good."""

    id: int
    table: str
    static: bool
    key_json: str
    kind: Kind
    columns: Shown
    found_at: datetime


@dataclass(frozen=True, slots=True)
class PartCounts:
    """Sums of one part of a table in a run.

    Attributes:
        ranges, ranges_done: how many there are, and how many were compared.
        candidates: how many rows looked different; `undecided` of them are still open.
    """

    table: str
    static: bool
    ranges: int = 0
    ranges_done: int = 0
    rows_in_source: int = 0
    rows_in_sink: int = 0
    candidates: int = 0
    undecided: int = 0
    in_flight: int = 0
    unsettled: int = 0
    missing_in_sink: int = 0
    extra_in_sink: int = 0
    different: int = 0

    @property
    def discrepancies(self) -> int:
        """How many rows differ for good."""
        return self.missing_in_sink + self.extra_in_sink + self.different

    def as_json(self) -> dict[str, Any]:
        """The sums as JSON can hold them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Intent:
    """A repair that is about to be asked for.

    Attributes:
        before: the sink's row as shown, None where there is none.
        signal_id: the signal that will ask for it.
    """

    discrepancy_id: int
    before: Shown | None
    signal_id: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a repair.

    Attributes:
        after: the sink's row as shown, None where there is none.
        reason: why it is not cured.
    """

    discrepancy_id: int
    outcome: RepairOutcome
    after: Shown | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Unsure:
    """Repairs that were meant, and that nobody noted as asked for: their process is gone.

    Attributes:
        signal_id: what they would have been asked for by.
        meant_at: when they were meant.
    """

    table: str
    static: bool
    signal_id: str
    meant_at: datetime


@dataclass(frozen=True, slots=True)
class RepairRow:
    """One line of the audit."""

    discrepancy_id: int
    table: str
    static: bool
    key_json: str
    kind: Kind
    before: Shown | None
    after: Shown | None
    signal_id: str | None
    attempts: int
    correlation_id: str
    asked_by: str
    intended_at: datetime
    signalled_at: datetime | None
    outcome: RepairOutcome | None
    reason: str | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run in the history.

    Attributes:
        state: as stored, but `interrupted` for one that was left by its process.
        parts: its sums, as far as it got.
        repairs: how many of each outcome; `open` are those without one.
    """

    id: str
    correlation_id: str
    kind: RunKind
    state: str
    started_at: datetime
    finished_at: datetime | None
    resumed: int
    error: str | None
    options: Mapping[str, Any]
    parts: tuple[PartCounts, ...]
    repairs: Mapping[str, int]
