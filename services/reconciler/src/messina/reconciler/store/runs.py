"""Runs: begun, taken up again, ended; each held by a lock of its session."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from messina.reconciler.store.counts import part_counts, stored_counts
from messina.reconciler.store.database import Database, as_json
from messina.reconciler.store.errors import NothingToResume, RunNotFound, StillRunning
from messina.reconciler.store.values import Run, RunKind, State
from messina.telemetry import correlation_id, new_correlation_id

_COLUMNS = (
    "id::text, correlation_id, kind, state, started_at, options," " planned_at IS NOT NULL, resumed"
)
LOCK_KEY = "hashtextextended('messina.run:' || {id}::text, 0)"
"""The advisory lock of a run; `{id}` is the run's id in SQL."""


class Runs:
    """The runs of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self.held: set[str] = set()

    def begin(self, kind: RunKind, options: Mapping[str, Any]) -> Run:
        """Store a new run and hold it."""
        run_id = str(uuid4())
        self._hold(run_id)
        rows = self._database.rows(
            "storing a run",
            "INSERT INTO {s}.runs (id, pipeline, kind, options, correlation_id)"
            f" VALUES (%s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
            run_id,
            self._pipeline,
            kind,
            as_json(options),
            correlation_id() or new_correlation_id(),
        )
        return Run(*rows[0])

    def resume(self, kind: RunKind, run_id: str | None, *, finished: bool) -> Run:
        """Take up a run that its process left; see `Store.resume`."""
        found = self._find(kind, run_id, finished)
        self._hold(found)
        # Only now: until it was held, its process may have finished it.
        rows = self._database.rows(
            "resuming a run",
            "UPDATE {s}.runs SET state = 'running', finished_at = NULL, error = NULL,"
            " resumed = resumed + 1"
            " WHERE id = %s AND pipeline = %s AND kind = %s"
            " AND (state IN ('running', 'failed') OR %s)"
            f" RETURNING {_COLUMNS}",
            found,
            self._pipeline,
            kind,
            finished,
        )
        if not rows:
            self._release(found)
            raise NothingToResume(self._pipeline, kind, found)
        return Run(*rows[0])

    def finish(self, run: Run, state: State, error: str | None) -> None:
        """End a run: its sums are kept, its candidates go; of one that failed, the candidates stay.

        Sums that were kept once stay, however often it is taken up, killed, and taken up again.
        """
        with self._database.transaction("finishing a run"):
            counts = json.dumps(stored_counts(part_counts(self._database, run.id)))
            self._database.run(
                "finishing a run",
                "UPDATE {s}.runs SET state = %s, error = %s, finished_at = clock_timestamp(),"
                " counts = coalesce(counts, %s::json) WHERE id = %s",
                state,
                error,
                None if state == "failed" else counts,
                run.id,
            )
            if state != "failed":
                self._database.run(
                    "finishing a run", "DELETE FROM {s}.candidates WHERE run = %s", run.id
                )
        self._release(run.id)

    def _find(self, kind: RunKind, run_id: str | None, finished: bool) -> str:
        if run_id is not None:
            rows = self._database.rows(
                "looking for a run",
                "SELECT id::text, kind, state FROM {s}.runs WHERE id = %s AND pipeline = %s",
                _uuid(run_id, self._pipeline),
                self._pipeline,
            )
            if not rows or rows[0][1] != kind:
                raise RunNotFound(run_id, self._pipeline)
            if rows[0][2] not in ("running", "failed") and not finished:
                raise NothingToResume(self._pipeline, kind, run_id)
            return str(rows[0][0])
        rows = self._database.rows(
            "looking for a run",
            "SELECT id::text FROM {s}.runs WHERE pipeline = %s AND kind = %s"
            " AND state IN ('running', 'failed') ORDER BY started_at DESC, id LIMIT 1",
            self._pipeline,
            kind,
        )
        if not rows:
            raise NothingToResume(self._pipeline, kind)
        return str(rows[0][0])

    def _hold(self, run_id: str) -> None:
        key = LOCK_KEY.format(id="%s")
        rows = self._database.rows("holding a run", f"SELECT pg_try_advisory_lock({key})", run_id)
        if not rows[0][0]:
            raise StillRunning(run_id, self._holder(run_id))
        self.held.add(run_id)

    def _release(self, run_id: str) -> None:
        if run_id in self.held:
            key = LOCK_KEY.format(id="%s")
            self._database.rows("releasing a run", f"SELECT pg_advisory_unlock({key})", run_id)
            self.held.discard(run_id)

    def _holder(self, run_id: str) -> str:
        rows = self._database.rows(
            "looking who holds a run",
            "SELECT a.pid, coalesce(host(a.client_addr), 'local'), a.backend_start"
            " FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted"
            f" AND ((l.classid::bigint << 32) | l.objid::bigint) = {LOCK_KEY.format(id='%s')}",
            run_id,
        )
        if not rows:
            return "its process has just ended"
        pid, host, since = rows[0]
        return f"from {host} since {since:%Y-%m-%d %H:%M:%S} UTC, Postgres session {pid}"


def _uuid(text: str, pipeline: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise RunNotFound(text, pipeline) from None
