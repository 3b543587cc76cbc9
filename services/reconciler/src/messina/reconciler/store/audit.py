"""Repairs: what was meant, what was asked for, and what came of it."""

from collections.abc import Iterable, Iterator, Sequence

from messina.reconciler.store.database import Database, as_json
from messina.reconciler.store.values import (
    Intent,
    RepairRow,
    Run,
    Settled,
    StoredDiscrepancy,
    Unsure,
)

_COLUMNS = (
    "discrepancy, table_name, static, key_json, kind, before, after, signal_id, attempts,"
    " correlation_id, asked_by, intended_at, signalled_at, outcome, reason, settled_at"
)

_DUE = (
    "FROM {s}.discrepancies AS d LEFT JOIN {s}.repairs AS r ON r.run = d.run"
    " AND r.discrepancy = d.id WHERE d.run = %s AND coalesce(r.outcome, 'not_cured') = 'not_cured'"
)


class Audit:
    """The repairs of runs.

    A repair is stored as meant before anything is asked for; one without an outcome is open: its
    signal may have been sent or not, and may have been served or not.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def intend(self, run: Run, intents: Iterable[Intent]) -> None:
        """Store what is about to be asked for; one that is open gets its new signal.

        What the sink had at the first attempt is kept; so is, while it is open, that it was asked
        for before.
        """
        meant = list(intents)
        self._database.run(
            "storing what is to be repaired",
            "INSERT INTO {s}.repairs (run, discrepancy, table_name, static, key_json, kind,"
            " before, signal_id, attempts, correlation_id)"
            " SELECT d.run, d.id, d.table_name, d.static, d.key_json, d.kind, i.before,"
            " i.signal, 1, %s FROM unnest(%s::bigint[], %s::text[]::json[], %s::text[])"
            " AS i(id, before, signal)"
            " JOIN {s}.discrepancies AS d ON d.run = %s AND d.id = i.id"
            " ON CONFLICT (run, discrepancy) DO UPDATE SET signal_id = excluded.signal_id,"
            " attempts = repairs.attempts + 1, outcome = NULL, reason = NULL, signalled_at ="
            " CASE WHEN repairs.outcome IS NULL THEN repairs.signalled_at END,"
            " intended_at = clock_timestamp(), after = NULL, settled_at = NULL"
            " WHERE repairs.outcome IS DISTINCT FROM 'verified'",
            run.correlation_id,
            [each.discrepancy_id for each in meant],
            [as_json(each.before) for each in meant],
            [each.signal_id for each in meant],
            run.id,
        )

    def signalled(self, run: Run, signal_ids: Sequence[str]) -> None:
        """Store that signals are in Kafka."""
        self._database.run(
            "storing that signals were sent",
            "UPDATE {s}.repairs SET signalled_at = clock_timestamp()"
            " WHERE run = %s AND signal_id = ANY(%s) AND outcome IS NULL",
            run.id,
            list(signal_ids),
        )

    def unsure(self, run: Run) -> list[Unsure]:
        """What is open and may have been asked for: whoever meant to was killed before noting it.

        Each signal once, with the time at which the first of its rows was meant.
        """
        return [
            Unsure(*row)
            for row in self._database.rows(
                "looking for repairs that may have been asked for",
                "SELECT table_name, static, signal_id, min(intended_at) FROM {s}.repairs"
                " WHERE run = %s AND outcome IS NULL AND signal_id IS NOT NULL"
                " AND (signalled_at IS NULL OR signalled_at < intended_at) GROUP BY 1, 2, 3",
                run.id,
            )
        ]

    def settle(self, run: Run, settled: Iterable[Settled]) -> None:
        """Store what became of repairs, also of rows for which nothing had to be asked."""
        ended = list(settled)
        self._database.run(
            "storing what became of repairs",
            "INSERT INTO {s}.repairs (run, discrepancy, table_name, static, key_json, kind, before,"
            " after, outcome, reason, settled_at, correlation_id)"
            " SELECT d.run, d.id, d.table_name, d.static, d.key_json, d.kind, e.after, e.after,"
            " e.outcome, e.reason, clock_timestamp(), %s"
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]::json[], %s::text[])"
            " AS e(id, outcome, after, reason)"
            " JOIN {s}.discrepancies AS d ON d.run = %s AND d.id = e.id"
            " ON CONFLICT (run, discrepancy) DO UPDATE SET outcome = CASE"
            # whose signal was sent before its process was killed: it was asked for, and is cured
            " WHEN excluded.outcome = 'not_needed' AND repairs.signalled_at IS NOT NULL"
            " THEN 'verified' ELSE excluded.outcome END,"
            " after = excluded.after, reason = excluded.reason, settled_at = excluded.settled_at"
            " WHERE repairs.outcome IS DISTINCT FROM 'verified'",
            run.correlation_id,
            [each.discrepancy_id for each in ended],
            [each.outcome for each in ended],
            [as_json(each.after) for each in ended],
            [each.reason for each in ended],
            run.id,
        )

    def due(self, run: Run, after: int, limit: int) -> list[StoredDiscrepancy]:
        """What is not known to be repaired: never tried, open, or not cured; by number.

        Args:
            run: whose.
            after: only those with a greater id.
            limit: how many at most.
        """
        return [
            StoredDiscrepancy(*row)
            for row in self._database.rows(
                "reading what is to be repaired",
                "SELECT d.id, d.table_name, d.static, d.key_json, d.kind, d.columns, d.found_at"
                f" {_DUE} AND d.id > %s ORDER BY d.id LIMIT %s",
                run.id,
                after,
                limit,
            )
        ]

    def due_counts(self, run: Run) -> list[tuple[str, bool, str, int]]:
        """How much that is: table, whether its static columns, kind, number."""
        query = f"SELECT d.table_name, d.static, d.kind, count(*) {_DUE} GROUP BY 1, 2, 3"
        rows = self._database.rows("counting what is to be repaired", query, run.id)
        return [(str(row[0]), bool(row[1]), str(row[2]), int(row[3])) for row in rows]

    def rows(self, run_id: str) -> Iterator[RepairRow]:
        """The audit of a run, in the order in which rows were found."""
        for _, *row in self._database.stream(
            "reading the audit of repairs",
            f"SELECT discrepancy, {_COLUMNS} FROM {{s}}.repairs"
            " WHERE run = %s AND discrepancy > %s ORDER BY discrepancy LIMIT %s",
            run_id,
        ):
            yield RepairRow(*row)

    def counts(self, run_id: str) -> dict[str, int]:
        """How many repairs of a run have which outcome; `open` are those without one."""
        return dict(
            self._database.rows(
                "counting repairs",
                "SELECT coalesce(outcome, 'open'), count(*) FROM {s}.repairs WHERE run = %s"
                " GROUP BY 1 ORDER BY 1",
                run_id,
            )
        )
