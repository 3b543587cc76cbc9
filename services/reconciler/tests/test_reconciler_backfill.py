"""How fast a backfill goes, and how long it thinks it will take."""

from typing import cast

import pytest

from messina.kafka import Applied, Asked, Asking, Signal, Target
from messina.pipeline import parse_spec
from messina.reconciler.backfill.filling import fill
from messina.reconciler.backfill.pace import Ceiling, Filled, Outlook
from messina.reconciler.backfill.running import refuse_gone
from messina.reconciler.cli.backfill import said
from messina.reconciler.errors import BackfillStands, NotApplied, SpecChanged
from messina.reconciler.opening import refuse_unapplied
from messina.reconciler.store import RangeRow, Run


def test_a_ceiling_is_kept_over_time() -> None:
    """What passes at once is waited for before the next; an idle time is no credit for later."""
    ceiling = Ceiling(1_000)
    passed, now = 0, 0.0
    while now < 20.0:
        if ceiling.may_pass(now):
            ceiling.passed(3_000)
            passed += 3_000
        now += 0.05
    assert 20_000 <= passed <= 24_000
    assert ceiling.may_pass(1_000.0)
    ceiling.passed(3_000)
    assert not ceiling.may_pass(1_001.9)
    assert ceiling.may_pass(1_002.1)


def test_without_a_ceiling_all_passes() -> None:
    """The source connector's own is the one that holds."""
    ceiling = Ceiling(None)
    ceiling.passed(10**9)
    assert ceiling.may_pass(0.0)


def test_the_estimate_follows_what_ranges_had() -> None:
    """Ranges with twice the rows that were thought: so will the others; in the end it is exact."""
    outlook = Outlook((0, 0, 0), {number: 100 for number in range(10)})
    outlook.began(0.0)
    assert outlook.now(0.0) == Filled(10, 0, 0, 0, 1_000, None, 0.0)
    for number in range(4):
        outlook.answered(200)
        outlook.applied(number, 200, number + 1.0)
    now = outlook.now(4.0)
    assert (now.ranges_done, now.rows, now.estimated_rows) == (4, 800, 2_000)
    assert now.rows_per_second == pytest.approx(200)
    assert now.seconds_left == pytest.approx(6)
    for number in range(4, 10):
        outlook.answered(50)
        outlook.applied(number, 50, number + 1.0)
    assert outlook.now(10.0).estimated_rows == outlook.now(10.0).rows == 1_100
    assert outlook.now(10.0).seconds_left == 0


def test_what_was_done_before_counts_and_is_not_speed() -> None:
    """A resumed run begins where it stopped, with no rate yet."""
    outlook = Outlook((6, 600, 600), {7: 100, 8: 100})
    outlook.began(5.0)
    now = outlook.now(6.0)
    assert (now.ranges, now.ranges_done, now.rows) == (8, 6, 600)
    assert (now.estimated_rows, now.rows_per_second, now.seconds_left) == (800, 0.0, None)


def test_the_rate_is_that_of_the_last_half_minute() -> None:
    """What was fast an hour ago does not make the rest short."""
    outlook = Outlook((0, 0, 0), {number: 100 for number in range(1_000)})
    outlook.began(0.0)
    for number in range(100):
        outlook.applied(number, 100, number * 0.1)
    for number in range(100, 200):
        outlook.applied(number, 100, 10.0 + (number - 99) * 1.0)
    assert outlook.now(110.0).rows_per_second == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize(
    ("filled", "text"),
    [
        (Filled(3, 0, 0, 0, 12_345, None, 0.0), "0 of about 12,345 rows"),
        (
            Filled(3, 1, 4_000, 5_000, 12_345, 83.4, 100.4),
            "4,000 of about 12,345 rows, 100 rows/s, about 1 m 23 s left",
        ),
        (
            Filled(3, 1, 4_000, 5_000, 10**9, 7_300.0, 1e5),
            "4,000 of about 1,000,000,000 rows, 100,000 rows/s, about 2 h 1 m left",
        ),
    ],
)
def test_it_is_told_in_a_few_words(filled: Filled, text: str) -> None:
    """How far it is, how fast, and how long it will take."""
    assert said(filled) == text


def test_a_table_that_is_gone_is_not_filled() -> None:
    """A backfill whose table left the pipeline is refused before anything is asked for."""
    run = Run("r1", "c", "backfill", "running", None, {}, True, 1)  # type: ignore[arg-type]
    rows = [RangeRow(1, "t", False, -5, 5, 1), RangeRow(2, "t", True, -5, 5, 1)]
    refuse_gone(run, rows, "ks", {Target("ks.t"), Target("ks.t", static=True)})
    with pytest.raises(SpecChanged, match=r"run r1 .* \(t__static is gone\)"):
        refuse_gone(run, rows, "ks", {Target("ks.t")})


class Slow:
    """A pipeline that answers nothing; its clock is told by how often it was asked."""

    def __init__(self) -> None:
        self.polls = 0

    def ask(self, signals: list[Signal]) -> list[Asked]:
        return [Asked(signal, 0.0) for signal in signals]

    def poll(self, seconds: float = 0) -> None:
        self.polls += bool(seconds)

    def why_not(self, _: Target) -> str:
        return "it is slow"


@pytest.mark.parametrize(("rows", "seconds"), [(10_000, 300), (0, 300), (1_000_000, 2_000)])
def test_a_large_range_is_given_its_time(
    rows: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up after the patience, but no sooner than so many rows may take."""
    slow = Slow()
    monkeypatch.setattr("time.monotonic", lambda: float(slow.polls))
    ceiling, outlook = Ceiling(None), Outlook((0, 0, 0), {1: rows})
    with pytest.raises(BackfillStands, match=f"nothing moved for {seconds + 1:.0f} s"):
        fill(
            [RangeRow(1, "t", False, -5, 5, rows)],
            "ks",
            cast(Asking, slow),
            cast(Applied, slow),
            outlook,
            in_flight=8,
            ceiling=ceiling,
            patience=300,
            done=lambda row, count: None,
            progress=lambda filled: None,
        )


def test_a_pipeline_that_was_never_applied_is_refused_with_the_command_that_does() -> None:
    """What Kafka lacks is named: all of it, or the one table that was added since."""
    spec = parse_spec(
        "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: a}, {name: b}]\n"
    )
    a, b = spec.tables
    own = {"p.signals", "p.signals.done", "p.watermarks"}
    refuse_unapplied(spec, (a, b), own | {"p.k.a", "p.k.b", "other"})
    refuse_unapplied(spec, (a,), own | {"p.k.a"})
    refuse_unapplied(spec, (), own)
    with pytest.raises(NotApplied) as problem:
        refuse_unapplied(spec, (a, b), {"other"})
    assert "p.signals, p.signals.done, p.watermarks and 2 more; nothing was changed" in str(
        problem.value
    )
    with pytest.raises(
        NotApplied, match=r"no topic p\.k\.b; .*next: messina deploy apply '<spec>'"
    ):
        refuse_unapplied(spec, (a, b), own | {"p.k.a"})
