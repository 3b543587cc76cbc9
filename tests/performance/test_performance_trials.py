"""The figures of a campaign: kept line by line, and counted as they are told."""

from dataclasses import replace
from pathlib import Path

from performance_trials import Ledger, Trial, percentile, summary, table

TRIAL = Trial(
    sink="messina",
    part="kafka",
    fault="kill",
    down=5.0,
    flowing=2.0,
    from_fault=7.0,
    written=0.1,
    failed=(),
    restarted=(),
    dead_letters=0,
    watched=False,
    load=1.0,
    at=1.0,
)


def test_a_percentile_is_a_value_that_was_measured() -> None:
    """Of ten values the 95th percentile is the largest, of twenty the largest but one."""
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(10)], 0.95) == 9.0
    assert percentile([float(n) for n in range(20)], 0.95) == 18.0
    assert percentile([4.0], 0.95) == 4.0


def test_what_needed_help_is_counted_and_has_no_time() -> None:
    """A trial that somebody had to help is in the number of trials only."""
    helped = replace(TRIAL, flowing=None, from_fault=None, failed=("a/0",), restarted=("a/0",))
    (entry,) = summary([TRIAL, helped, replace(TRIAL, flowing=4.0, from_fault=9.0)])
    assert (entry["trials"], entry["without_help"], entry["with_failed_tasks"]) == (3, 2, 1)
    assert entry["flowing"] == [2.0, 4.0, 4.0]
    assert "| messina | kafka | kill | 3 | 2 | 1 | 2.0 s / 4.0 s / 4.0 s |" in table([entry])
    assert "| – | – |" in table(summary([helped]))


def test_a_campaign_that_is_broken_off_keeps_its_trials(tmp_path: Path) -> None:
    """Each trial is a line; one that was cut off in the middle is left out."""
    ledger = Ledger(tmp_path / "reports" / "outages.jsonl")
    assert ledger.trials() == []
    ledger.add(TRIAL)
    with (tmp_path / "reports" / "outages.jsonl").open("a") as out:
        out.write('{"sink": "mess')
    assert ledger.trials() == [TRIAL]
    ledger.add(TRIAL)
    assert ledger.trials() == [TRIAL, TRIAL]
