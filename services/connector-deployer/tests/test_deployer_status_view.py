"""The table that a person reads in one look."""

import io

import pytest
from rich.console import Console

from messina.deployer.console_status import StatusView
from messina.deployer.durations import duration
from messina.deployer.health import Lag, PipelineStatus, Side, TableStatus, Task
from messina.deployer.sinkwaits import Waiting

RUNS = Side(
    connector="p.t.source",
    state="RUNNING",
    running=1,
    expected=1,
    tasks=(Task(id=0, state="RUNNING", worker="w"),),
)
FAILED = Side(connector="p.t.sink", state="FAILED", running=0, expected=1, error="Oops: why")


def shown(*tables: TableStatus, unknown: tuple[str, ...] = (), width: int = 160) -> list[list[str]]:
    """The words of each line."""
    status = PipelineStatus(pipeline="p", healthy=True, tables=tables, unknown=unknown)
    out = io.StringIO()
    Console(file=out, width=width).print(StatusView(status))
    return [line.split() for line in out.getvalue().splitlines()]


def test_a_table_is_a_line() -> None:
    """A table's line has both states, tasks, lag in time and rows, and `-`: no dead letters."""
    lag = Lag(source_s=0.71, swept_s=31, sink_s=0, rows=0)
    _, _, line = shown(TableStatus(table="t", source=RUNS, sink=RUNS, lag=lag))
    assert line == "t RUNNING 1/1 0.7 s RUNNING 1/1 0.0 s 0 -".split()


def test_what_failed_and_what_is_unknown_stand_out() -> None:
    """The last error stands at the line's end; what is unknown is `?`, with its reason below."""
    lag = Lag(
        sink_s=75,
        rows=12345,
        exact=False,
        dead_letter_topic="d",
        dead_letters=9,
        dead_letters_open=3,
    )
    lines = shown(TableStatus(table="t", source=RUNS, sink=FAILED, lag=lag), unknown=("lags: why",))
    assert lines[2] == "t RUNNING 1/1 ? FAILED 0/1 1 m 15 s ≤ 12,345 3 p.t.sink: Oops: why".split()
    assert lines[3] == "? lags: why".split()


@pytest.mark.parametrize(("seconds", "words"), [(14.0, "14 s"), (250.0, "4 m 10 s")])
def test_what_a_sink_waits_for_stands_in_its_line(seconds: float, words: str) -> None:
    """A sink that runs and can't write says since when and why, long before that is a fault."""
    waits = RUNS.model_copy(update={"waits": Waiting(seconds=seconds, why="disk full (53100)")})
    line = shown(TableStatus(table="t", source=RUNS, sink=waits, lag=Lag()))[2]
    assert " ".join(line).endswith(f"has waited for {words}: disk full (53100)")


def test_a_narrow_console_has_errors_below_the_table() -> None:
    """Where a line has no room for the error it stands below, whole: it is never left out."""
    error = "org.postgresql.util.PSQLException: " + "why " * 20
    failed = FAILED.model_copy(update={"error": error.strip()})
    lines = shown(TableStatus(table="t", source=RUNS, sink=failed, lag=Lag()), width=80)
    assert lines[2] == "t RUNNING 1/1 ? FAILED 0/1 ? ? -".split()
    assert lines[3][:4] == ["✗", "p.t.sink:", "PSQLException:", "why"]
    assert sum(line.count("why") for line in lines) == 20


def test_statics_have_a_line_of_their_own() -> None:
    """What a table's partitions share has its sink, lag and rows on a line below the table's."""
    lag = Lag(source_s=0.1, sink_s=4, rows=2)
    table = TableStatus(
        table="t", source=RUNS, sink=RUNS, static_sink=RUNS, lag=lag, static_lag=lag
    )
    assert shown(table)[3] == "t__static RUNNING 1/1 4.0 s 2 -".split()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (60, "1 m 0 s"),
        (3599, "59 m 59 s"),
        (7500, "2 h 5 m"),
        (200_000, "2 d 7 h"),
    ],
)
def test_times_are_short(seconds: float, words: str) -> None:
    """A length of time has two units at most."""
    assert duration(seconds) == words
