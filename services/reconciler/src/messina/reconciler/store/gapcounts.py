"""How many gaps are open: exactly where they are few, about where they are millions.

What is asked for all the time must not read a table that holds every row with a TTL. What is due,
or fails, is found by indexes; what only waits is reckoned from some of the table's pages.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from messina.reconciler.store.database import Database

_FEW_BYTES = 64 * 2**20
"""Some 250,000 gaps: counting these takes a moment."""
_LOOKED_AT_BYTES = 16 * 2**20
_COUNTED = 10_000

KNOWN = (
    # from one table, work and slice to the next by the index: all that is due may be millions
    "WITH RECURSIVE known AS ((SELECT table_name, static, work, slice FROM {s}.gaps"
    " WHERE pipeline = %s AND next_us IS NOT NULL AND holder IS NULL"
    " ORDER BY 1, 2, 3, 4 LIMIT 1) UNION ALL SELECT further.* FROM known, LATERAL ("
    "SELECT g.table_name, g.static, g.work, g.slice FROM {s}.gaps AS g WHERE pipeline = %s"
    " AND next_us IS NOT NULL AND holder IS NULL AND (g.table_name, g.static, g.work, g.slice)"
    " > (known.table_name, known.static, known.work, known.slice) ORDER BY 1, 2, 3, 4 LIMIT 1)"
    " AS further)"
)
"""The tables, works and slices that have gaps; it takes the pipeline twice."""
_SUMS = (
    " SELECT kind, count(*), count(*) FILTER (WHERE due_us <= %s),"
    " min(due_us) FILTER (WHERE due_us <= %s), count(*) FILTER (WHERE attempts > 0),"
    " count(*) FILTER (WHERE person) FROM "
)
_ALL = (
    "(SELECT kind, due_us, attempts, next_us IS NULL AS person FROM {s}.gaps WHERE pipeline = %s)"
    " AS g GROUP BY kind ORDER BY kind"
)
_PRESSING = (
    "(SELECT early.kind, early.due_us, early.attempts, false AS person FROM known, LATERAL ("
    "SELECT kind, due_us, attempts FROM {s}.gaps AS g WHERE pipeline = %s AND next_us <= %s"
    " AND holder IS NULL AND g.table_name = known.table_name AND g.static = known.static"
    " AND g.work = known.work AND g.slice = known.slice ORDER BY next_us LIMIT %s) AS early"
    " UNION ALL SELECT kind, due_us, attempts, false FROM {s}.gaps WHERE pipeline = %s"
    " AND holder IS NOT NULL"
    " UNION ALL SELECT kind, due_us, attempts, next_us IS NULL FROM {s}.gaps WHERE pipeline = %s"
    " AND holder IS NULL AND (attempts > 0 OR next_us IS NULL)"
    " AND (next_us > %s OR next_us IS NULL)) AS g GROUP BY kind ORDER BY kind"
)


@dataclass(frozen=True, slots=True)
class KindSums:
    """How many gaps of one kind are open.

    Attributes:
        open: how many; about, where the table is large.
        due: how many of them are due: where the table is large, of each slice 10,000 at most.
        oldest_due_us: when the oldest of these fell due.
        failing: how many were tried in vain at least once.
        for_people: how many need a person.
    """

    kind: str
    open: int
    due: int
    oldest_due_us: int | None
    failing: int
    for_people: int


class GapCounts:
    """Counts the open gaps of one pipeline, in a moment however many there are.

    Args:
        database: where they are.
        pipeline: whose.
    """

    def __init__(self, database: Database, pipeline: str) -> None:
        self._database = database
        self._pipeline = pipeline

    def kinds(self, now_us: int, few_bytes: int = _FEW_BYTES) -> list[KindSums]:
        """How many are open of each kind.

        Args:
            now_us: the time.
            few_bytes: up to which size of the table all of it is counted.
        """
        name = self._database.schema
        ((size,),) = self._database.rows(
            "looking how large the table of gaps is",
            "SELECT pg_relation_size(format('%%I.gaps', %s::text)::regclass)",
            name,
        )
        if size <= few_bytes:
            rows = self._database.rows(
                "counting gaps by kind", _SUMS + _ALL, now_us, now_us, self._pipeline
            )
            return [KindSums(*row) for row in rows]
        pipeline = self._pipeline
        rows = self._database.rows(
            "counting gaps that are due",
            KNOWN + _SUMS + _PRESSING,
            *(pipeline, pipeline, now_us, now_us),
            *(pipeline, now_us, _COUNTED),
            *(pipeline, pipeline, now_us),
        )
        return list(self._with_others([KindSums(*row) for row in rows], size))

    def _with_others(self, pressing: Iterable[KindSums], size: int) -> Iterable[KindSums]:
        """The same with what only waits, reckoned from a part of the table's pages."""
        percent = min(100.0, 100.0 * _LOOKED_AT_BYTES / size)
        seen = dict(
            self._database.rows(
                "reckoning how many gaps are open",
                "SELECT kind, count(*) FROM {s}.gaps TABLESAMPLE SYSTEM (%s::real)"
                " WHERE pipeline = %s GROUP BY kind",
                percent,
                self._pipeline,
            )
        )
        known = {each.kind: each for each in pressing}
        for kind in sorted({*known, *seen}):
            one = known.get(kind, KindSums(kind, 0, 0, None, 0, 0))
            about = max(one.open, round(int(seen.get(kind, 0)) * 100.0 / percent))
            yield KindSums(kind, about, one.due, one.oldest_due_us, one.failing, one.for_people)

    def compared(self) -> dict[str, float]:
        """For each table, how many seconds ago the last comparison of all of it ended."""
        rows = self._database.rows(
            "looking for comparisons",
            "SELECT part ->> 'table', extract(epoch FROM clock_timestamp() - max(finished_at))"
            " FROM {s}.runs, json_array_elements(counts) AS part WHERE pipeline = %s"
            " AND kind = 'compare' AND state IN ('equal', 'different')"
            " AND json_typeof(counts) = 'array'"
            # a sample, or a part of the ring, says nothing of the others
            " AND coalesce(options ->> 'sample', '1')::float8 = 1"
            " AND coalesce(options ->> 'token_ranges', '[]') = '[]' GROUP BY 1",
            self._pipeline,
        )
        return {row[0]: float(row[1]) for row in rows if row[0] is not None}
