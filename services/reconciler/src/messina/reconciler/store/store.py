"""The store: one connection with the sink's database, in which runs leave what they know."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from messina.pipeline import PostgresEndpoint
from messina.reconciler.store.audit import Audit
from messina.reconciler.store.counts import part_counts
from messina.reconciler.store.database import SCHEMA, Database, as_json
from messina.reconciler.store.history import History, Keeping
from messina.reconciler.store.runs import Runs
from messina.reconciler.store.values import (
    Candidate,
    CandidateKey,
    PartCounts,
    PastRun,
    PlannedRange,
    RangeRow,
    Run,
    RunKind,
    State,
    StoredDiscrepancy,
    Verdict,
)


class Store:
    """What runs of one pipeline leave in Postgres; all of it is safe to repeat.

    One connection, for the process that leads a run; its threads may share it.

    Attributes:
        audit: the repairs.
        database: for what else is kept beside runs.
    """

    def __init__(self, database: Database, pipeline: str) -> None:
        self.database = database
        self.audit = Audit(database)
        self._runs = Runs(database, pipeline)
        self._history = History(database, pipeline)

    @classmethod
    def open(
        cls, server: PostgresEndpoint | str, pipeline: str, *, schema: str = SCHEMA
    ) -> "Store":
        """Connect, and bring the schema up to date.

        Args:
            server: the sink's database, or a connection string.
            pipeline: whose runs are meant.
            schema: where they are kept.

        Raises:
            PostgresError: if it can't be had; it says the SQL where a permission is missing.
            SecretsError: if there is no password.
        """
        return cls(Database.open(server, schema), pipeline)

    def close(self) -> None:
        """Close the connection; a run that is not finished can be resumed then."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(
        self, kind: RunKind, options: Mapping[str, Any], keeping: Keeping | None = None
    ) -> Run:
        """Begin a run, which this connection holds until it ends; old ones are forgotten.

        Args:
            kind: what it does.
            options: what it was told, as JSON can hold it; a resumed run is told the same.
            keeping: which past runs stay.
        """
        run = self._runs.begin(kind, options)
        self.prune(keeping or Keeping())
        return run

    def resume(self, kind: RunKind, run_id: str | None = None, *, finished: bool = False) -> Run:
        """Take up a run that its process left or that failed, and hold it.

        Args:
            kind: what it does.
            run_id: which; None is the newest that is unfinished.
            finished: take one that is finished as well, as to repair what it found.

        Raises:
            RunNotFound: if the pipeline has no such run.
            NothingToResume: if none is unfinished.
            StillRunning: if its process is at it.
        """
        return self._runs.resume(kind, run_id, finished=finished)

    def finish(self, run: Run, state: State, error: str | None = None) -> None:
        """End a run. What it found stays; a failed one can be resumed."""
        self._runs.finish(run, state, error)

    def plan(self, run: Run, ranges: Sequence[PlannedRange]) -> None:
        """Store a run's ranges, all or none; if there are any, nothing is changed."""
        with self.database.transaction("storing the plan of a run"):
            first = self.database.run(
                "storing the plan of a run",
                "UPDATE {s}.runs SET planned_at = clock_timestamp()"
                " WHERE id = %s AND planned_at IS NULL",
                run.id,
            )
            if first:
                self.database.copy(
                    "storing the plan of a run",
                    "COPY {s}.ranges (run, id, table_name, static, after_token, upto_token,"
                    " estimated_rows) FROM STDIN",
                    (
                        (run.id, n, r.table, r.static, r.after, r.upto, r.estimated_rows)
                        for n, r in enumerate(ranges, 1)
                    ),
                )

    def pending(self, run: Run) -> list[RangeRow]:
        """The ranges that are not done, in the order of the plan."""
        return [
            RangeRow(*row)
            for row in self.database.rows(
                "reading the plan of a run",
                "SELECT id, table_name, static, after_token, upto_token, estimated_rows"
                " FROM {s}.ranges WHERE run = %s AND done_at IS NULL ORDER BY id",
                run.id,
            )
        ]

    def finish_range(
        self,
        run: Run,
        range_id: int,
        *,
        rows_in_source: int,
        rows_in_sink: int,
        candidates: Iterable[CandidateKey] = (),
    ) -> None:
        """Store what a range found, in one transaction; one that is done stays as it is."""
        what = "storing what a range found"
        with self.database.transaction(what):
            found = self.database.rows(
                what,
                "UPDATE {s}.ranges SET done_at = clock_timestamp(), rows_in_source = %s,"
                " rows_in_sink = %s WHERE run = %s AND id = %s AND done_at IS NULL"
                " RETURNING table_name, static",
                rows_in_source,
                rows_in_sink,
                run.id,
                range_id,
            )
            if found:
                table, static = found[0]
                self.database.copy(
                    what,
                    "COPY {s}.candidates (run, table_name, static, key_json) FROM STDIN",
                    ((run.id, table, static, each.key_json) for each in candidates),
                )

    def undecided(self, run: Run, limit: int = 1_000, *, after: int = 0) -> list[Candidate]:
        """Candidates without a verdict, the oldest first.

        Args:
            run: whose.
            limit: how many at most.
            after: only those with a greater id.
        """
        return [
            Candidate(*row)
            for row in self.database.rows(
                "reading candidates",
                "SELECT id, table_name, static, key_json FROM {s}.candidates"
                " WHERE run = %s AND outcome IS NULL AND id > %s ORDER BY id LIMIT %s",
                run.id,
                after,
                limit,
            )
        ]

    def decide(self, run: Run, verdicts: Iterable[Verdict]) -> None:
        """Store verdicts; those that differ become discrepancies. The first verdict holds."""
        given = list(verdicts)
        self.database.run(
            "storing verdicts",
            "WITH decided AS (UPDATE {s}.candidates AS c"
            " SET outcome = v.outcome, decided_at = clock_timestamp()"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]::json[]) AS v(id, outcome, columns)"
            " WHERE c.run = %s AND c.id = v.id AND c.outcome IS NULL"
            " RETURNING c.run, c.id, c.table_name, c.static, c.key_json, c.outcome, v.columns)"
            " INSERT INTO {s}.discrepancies (run, table_name, static, key_json, kind, columns)"
            " SELECT run, table_name, static, key_json, outcome, columns FROM decided"
            " WHERE outcome IN ('missing_in_sink', 'extra_in_sink', 'different') ORDER BY id",
            [each.candidate_id for each in given],
            [each.outcome for each in given],
            [as_json(each.columns) for each in given],
            run.id,
        )

    def discrepancies(self, run: Run | str) -> Iterator[StoredDiscrepancy]:
        """The rows that differ for good, in the order in which that was found."""
        for row in self.database.stream(
            "reading discrepancies",
            "SELECT id, table_name, static, key_json, kind, columns, found_at"
            " FROM {s}.discrepancies WHERE run = %s AND id > %s ORDER BY id LIMIT %s",
            run if isinstance(run, str) else run.id,
        ):
            yield StoredDiscrepancy(*row)

    def counts(self, run: Run) -> tuple[PartCounts, ...]:
        """The sums of each part of a run, as far as it got."""
        return part_counts(self.database, run.id)

    def history(self, limit: int = 20, run_id: str | None = None) -> tuple[PastRun, ...]:
        """The newest runs of the pipeline, the newest first; or the one that is named."""
        return self._history.runs(limit, run_id)

    def prune(self, keeping: Keeping) -> int:
        """Forget old runs, but none that goes on; returns how many."""
        return self._history.prune(keeping, frozenset(self._runs.held))
