"""The kill campaign: full speed, many faults, one verdict."""

import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from campaign_faults import ALL, Fault
from campaign_lane import Lane
from campaign_signals import Signaller, answered
from campaign_writers import BATCH_ROWS, Writers

from messina.testing import Recorder, until
from messina.testing.audit import (
    Sighting,
    deletes,
    differences,
    duplicates,
    first_seen_after,
    last_states,
    latencies,
    order_faults,
    torn_batches,
    transactions,
)

TABLES = ("batches", "steps")


@dataclass(frozen=True)
class Course:
    """What a campaign does.

    Attributes:
        faults: how many.
        calm: seconds between a recovery and the next fault, at most.
        impatience: how often the next fault does not wait for the recovery from the last.
        most_behind: rows that may wait to be read before the writers of batches wait.
    """

    faults: int
    kinds: Sequence[Fault] = ALL
    threads: int = 3
    step_keys: int = 60
    calm: float = 4.0
    impatience: float = 0.2
    most_behind: int = 10_000
    seed: int = 0


@dataclass
class Strike:
    """A fault as it went.

    Attributes:
        began: when, in seconds since 1970.
        waited: whether the next fault waited for the recovery from this one.
        running: seconds until all tasks ran.
        first_later: seconds until in every partition a later write was seen.
        slowest_later: the longest that a write made between it and the next fault took to be seen.
    """

    kind: str
    began: float
    waited: bool
    running: float | None = None
    first_later: float | None = None
    slowest_later: float | None = None


@dataclass
class Outcome:
    """What was found: figures, and faults of ours, of which there must be none."""

    strikes: list[Strike] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "faults": dict(Counter(strike.kind for strike in self.strikes)),
            **self.figures,
            "recovery": {
                kind: _quantiles([s.first_later for s in self.strikes if s.kind == kind])
                for kind in sorted({strike.kind for strike in self.strikes})
            },
            "running_again": {
                kind: _quantiles([s.running for s in self.strikes if s.kind == kind])
                for kind in sorted({strike.kind for strike in self.strikes})
            },
            "slowest_write_after": {
                kind: _quantiles([s.slowest_later for s in self.strikes if s.kind == kind])
                for kind in sorted({strike.kind for strike in self.strikes})
            },
            "failures": self.failures,
            "strikes": [asdict(strike) for strike in self.strikes],
        }


def run(lane: Lane, course: Course) -> Outcome:
    """Run a campaign over the tables of `campaign_writers.TABLES`, and judge it."""
    chance = random.Random(course.seed)
    outcome = Outcome()
    begun = time.time()
    with (
        lane.recorded(batches=lambda row: row["mark"], steps=lambda row: row["n"]) as recorder,
        Writers(
            lane.session,
            lane.keyspace,
            threads=course.threads,
            step_keys=course.step_keys,
            behind=lambda rows: rows - recorder.rows(lane.topic("batches")),
            most_behind=course.most_behind,
        ) as writers,
        Signaller(lane, keys=("steps", course.step_keys), ranges="batches") as signaller,
    ):
        until(lambda: writers.rows > 2_000, within=60, what="2,000 rows before the first fault")
        _recovered(lane, recorder, time.time())
        for fault in _kinds(course, chance):
            time.sleep(chance.uniform(0, course.calm))
            strike = Strike(fault.kind, time.time(), chance.random() >= course.impatience)
            outcome.strikes.append(strike)
            fault.strike(lane, TABLES, chance)
            if strike.waited:
                done = time.time()
                until(lane.healthy, within=180, what="all tasks of the sources run", every=0.25)
                strike.running = round(time.time() - strike.began, 2)
                _recovered(lane, recorder, done)
        _recovered(lane, recorder, time.time())
        writing = time.time() - begun
        writers.__exit__(None, None, None)
        signaller.__exit__(None, None, None)
        answers = answered(lane, signaller.sent)
        lane.settle(recorder, TABLES)
        outcome.figures["seconds_of_writing"] = round(writing, 1)
        outcome.figures["restarted_by_hand"] = lane.restarted
        lane.await_sink("steps", ("id", "n"), writers.steps)
        lane.await_sink("batches", ("part", "row", "mark"), writers.expected())
        recorder.check()
        judge(lane, recorder, writers, outcome)
        outcome.figures["signals"] = asdict(answers)
        if answers.missing or answers.refused:
            outcome.failures.append(f"signals without an answer, or refused: {answers}")
    return outcome


