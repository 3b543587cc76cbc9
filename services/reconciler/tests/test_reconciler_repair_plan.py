"""A repair is refused where it looks like a mistake, and told before it is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.reconciler.cli import invoke
from messina.reconciler.repair.plan import FEW, KINDS, Limits, repair_plan
from messina.reconciler.store import PartCounts

LIMITS = Limits(repairs=1_000, share=0.1)


def _counts(source: int, sink: int) -> PartCounts:
    return PartCounts("ops.t", False, rows_in_source=source, rows_in_sink=sink)


@pytest.mark.parametrize(
    ("due", "source", "sink", "refused"),
    [
        ({"different": 10}, 1_000, 1_000, None),
        ({"missing_in_sink": 100}, 1_000, 900, None),
        ({"missing_in_sink": 101}, 1_000, 899, "10.1% of its rows, more than --max-share 10%"),
        ({"missing_in_sink": 900}, 900, 0, "900 written in Postgres: 100.0% of its rows"),
        ({"extra_in_sink": 500, "different": 1}, 500, 1_000, "500 deleted in Postgres: 50.1%"),
        ({"extra_in_sink": 1}, 0, 1, "no row of ops.t was found in the source: all 1 rows"),
        ({"different": FEW}, FEW, FEW, None),
        ({"different": 1_001}, 100_000, 100_000, "1,001 rows to repair are more than --max-rep"),
    ],
)
def test_what_looks_like_a_mistake_is_refused(
    due: dict[str, int], source: int, sink: int, refused: str | None
) -> None:
    """Too many rows, too large a share, or a source that looks empty; a few rows always pass."""
    listed = [("ops.t", False, kind, number) for kind, number in due.items()]
    reasons = repair_plan(listed, [_counts(source, sink)]).refusals(LIMITS)
    if refused is None:
        assert reasons == ()
    else:
        (reason,) = reasons
        assert refused in reason


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.lists(st.integers(0, 2_000), min_size=3, max_size=3),
)
def test_no_mistake_empties_a_table(source: int, sink: int, numbers: list[int]) -> None:
    """Whatever was found: without a word, no more than the share of a table's rows is deleted."""
    due = [("ops.t", False, k, n) for k, n in zip(KINDS, numbers, strict=True) if n]
    plan = repair_plan(due, [_counts(source, sink)])
    deleted = dict(zip(KINDS, numbers, strict=True))["extra_in_sink"]
    if plan.refusals(LIMITS) == ():
        assert plan.total <= LIMITS.repairs
        assert deleted <= max(FEW, LIMITS.share * max(source, sink))
        assert not deleted or source
    assert repair_plan(due, [_counts(source, sink)]).refusals(Limits(10**9, 1.0)) == ()


def test_tables_are_told_apart() -> None:
    """Each part has its own numbers and its own share; one that is refused names itself."""
    due = [
        ("ops.a", False, "different", 1),
        ("ops.a", True, "missing_in_sink", 2),
        ("ops.b", False, "extra_in_sink", 40),
    ]
    counts = [
        PartCounts("ops.a", False, rows_in_source=100, rows_in_sink=100),
        PartCounts("ops.a", True, rows_in_source=10, rows_in_sink=8),
        PartCounts("ops.b", False, rows_in_source=60, rows_in_sink=100),
    ]
    plan = repair_plan(due, counts)
    assert plan.total == 43
    assert [part.name for part in plan.parts] == ["ops.a", "ops.a (static columns)", "ops.b"]
    (reason,) = plan.refusals(LIMITS)
    assert reason.startswith("ops.b: 40 deleted in Postgres: 40.0%")
    assert plan.as_json()["tables"][1] == {
        "table": "ops.a",
        "static": True,
        "share": 0.2,
        "missing_in_sink": 2,
        "different": 0,
        "extra_in_sink": 0,
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "x.yaml", "--repair", "--json"],
        ["run", "x.yaml", "--repair"],
        ["run", "x.yaml", "--repair", "--yes", "--max-share", "0.1"],
        ["run", "x.yaml", "--repair", "--yes", "--max-share", "101%"],
        ["run", "x.yaml", "--repair", "--yes", "--max-repairs", "0"],
        ["run", "x.yaml", "--resume", "--no-checkpoints"],
        ["run", "x.yaml", "--run", "4711", "--no-checkpoints"],
        ["run", "x.yaml", "--resume", "--table", "t"],
        ["run", "x.yaml", "--run", "4711", "--sample", "1%"],
        ["run", "x.yaml", "--scheduler", "tcp://127.0.0.1:1"],
        ["run", "x.yaml", "--scheduler", "tcp://127.0.0.1:1", "--spill", "/tmp", "--parallel", "2"],
        ["backfill", "x.yaml", "--range-rows", "100001"],
        ["backfill", "x.yaml", "--resume", "--table", "t"],
        ["history", "x.yaml", "--prune", "--keep", "soon"],
    ],
)
def test_a_repair_that_nobody_can_answer_for_is_wrong_usage(arguments: list[str]) -> None:
    """Without a terminal --yes is asked for before any work; limits are what they look like."""
    assert invoke(arguments) == 64
