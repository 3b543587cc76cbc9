"""Sums of a run, counted from its rows while it goes on, kept with it when it ended."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from messina.reconciler.store.database import Database
from messina.reconciler.store.values import PartCounts

_COUNT = """
WITH r AS (
  SELECT table_name, static, count(*) AS ranges, count(done_at) AS ranges_done,
    coalesce(sum(rows_in_source), 0) AS source, coalesce(sum(rows_in_sink), 0) AS sink
  FROM {s}.ranges WHERE run = %s GROUP BY table_name, static
), c AS (
  SELECT table_name, static, count(*) AS candidates,
    count(*) FILTER (WHERE outcome IS NULL) AS undecided,
    count(*) FILTER (WHERE outcome = 'in_flight') AS in_flight,
    count(*) FILTER (WHERE outcome = 'unsettled') AS unsettled,
    count(*) FILTER (WHERE outcome = 'missing_in_sink') AS missing,
    count(*) FILTER (WHERE outcome = 'extra_in_sink') AS extra,
    count(*) FILTER (WHERE outcome = 'different') AS different
  FROM {s}.candidates WHERE run = %s GROUP BY table_name, static
)
SELECT table_name, static, coalesce(ranges, 0), coalesce(ranges_done, 0),
  coalesce(source, 0)::bigint, coalesce(sink, 0)::bigint, coalesce(candidates, 0),
  coalesce(undecided, 0), coalesce(in_flight, 0), coalesce(unsettled, 0), coalesce(missing, 0),
  coalesce(extra, 0), coalesce(different, 0)
FROM r FULL JOIN c USING (table_name, static) ORDER BY table_name, static
"""


def part_counts(database: Database, run_id: str) -> tuple[PartCounts, ...]:
    """The sums of each part of a run: those that were kept, or counted now."""
    kept = database.rows("reading a run", "SELECT counts FROM {s}.runs WHERE id = %s", run_id)
    if kept and kept[0][0] is not None:
        return read_counts(kept[0][0])
    return tuple(
        PartCounts(*row) for row in database.rows("counting a run's rows", _COUNT, run_id, run_id)
    )


def stored_counts(counts: Iterable[PartCounts]) -> list[dict[str, Any]]:
    """Sums as JSON."""
    return [part.as_json() for part in counts]


def read_counts(stored: Sequence[Mapping[str, Any]] | None) -> tuple[PartCounts, ...]:
    """Sums of JSON; unknown ones, of a newer version, are left out."""
    names = PartCounts.__slots__
    return tuple(
        PartCounts(**{name: value for name, value in part.items() if name in names})
        for part in stored or ()
    )
