"""What becomes visible only after the first look at its time has passed."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from campaign_form import LATE_ROWS as ROWS
from campaign_form import LONG, reports
from campaign_lane import Lane, open_lane, report
from cassandra.cluster import Session

from messina.testing import Stack, Standin, until

pytestmark = pytest.mark.stack

# Far behind the first look, which comes 0.3 s after a window of 0.3 s, and before the second.
LATENESS = timedelta(seconds=2)
PROMISE_SECONDS = 5.0


@pytest.fixture()
def lane(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> Iterator[Lane]:
    """A pipeline with one table, `late`, whose second look comes after some seconds."""
    cql.execute(
        f"CREATE TABLE {keyspace}.late (id int PRIMARY KEY, n int) WITH cdc = {{'enabled': true}}"
    )
    with open_lane(
        stack,
        cql,
        keyspace,
        tmp_path,
        postgres_dsn,
        ("late",),
        safe_confidence="10s" if LONG else "7s",
    ) as made:
        yield made


@dataclass
class Arrivals:
    """When each row was written, and when Postgres had it, in seconds since 1970."""

    written: dict[int, float]
    arrived: dict[int, float]

    def slowest(self) -> float:
        """The longest that a row took."""
        return max(self.arrived[row] - self.written[row] for row in self.written)

    def quickest(self) -> float:
        """The shortest."""
        return min(self.arrived[row] - self.written[row] for row in self.written)


class Watch:
    """Notes when Postgres has a row as it is wanted, in a thread of its own."""

    def __init__(self, lane: Lane, number: int) -> None:
        self._lane = lane
        self._number = number
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.arrived: dict[int, float] = {}
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(0.1):
            states = self._lane.sink_states("late", ("id", "n"))
            now = time.time()
            for (row,), number in states.items():
                if number == self._number:
                    self.arrived.setdefault(row, now)

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(10)


def write(
    lane: Lane,
    number: int,
    meanwhile: Callable[[], object] = lambda: None,
    *,
    log: timedelta = timedelta(0),
    base: timedelta = timedelta(0),
    within: float,
) -> Arrivals:
    """Write every row with a number while its parts are late; wait until Postgres has them."""
    standin = Standin(lane.session)
    watch = Watch(lane, number)
    standin.delay(lane.keyspace, "late", log=log, base=base)
    written = {}
    for row in range(ROWS):
        lane.session.execute(f"INSERT INTO {lane.keyspace}.late (id, n) VALUES ({row}, {number})")
        written[row] = time.time()
        time.sleep(random.uniform(0, 2 / ROWS))
    standin.delay(lane.keyspace, "late")
    meanwhile()
    until(
        lambda: len(watch.arrived) == ROWS,
        within=within,
        what=f"{ROWS} late rows are in Postgres (number {number})",
    )
    watch.stop()
    return Arrivals(written, watch.arrived)


def _report(name: str, lane: Lane, arrivals: Arrivals, folder: Path) -> None:
    report(
        name,
        {
            "rows": ROWS,
            "late_seconds": LATENESS.total_seconds(),
            "safe_confidence_seconds": lane.safe_seconds,
            "quickest_seconds": round(arrivals.quickest(), 2),
            "slowest_seconds": round(arrivals.slowest(), 2),
        },
        reports(folder),
    )


def test_late_log_rows_arrive_with_the_second_look(lane: Lane, tmp_path: Path) -> None:
    """Rows whose log rows come late are in Postgres within the safe confidence + 5 s."""
    arrivals = write(lane, 1, log=LATENESS, within=90)
    _report("late-log", lane, arrivals, tmp_path)
    # Sooner, and it was not the second look that found them.
    assert arrivals.quickest() > LATENESS.total_seconds()
    assert arrivals.slowest() < lane.safe_seconds + PROMISE_SECONDS


def test_late_base_rows_arrive_with_the_second_look(lane: Lane, tmp_path: Path) -> None:
    """Rows that come long after their log rows are in Postgres within the safe confidence + 5 s."""
    write(lane, 1, within=60)
    # Else the second look at the first write would find the second one.
    lane.await_second_look("late")
    with lane.recorded(late=lambda row: row["n"]) as recorder:
        arrivals = write(lane, 2, base=LATENESS, within=90)
        seen = [sighting.state for sighting in recorder.sightings(lane.topic("late"))]
    _report("late-base", lane, arrivals, tmp_path)
    # The first look found the old rows: without that nothing was late.
    assert seen.count(1) >= 2 * ROWS
    assert arrivals.quickest() > LATENESS.total_seconds()
    assert arrivals.slowest() < lane.safe_seconds + PROMISE_SECONDS


@pytest.mark.parametrize(
    ("late", "part"),
    [("log", "connect"), ("base", "tasks"), *([("log", "tasks"), ("base", "connect")] * LONG)],
)
def test_a_restart_between_the_looks_loses_none(
    lane: Lane, tmp_path: Path, late: str, part: str
) -> None:
    """A restart after the first look and before the second: the late rows arrive all the same."""
    restarted_at = 0.0

    def restart() -> None:
        nonlocal restarted_at
        time.sleep(LATENESS.total_seconds() + 0.5)
        restarted_at = time.time()
        if part == "connect":
            lane.stack.kill("connect")
        else:
            lane.connect.restart(lane.source("late"), only_failed=False)
        until(lane.healthy, within=120, what="the source's tasks run again")

    if late == "base":
        write(lane, 0, within=60)
        lane.await_second_look("late")
    arrivals = write(
        lane,
        1,
        restart,
        log=LATENESS if late == "log" else timedelta(0),
        base=LATENESS if late == "base" else timedelta(0),
        within=120,
    )
    _report(f"late-{late}-{part}", lane, arrivals, tmp_path)
    # Else the restart came after the second look, and was between nothing.
    assert all(restarted_at < written + lane.safe_seconds for written in arrivals.written.values())
    assert min(arrivals.arrived.values()) > restarted_at
