"""A comparison's report as a run of the store, so that what it found can be repaired."""

from collections.abc import Mapping
from typing import Any

from messina.pipeline import STATIC, PipelineSpec
from messina.reconciler.report import Report
from messina.reconciler.store import CandidateKey, PlannedRange, Run, Store, Verdict
from messina.scylla import MAX_TOKEN, MIN_TOKEN


def record(store: Store, spec: PipelineSpec, report: Report, options: Mapping[str, Any]) -> Run:
    """Store what a comparison has found: all of it, or nothing; the run is held, and goes on.

    Args:
        store: of the pipeline.
        spec: the pipeline.
        report: what was found.
        options: what the comparison was told.
    """
    with store.database.transaction("storing what was found"):
        run = store.begin("compare", options)
        names = [_table(spec, table.table) for table in report.tables]
        store.plan(run, [PlannedRange(n, s, MIN_TOKEN, MAX_TOKEN) for n, s in names])
        for each, table in zip(store.pending(run), report.tables, strict=True):
            store.finish_range(
                run,
                each.id,
                rows_in_source=table.rows_in_source,
                rows_in_sink=table.rows_in_sink,
                candidates=(CandidateKey(found.key_json) for found in table.discrepancies),
            )
        found = iter(report.discrepancies)
        last = 0
        while batch := store.undecided(run, after=last):
            last = batch[-1].id
            store.decide(
                run,
                [
                    Verdict(
                        one.id,
                        (now := next(found)).kind,
                        {c.column: {"source": c.source, "sink": c.sink} for c in now.columns},
                    )
                    for one in batch
                ],
            )
    return run


def _table(spec: PipelineSpec, name: str) -> tuple[str, bool]:
    """The table of a part's name, and whether its static columns are meant."""
    known = {f"{spec.source.keyspace}.{table.name}" for table in spec.tables}
    base = name.removesuffix(STATIC)
    return (base, True) if name not in known and base in known else (name, False)
