"""What `run --listen` and `backfill --listen` tell those who watch them."""

from typing import Any

from messina.reconciler.backfill.pace import Filled
from messina.reconciler.metrics import WatchedBackfill, WatchedComparison
from messina.reconciler.report import Progress


class Now:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def value(watched: Any, name: str, **labels: str) -> float | None:
    found: float | None = watched.registry.get_sample_value(name, {"pipeline": "p", **labels})
    return found


def test_rows_are_counted_with_how_many_are_expected_and_how_fast_they_come() -> None:
    """By table and side; what stands for half a minute has no pace, though nobody tells."""
    now = Now()
    watched = WatchedComparison("p", now)
    for now.now, done in ((1.0, 0), (2.0, 100), (11.0, 1_000)):
        watched(Progress("k.t", "source", done, 5_000))
    watched(Progress("k.u", "sink", 7, None))
    of = {"table": "k.t", "step": "source"}
    assert value(watched, "messina_reconcile_rows_total", **of) == 1_000
    assert value(watched, "messina_reconcile_rows_expected", **of) == 5_000
    assert value(watched, "messina_reconcile_rows_per_second", step="source") == 100
    assert value(watched, "messina_reconcile_rows_total", table="k.u", step="sink") == 7
    now.now = 60.0
    assert (value(watched, "messina_reconcile_rows_per_second", step="source") or 0) < 20
    assert watched.ready().facts["table"] == "k.u" and watched.beat().well
    now.now = 700.0
    assert not watched.beat().well


def test_differences_and_repairs_are_counted_by_what_they_came_to() -> None:
    """How rows differ, also those that came to be equal; what is still to be repaired."""
    watched = WatchedComparison("p")
    watched(Progress("k.t", "recheck", 0, 3, "a watermark"))
    for outcome in ("equal", "different", "different"):
        watched(Progress("k.t", "recheck", 1, 3, outcomes={outcome: 1}))
    watched(Progress("repair", "repair", 2, 5, outcomes={"verified": 1, "not_cured": 1}))
    decided = "messina_reconcile_decided_total"
    assert value(watched, decided, table="k.t", outcome="different") == 2
    assert value(watched, decided, table="k.t", outcome="equal") == 1
    assert value(watched, "messina_reconcile_repairs_total", outcome="verified") == 1
    assert value(watched, "messina_reconcile_repairs_due") == 3


def test_a_backfill_tells_how_far_it_is_and_what_is_left() -> None:
    """A guess that can't be made yet is not there."""
    watched = WatchedBackfill("p")
    watched(Filled(8, 1, 100, 120, 1_000, None, 50.0))
    assert value(watched, "messina_backfill_rows") == 100
    assert value(watched, "messina_backfill_rows_expected") == 1_000
    assert value(watched, "messina_backfill_ranges_done") == 1
    assert value(watched, "messina_backfill_seconds_left") is None
    watched(Filled(8, 2, 200, 220, 1_000, 16.0, 50.0))
    assert value(watched, "messina_backfill_seconds_left") == 16
    assert watched.ready().facts["rows"] == 200
