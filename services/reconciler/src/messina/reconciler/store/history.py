"""What is kept of past runs, and for how long."""

from dataclasses import dataclass
from datetime import timedelta

from messina.reconciler.store.audit import Audit
from messina.reconciler.store.counts import part_counts
from messina.reconciler.store.database import Database
from messina.reconciler.store.runs import LOCK_KEY
from messina.reconciler.store.values import PastRun

_HELD = (
    "EXISTS (SELECT FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.objsubid = 1"
    " AND l.granted AND ((l.classid::bigint << 32) | l.objid::bigint) = {key})"
).format(key=LOCK_KEY.format(id="r.id"))


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long runs are kept.

    Attributes:
        age: runs older than this go.
        number: of a pipeline, no more than the newest so many stay.
        audited: runs that repaired something stay so long, however many there are.
    """

    age: timedelta = timedelta(days=30)
    number: int = 200
    audited: timedelta = timedelta(days=365)


class History:
    """The past runs of one pipeline."""

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline

    def runs(self, limit: int, run_id: str | None = None) -> tuple[PastRun, ...]:
        """The newest runs, the newest first; or the one that is named."""
        rows = self._database.rows(
            "reading the history",
            "SELECT r.id::text, r.correlation_id, r.kind, CASE WHEN r.state <> 'running' THEN"
            f" r.state WHEN {_HELD} THEN 'running' ELSE 'interrupted' END,"
            " r.started_at, r.finished_at, r.resumed, r.error, r.options FROM {s}.runs AS r"
            " WHERE r.pipeline = %s AND (%s::text IS NULL OR r.id::text = %s)"
            " ORDER BY r.started_at DESC, r.id LIMIT %s",
            self._pipeline,
            run_id,
            run_id,
            limit,
        )
        audit = Audit(self._database)
        return tuple(
            PastRun(*(*row, part_counts(self._database, row[0]), audit.counts(row[0])))
            for row in rows
        )

    def prune(self, keeping: Keeping, held: frozenset[str] = frozenset()) -> int:
        """Forget old runs with all that belongs to them, and return how many they were.

        Args:
            keeping: what stays.
            held: runs of this session, which stay as those of others that go on.
        """
        gone = 0
        for (run_id,) in self._due(keeping):
            if run_id in held:
                continue
            key = LOCK_KEY.format(id="%s")
            with self._database.transaction("pruning the history"):
                free = self._database.rows(
                    "pruning the history", f"SELECT pg_try_advisory_xact_lock({key})", run_id
                )
                if free[0][0]:
                    gone += self._database.run(
                        "pruning the history", "DELETE FROM {s}.runs WHERE id = %s", run_id
                    )
        return gone

    def _due(self, keeping: Keeping) -> list[tuple[str]]:
        return [
            (str(run_id),)
            for (run_id,) in self._database.rows(
                "pruning the history",
                "SELECT id::text FROM (SELECT r.id, r.started_at,"
                " row_number() OVER (ORDER BY r.started_at DESC, r.id) AS place,"
                " EXISTS (SELECT FROM {s}.repairs AS p WHERE p.run = r.id) AS audited"
                " FROM {s}.runs AS r WHERE r.pipeline = %s) AS known"
                " WHERE CASE WHEN audited THEN started_at < clock_timestamp() - %s"
                " ELSE started_at < clock_timestamp() - %s OR place > %s END",
                self._pipeline,
                keeping.audited,
                keeping.age,
                keeping.number,
            )
        ]