def judge(lane: Lane, recorder: Recorder, writers: Writers, outcome: Outcome) -> None:
    """Compare writers, topics, source and sink, and put all into the outcome."""
    batches = recorder.sightings(lane.topic("batches"))
    steps = recorder.sightings(lane.topic("steps"))
    expected, counted = writers.expected(), dict(writers.steps)
    torn = torn_batches(
        batches, lambda key: key[0], BATCH_ROWS, recorder.moments(lane.topic("batches"))
    )
    out_of_order = order_faults(batches) + order_faults(steps)
    gone = deletes(batches) + deletes(steps)
    places = {
        "topic batches": differences(expected, last_states(batches)),
        "source batches": differences(
            expected, lane.source_states("batches", ("part", "row", "mark"), 2)
        ),
        "sink batches": differences(
            expected, lane.sink_states("batches", ("part", "row", "mark"), 2)
        ),
        "topic steps": differences(counted, last_states(steps)),
        "source steps": differences(counted, lane.source_states("steps", ("id", "n"))),
        "sink steps": differences(counted, lane.sink_states("steps", ("id", "n"))),
    }
    sizes = transactions(batches)
    outcome.figures |= {
        "rows": len(expected),
        "step_writes": writers.step_writes,
        "writes_repeated": writers.repeated,
        "writers_waited_seconds": round(writers.waited, 1),
        "events": len(batches) + len(steps),
        "duplicates": duplicates(batches) + duplicates(steps),
        "moments": sum(len(found) for found in recorder.moments(lane.topic("batches")).values()),
        "transactions": len(sizes),
        "largest_transaction": max(sizes, default=0),
        "lost": sum(len(found.lost) for found in places.values()),
        "wrong": sum(len(found.wrong) + len(found.surplus) for found in places.values()),
        "half_visible": len(torn),
        "premature_deletes": len(gone),
        "out_of_order": len(out_of_order),
    }
    outcome.failures += [f"{place}: {found}" for place, found in places.items() if found]
    outcome.failures += [f"half visible: {found}" for found in torn[:10]]
    outcome.failures += [f"out of order: {found}" for found in out_of_order[:10]]
    outcome.failures += [f"a delete that nobody made: {found}" for found in gone[:10]]
    _time(outcome.strikes, (batches, steps), lane.spec.defaults.partitions)


def _time(strikes: Sequence[Strike], topics: Sequence[Sequence[Sighting]], partitions: int) -> None:
    for number, strike in enumerate(strikes):
        since = int(strike.began * 1e6)
        later = strikes[number + 1 :]
        until_us = int(later[0].began * 1e6) if later else 2**63
        seen = [first_seen_after(topic, since) for topic in topics]
        if all(len(found) == partitions for found in seen):
            last = max(moment for found in seen for moment in found.values())
            strike.first_later = round(last - strike.began, 2)
        slowest = [s for topic in topics for s in latencies(topic, since, until_us).values()]
        strike.slowest_later = round(max(slowest), 2) if slowest else None


def _kinds(course: Course, chance: random.Random) -> list[Fault]:
    """As many of each kind, in any order."""
    kinds = [course.kinds[n % len(course.kinds)] for n in range(course.faults)]
    chance.shuffle(kinds)
    return kinds


def _recovered(lane: Lane, recorder: Recorder, since: float) -> None:
    """Waits until all tasks run, and in every partition a write of now or later is seen."""
    until(lane.healthy, within=180, what="all tasks of the sources run", every=0.5)
    for table in TABLES:
        until(
            lambda table=table: len(  # type: ignore[misc]
                recorder.seen_since(lane.topic(table), int(since * 1e6))
            )
            == lane.spec.defaults.partitions,
            within=240,
            what=f"a later write is seen in each partition of {table}",
        )


def _quantiles(values: Sequence[float | None]) -> dict[str, float | int]:
    known = sorted(value for value in values if value is not None)
    if not known:
        return {"count": 0}
    return {
        "count": len(known),
        "p50": round(statistics.median(known), 2),
        "max": round(known[-1], 2),
    }
