"""The table of open gaps: what healing works from, and what it leaves there.

Several processes may heal at a time: each takes gaps for itself, under the number of an advisory
lock that it holds. What a process that is gone had taken is free again.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from messina.reconciler.gaps.values import OpenGap, Work
from messina.reconciler.store.database import Database
from messina.reconciler.store.gapcounts import KNOWN, GapCounts
from messina.scylla import MAX_TOKEN

Ident = tuple[UUID, int]

_LOCKS = 0x6D676170
"""The first number of the advisory locks of those who heal."""
_COLUMNS = (
    "subject, slot, table_name, static, kind, work, partition_key, lower_key, lower_inclusive,"
    " upper_key, upper_inclusive, from_token, to_token, from_us, to_us, written_us, due_us,"
    " reason, correlation_id, next_us, attempts, error, slice"
)
_TYPES = (
    "uuid bigint text boolean text text text text boolean text boolean bigint bigint bigint bigint"
    " bigint bigint text text bigint integer text integer"
).split()
_ARRAYS = ", ".join(f"%s::{each}[]" for each in _TYPES)
_LIVE = (
    "ARRAY(SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
    f" AND classid = {_LOCKS} AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)


_COUNTED = 2_000
_DUE = (
    KNOWN
    + " SELECT table_name, static, work, found.count, found.latest, slice FROM known, LATERAL ("
    "SELECT count(*) AS count, max(due_us) AS latest FROM (SELECT due_us FROM {s}.gaps AS g"
    " WHERE pipeline = %s AND next_us <= %s AND holder IS NULL AND g.table_name ="
    " known.table_name AND g.static = known.static AND g.work = known.work AND g.slice ="
    " known.slice ORDER BY next_us LIMIT %s) AS early) AS found"
    " WHERE found.count > 0 ORDER BY 1, 2, 3, 6"
)


@dataclass(frozen=True, slots=True)
class DueGaps:
    """What of one slice of a table is due, of more than 2,000 those that wait longest.

    Attributes:
        latest_us: when the latest of them fell due.
        slice: which slice; -1: it is not known.
    """

    table: str
    static: bool
    work: Work
    count: int
    latest_us: int
    slice: int = -1


@dataclass(frozen=True, slots=True)
class GapSums:
    """How many gaps of a pipeline are open.

    Attributes:
        due: how many of them are due, or were tried in vain.
        failing: how many were tried in vain at least once.
        for_people: how many need a person.
        oldest_due_us: when the oldest of them that is not a person's fell due.
    """

    open: int
    due: int
    failing: int
    for_people: int
    oldest_due_us: int | None


class GapTable:
    """The open gaps of one pipeline.

    Args:
        database: where they are.
        pipeline: whose.

    Attributes:
        counts: how many there are.
    """

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline
        self._holder: int | None = None
        self.counts = GapCounts(database, pipeline)

    def note(self, gaps: Iterable[OpenGap]) -> int:
        """Store gaps, each once; of those with one subject and slot the latest due time counts.

        Returns:
            How many rows were written.
        """
        latest: dict[Ident, OpenGap] = {}
        for gap in gaps:
            known = latest.get(gap.ident)
            if known is None or gap.due_us >= known.due_us:
                latest[gap.ident] = gap
        # in one order everywhere: two who write the same rows do not wait for each other in a ring
        rows = [_values(latest[ident]) for ident in sorted(latest)]
        if not rows:
            return 0
        return self._database.run(
            "storing gaps",
            f"INSERT INTO {{s}}.gaps AS g (pipeline, {_COLUMNS})"
            f" SELECT %s, * FROM unnest({_ARRAYS})"
            " ON CONFLICT (pipeline, subject, slot) DO UPDATE SET due_us = excluded.due_us,"
            " written_us = excluded.written_us, correlation_id = excluded.correlation_id,"
            " reason = excluded.reason, next_us = greatest(g.next_us, excluded.next_us),"
            " from_token = excluded.from_token"
            " WHERE excluded.due_us > g.due_us",
            self._pipeline,
            *(list(column) for column in zip(*rows, strict=True)),
        )

    def due(self, now_us: int) -> list[DueGaps]:
        """What is to be done now and was not taken by anybody."""
        return [
            DueGaps(*row)
            for row in self._database.rows(
                "looking for gaps that are due",
                _DUE,
                *(self._pipeline,) * 3,
                now_us,
                _COUNTED,
            )
        ]

    def take(self, due: DueGaps, now_us: int, until_us: int, limit: int) -> list[OpenGap]:
        """Take gaps of a table for this process, the longest due first.

        Args:
            due: of which slice of a table, and by what work.
            now_us: only what is to be tried by then.
            until_us: only what fell due by then.
            limit: so many at most.
        """
        rows = self._database.rows(
            "taking gaps that are due",
            # By the rows' places: a join may be planned for a table that was empty then.
            "UPDATE {s}.gaps AS g SET holder = %s WHERE g.ctid = ANY(ARRAY("
            "SELECT ctid FROM {s}.gaps WHERE pipeline = %s"
            " AND next_us <= %s AND holder IS NULL AND table_name = %s AND static = %s"
            " AND work = %s AND slice = %s AND due_us <= %s ORDER BY next_us LIMIT %s"
            " FOR UPDATE SKIP LOCKED))"
            f" RETURNING {', '.join('g.' + name for name in _COLUMNS.split(', '))}",
            self._held(),
            self._pipeline,
            now_us,
            due.table,
            due.static,
            due.work,
            due.slice,
            until_us,
            limit,
        )
        return [OpenGap(*row) for row in rows]

    def close(self, gaps: Iterable[OpenGap]) -> None:
        """Forget gaps that are healed; one that fell due again meanwhile stays."""
        healed = list(gaps)
        which = (
            " unnest(%s::uuid[], %s::bigint[], %s::bigint[]) AS h(subject, slot, due_us)"
            " WHERE g.pipeline = %s AND g.subject = h.subject AND g.slot = h.slot"
        )
        values = (
            [gap.subject for gap in healed],
            [gap.slot for gap in healed],
            [gap.due_us for gap in healed],
            self._pipeline,
        )
        delete = f"DELETE FROM {{s}}.gaps AS g USING{which} AND g.due_us <= h.due_us"
        free = f"UPDATE {{s}}.gaps AS g SET holder = NULL FROM{which}"
        with self._database.transaction("closing gaps"):
            self._database.run("closing gaps", delete, *values)
            self._database.run("closing gaps", free, *values)

    def advance(self, gap: OpenGap, healed: int) -> None:
        """Note up to which token a gap is healed; not of one that fell due again meanwhile."""
        if healed >= MAX_TOKEN:
            return
        self._database.run(
            "noting how far a gap is healed",
            "UPDATE {s}.gaps SET from_token = greatest(from_token, %s) WHERE pipeline = %s"
            " AND subject = %s AND slot = %s AND due_us <= %s",
            healed + 1,
            self._pipeline,
            gap.subject,
            gap.slot,
            gap.due_us,
        )

    def put_off(self, gaps: Iterable[tuple[OpenGap, int, str]]) -> None:
        """Note that gaps were tried in vain: each with when to try again, and why it failed."""
        failed = list(gaps)
        self._database.run(
            "putting gaps off",
            "UPDATE {s}.gaps AS g SET holder = NULL, attempts = attempts + 1, next_us = f.next_us,"
            " error = f.error"
            " FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[])"
            " AS f(subject, slot, next_us, error)"
            " WHERE g.pipeline = %s AND g.subject = f.subject AND g.slot = f.slot",
            [gap.subject for gap, _, _ in failed],
            [gap.slot for gap, _, _ in failed],
            [next_us for _, next_us, _ in failed],
            [error[:2_000].replace("\x00", "") for _, _, error in failed],
            self._pipeline,
        )

    def give_back(self, gaps: Iterable[OpenGap]) -> None:
        """Free gaps that were taken, as they were."""
        taken = list(gaps)
        if not taken:
            return
        self._database.run(
            "giving gaps back",
            "UPDATE {s}.gaps AS g SET holder = NULL"
            " FROM unnest(%s::uuid[], %s::bigint[]) AS t(subject, slot)"
            " WHERE g.pipeline = %s AND g.subject = t.subject AND g.slot = t.slot",
            [gap.subject for gap in taken],
            [gap.slot for gap in taken],
            self._pipeline,
        )

    def free(self) -> int:
        """Free what processes had taken that are gone; return how many gaps that were."""
        return self._database.run(
            "freeing gaps of processes that are gone",
            "UPDATE {s}.gaps SET holder = NULL WHERE pipeline = %s AND holder IS NOT NULL"
            f" AND holder <> ALL ({_LIVE})",
            self._pipeline,
        )

    def about(self, now_us: int) -> GapSums:
        """How many are open, in a moment: about, where they are very many."""
        kinds = self.counts.kinds(now_us)
        trying = [each for each in kinds if not each.for_people]
        return GapSums(
            sum(each.open for each in kinds),
            sum(each.due for each in trying),
            sum(each.failing for each in kinds),
            sum(each.for_people for each in kinds),
            min((each.oldest_due_us for each in trying if each.oldest_due_us), default=None),
        )

    def sums(self, now_us: int) -> GapSums:
        """How many are open, exactly: all of the table is read."""
        row = self._database.rows(
            "counting gaps",
            "SELECT count(*), count(*) FILTER (WHERE next_us IS NOT NULL AND due_us <= %s),"
            " count(*) FILTER (WHERE attempts > 0), count(*) FILTER (WHERE next_us IS NULL),"
            " min(due_us) FILTER (WHERE next_us IS NOT NULL) FROM {s}.gaps WHERE pipeline = %s",
            now_us,
            self._pipeline,
        )[0]
        return GapSums(*row)

    def open(self, limit: int) -> list[OpenGap]:
        """The open gaps, those first that are longest due."""
        rows = self._database.rows(
            "listing gaps",
            f"SELECT {_COLUMNS} FROM {{s}}.gaps WHERE pipeline = %s"
            " ORDER BY due_us, subject, slot LIMIT %s",
            self._pipeline,
            limit,
        )
        return [OpenGap(*row) for row in rows]

    def drop(self, idents: Sequence[Ident]) -> list[Ident]:
        """Forget gaps because somebody says so; return those that there were."""
        rows = self._database.rows(
            "closing gaps by hand",
            "DELETE FROM {s}.gaps AS g USING unnest(%s::uuid[], %s::bigint[]) AS t(subject, slot)"
            " WHERE g.pipeline = %s AND g.subject = t.subject AND g.slot = t.slot"
            " RETURNING g.subject, g.slot",
            [subject for subject, _ in idents],
            [slot for _, slot in idents],
            self._pipeline,
        )
        return [(row[0], row[1]) for row in rows]

    def _held(self) -> int:
        """The number that this connection holds gaps under, for as long as it lives."""
        while self._holder is None:
            number = secrets.randbelow(2**31 - 1) + 1
            row = self._database.rows(
                "taking a number", "SELECT pg_try_advisory_lock(%s, %s)", _LOCKS, number
            )
            self._holder = number if row[0][0] else None
        return self._holder


def _values(gap: OpenGap) -> tuple[object, ...]:
    # Postgres has no NUL in texts; in JSON it is escaped.
    reason, error = (
        None if text is None else text.replace("\x00", "") for text in (gap.reason, gap.error)
    )
    return (
        gap.subject,
        gap.slot,
        gap.table,
        gap.static,
        gap.kind,
        gap.work,
        gap.partition_key,
        gap.lower,
        gap.lower_inclusive,
        gap.upper,
        gap.upper_inclusive,
        gap.from_token,
        gap.to_token,
        gap.from_us,
        gap.to_us,
        gap.written_us,
        gap.due_us,
        reason,
        gap.correlation_id,
        gap.next_us,
        gap.attempts,
        error,
        gap.slice,
    )
