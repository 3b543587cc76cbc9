"""How a pipeline is judged: tasks by their numbers, lags by their causes, the unknown by name."""

import pytest

from messina.deployer.health import (
    Lag,
    PipelineStatus,
    Side,
    TableStatus,
    side,
    unknown_side,
    verdict,
)
from messina.deployer.lagging import of_backlog, of_watermarks
from messina.deployer.sinkwaits import Waiting
from messina.kafka import Backlog, ConnectorStatus, Watermark

NOW_MS = 1_700_000_000_000


def status(connector: str, **tasks: str) -> ConnectorStatus:
    """A status with tasks by number, such as `t0="RUNNING"`."""
    return ConnectorStatus.model_validate(
        {
            "name": "c",
            "connector": {"state": connector, "worker_id": "w"},
            "tasks": [
                {
                    "id": int(name[1:]),
                    "state": state,
                    "worker_id": "w",
                    "trace": "Oops: why\n\tat x" if state == "FAILED" else None,
                }
                for name, state in tasks.items()
            ],
        }
    )


def seen(connector: str, expected: int, **tasks: str) -> Side:
    return side("c", expected, {"c": status(connector, **tasks)})


GOOD = seen("RUNNING", 1, t0="RUNNING")
WAITS = "connector c is RUNNING, 1 of 1 tasks run: has waited for "


def pipeline(source: Side = GOOD, sink: Side = GOOD, **more: object) -> PipelineStatus:
    table = TableStatus.model_validate({"table": "t", "source": source, "sink": sink, **more})
    return PipelineStatus(pipeline="p", healthy=table.healthy, tables=(table,))


@pytest.mark.parametrize(
    ("one", "odd"),
    [
        (seen("RUNNING", 2, t0="RUNNING", t1="RUNNING"), ()),
        (seen("RUNNING", 2, t1="RUNNING"), ("task 0 is missing",)),
        (seen("RUNNING", 2), ("task 0 is missing", "task 1 is missing")),
        (
            seen("RUNNING", 2, t0="RUNNING", t2="RUNNING"),
            ("task 1 is missing", "task 2 is one too many"),
        ),
        (seen("RUNNING", 1, t0="UNASSIGNED"), ("task 0 is UNASSIGNED",)),
    ],
)
def test_tasks_are_compared_by_number(one: Side, odd: tuple[str, ...]) -> None:
    """RUNNING is healthy with exactly the tasks 0 to n-1 running: as many others will not do."""
    assert one.odd == odd
    assert one.healthy == (odd == ())


def test_a_reason_is_one_line() -> None:
    """What is wrong with a connector is told in one line, with its tasks and its error."""
    assert seen("RUNNING", 2, t0="RUNNING", t1="FAILED").reason() == (
        "is FAILED, 1 of 2 tasks run: task 1 is FAILED: Oops: why"
    )
    assert seen("PAUSED", 1, t0="PAUSED").reason() == (
        "is PAUSED, 0 of 1 tasks run: task 0 is PAUSED"
    )
    assert side("c", 1, {}).reason() == "is missing"


def test_each_thing_that_is_not_well_has_a_reason() -> None:
    """A verdict is healthy without reasons; else it has one for each connector that is not."""
    assert verdict(pipeline()).healthy
    judged = verdict(pipeline(sink=side("c", 1, {}), static_sink=seen("RUNNING", 1)))
    assert not judged.healthy
    assert judged.reasons == (
        "t: connector c is missing",
        "t: connector c is RUNNING, 0 of 1 tasks run: task 0 is missing",
    )


def test_without_connect_there_is_one_reason() -> None:
    """Where Connect does not answer, that is the reason, not each connector's unknown state."""
    silent = unknown_side("c", 1)
    status = pipeline(silent, silent).model_copy(update={"unknown": ("states are unknown: why",)})
    assert verdict(status).reasons == ("states are unknown: why",)


def test_lag_is_judged_only_when_asked() -> None:
    """Without a limit no lag is too long; with one, its parts say where the time goes."""
    late = pipeline(lag=Lag(source_s=0.4, swept_s=10.5, sink_s=132.0, rows=5))
    assert verdict(late).healthy
    assert verdict(late, 132.0).healthy
    assert verdict(late, 60.0).reasons == (
        "t: 132.0 s behind, more than 60 s: source 0.4 s, sink 132.0 s, 5 changes wait",
    )


def test_an_unknown_lag_is_too_long() -> None:
    """Where a limit is asked for, a lag that nobody knows is a reason, and so is what expired."""
    unknown = pipeline(lag=Lag(unknown=("its topic x does not exist",)))
    assert verdict(unknown, 60.0).reasons == ("t: lag is unknown: its topic x does not exist",)
    gone = verdict(pipeline(lag=Lag(source_s=0, sink_s=0, rows=0, expired=7)), 60.0)
    assert gone.reasons[0].startswith("t: 7 offsets of its topic expired before the sink")


def mark(number: int, fast_s: float, swept_s: float) -> Watermark:
    return Watermark(
        keyspace="k",
        table="t",
        slice=number,
        epoch=1,
        fast_until_us=int(NOW_MS * 1000 - fast_s * 1_000_000),
        swept_until_us=int(NOW_MS * 1000 - swept_s * 1_000_000),
        timestamp_ms=0,
    )


def test_the_source_is_as_late_as_its_latest_slice() -> None:
    """The lag of a table's source is that of its slowest slice, however long ago it was told."""
    marks = {("k.t", 0): mark(0, 0.5, 31), ("k.t", 1): mark(1, 700, 640)}
    lag = of_watermarks("k.t", 2, marks, NOW_MS)
    assert (lag.source_s, lag.swept_s) == (700, 640)
    assert of_watermarks("k.t", 3, marks, NOW_MS).unknown == (
        "its source told no watermark yet of slice 2",
    )
    assert of_watermarks("k.t", 2, None, NOW_MS) == Lag()


def test_clocks_that_differ_give_no_negative_lag() -> None:
    """A worker whose clock is ahead of ours is not behind by less than nothing."""
    assert of_watermarks("k.t", 1, {("k.t", 0): mark(0, -3, -2)}, NOW_MS).source_s == 0
    assert of_backlog(Lag(), "x", Backlog(1, True, NOW_MS + 50), NOW_MS).sink_s == 0


def test_the_sink_is_as_late_as_its_oldest_change() -> None:
    """A sink's lag is the age of the oldest change before it, and 0 where there is none."""
    lag = of_backlog(Lag(source_s=1), "x", Backlog(3, False, NOW_MS - 2500, 4), NOW_MS)
    assert lag == Lag(source_s=1, sink_s=2.5, rows=3, exact=False, expired=4)
    assert of_backlog(Lag(), "x", Backlog(), NOW_MS) == Lag(sink_s=0, rows=0)
    assert of_backlog(Lag(), "x", None, NOW_MS).unknown == ("its topic x does not exist",)


@pytest.mark.parametrize(
    ("seconds", "reasons"),
    [(119.0, ()), (120.0, (f"t: {WAITS}2 m 0 s: the registry: status 401",))],
)
def test_a_sink_that_waits_for_minutes_is_not_well(seconds: float, reasons: tuple[str]) -> None:
    """A sink whose batch waits for two minutes is RUNNING for Kafka Connect, and not well."""
    waits = Waiting(seconds=seconds, why="the registry: status 401")
    judged = verdict(pipeline(sink=GOOD.model_copy(update={"waits": waits})))
    assert judged.reasons == reasons
    assert judged.healthy == (not reasons)
