"""The second pass under traffic: rows change between any two reads, and the sink lags behind."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.kafka import Applied, BrokerProblem, KafkaProblem, Target
from messina.reconciler.recheck import ByWatermark, Candidate, Clock, Table, Verdict, decide
from messina.reconciler.report import Discrepancy
from messina.reconciler.sides import Key, Row, Shape, Witnessed
from messina.types import Canonical, parse_type

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
SHAPE = Shape("ops.t", ("id", "n"), tuple(map(parse_type, ("int", "int"))), 1)
MASKED = Shape("ops.t", SHAPE.names, SHAPE.types, 1, masked=frozenset({"n"}))
BROKEN = range(100, 105)
"""Keys whose row in the sink was changed by hand, and stands still in the source."""


@dataclass
class Road:
    """A source that is written all the time, and a sink that has each write `lag` seconds later.

    Time passes with each read, so that anything can happen between two of them.
    """

    seed: int
    lag: float
    toggling: int
    now: float = 1_000.0
    written: int = 0
    source: dict[Canonical, tuple[int, int]] = field(default_factory=dict)
    sink: dict[Canonical, tuple[int, int]] = field(default_factory=dict)
    coming: list[tuple[float, Canonical, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for key in (*range(20), *BROKEN):
            self.write(key, key)
        self.arrive(self.now + self.lag)
        for key in BROKEN:
            self.sink[key] = (-1, self.writes())

    def write(self, key: Canonical, value: int | None) -> None:
        if value is None:
            self.source.pop(key, None)
        else:
            self.source[key] = (value, int(self.now * 1e6))
        self.coming.append((self.now + self.lag, key, value))

    def writes(self) -> int:
        """The number of the next write to the sink."""
        self.written += 1
        return self.written

    def arrive(self, now: float) -> None:
        while self.coming and self.coming[0][0] <= now:
            _, key, value = self.coming.pop(0)
            if value is None:
                self.sink.pop(key, None)
            else:
                self.sink[key] = (value, self.writes())

    def sleep(self, seconds: float) -> None:
        """Let time pass in small steps, in each of which rows are written, and arrive."""
        until = self.now + seconds
        while self.now < until:
            self.now += 0.01
            for key in range(self.toggling):
                # back and forth between two values: whoever looks at values only is fooled
                self.write(key, self.random.choice((0, 1)))
            if self.random.random() < 0.2:
                self.write(self.random.randrange(5, 20), self.random.choice((None, 7, 8)))
            self.arrive(self.now)

    def passed(self, table: Table, since: float, moment_us: int) -> bool:
        return self.now - self.lag > moment_us / 1e6

    def poll(self) -> None:
        pass

    def patience(self) -> float:
        return 60.0

    def why_not(self, table: Table) -> str:
        return "the lag"

    def gave_up(self, table: Table) -> None:
        pass


@dataclass
class SourceSide:
    road: Road

    def estimate(self) -> int | None:
        return None

    def rows(self) -> Iterator[Row]:
        return iter(())

    def all_keys(self) -> Iterator[Key]:
        return iter(())

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        return (found.row for found in self.witnessed(keys))

    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        for key in keys:
            self.road.sleep(0.01)
            found = self.road.source.get(key[0])
            yield Witnessed(None) if found is None else Witnessed((*key, found[0]), (found[1],))


@dataclass
class SinkSide(SourceSide):
    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        for key in keys:
            self.road.sleep(0.01)
            found = self.road.sink.get(key[0])
            yield Witnessed(None) if found is None else Witnessed((*key, found[0]), (found[1],))


def _decided(road: Road) -> dict[Canonical, Verdict]:
    table = Table(SHAPE, SourceSide(road), SinkSide(road))
    clock = Clock(lambda: road.now, road.sleep, lambda: int(road.now * 1e6))
    candidates = [Candidate(table, (key,)) for key in (*range(20), *BROKEN)]
    return {one.candidate.key[0]: one for one in decide(candidates, road, clock)}


@PATIENT
@given(st.integers(0, 10_000), st.floats(0.05, 5), st.integers(0, 3))
def test_what_is_on_its_way_is_never_reported_and_what_is_broken_always(
    seed: int, lag: float, toggling: int
) -> None:
    """However long the road, and whatever moves: just the rows that were changed by hand differ."""
    verdicts = _decided(Road(seed, lag, toggling))
    assert len(verdicts) == 20 + len(BROKEN)
    different = {key for key, one in verdicts.items() if one.outcome == "different"}
    assert different == set(BROKEN)


def test_each_verdict_comes_once_and_says_how_it_differs() -> None:
    """The values are those of the last look."""
    one = _decided(Road(1, 0.5, 0))[100].discrepancy
    assert str(one) == "ops.t (id=100): different: n: source 100, sink -1"


def test_more_candidates_than_are_held_are_all_decided() -> None:
    """They are taken as there is room for them, and none is left behind."""
    road = Road(1, 0.0, 0)
    road.sleep = lambda seconds: setattr(road, "now", road.now + seconds)  # type: ignore[method-assign]
    table = Table(SHAPE, SourceSide(road), SinkSide(road))
    clock = Clock(lambda: road.now, lambda s: setattr(road, "now", road.now + s), lambda: 0)
    candidates = (Candidate(table, (key,), ref=key) for key in range(1_000, 103_000))
    refs = [one.candidate.ref for one in decide(candidates, road, clock)]
    assert sorted(map(int, map(str, refs))) == list(range(1_000, 103_000))


def test_a_row_that_stands_still_is_not_given_up_for_others() -> None:
    """However long others take before its first look: patience is with each row by itself."""
    road = Road(1, 5.0, 0)
    table = Table(SHAPE, SourceSide(road), SinkSide(road))
    clock = Clock(lambda: road.now, road.sleep, lambda: int(road.now * 1e6))
    # each look takes longer than anybody's patience
    candidates = [Candidate(table, (key,)) for key in (*range(200, 3_500), *BROKEN)]
    verdicts = list(decide(candidates, road, clock))
    assert {one.outcome for one in verdicts if one.candidate.key[0] in BROKEN} == {"different"}


class _Kafka:
    """What can't be had of a real one on command: silence, and errors that come and go."""

    def __init__(self) -> None:
        self.quiet: list[Target] = []
        self.left = False
        self.problem: KafkaProblem | None = None

    def poll(self) -> None:
        if self.problem is not None:
            raise self.problem

    def silent(self, targets: Iterable[Target]) -> list[Target]:
        return [target for target in targets if target in self.quiet]

    def passed(self, target: Target, moment_us: int, look: str) -> bool:
        return False

    def drained(self, target: Target) -> bool:
        return not self.left

    def why_not(self, target: Target) -> str:
        return "silent for 40 s"


def _gate(kafka: _Kafka, now: list[float]) -> tuple[ByWatermark, Table]:
    clock = Clock(lambda: now[0], lambda seconds: None, lambda: 0)
    gate = ByWatermark(cast(Applied, kafka), timedelta(seconds=30), clock)
    road = Road(1, 0.5, 0)
    table = Table(SHAPE, SourceSide(road), SinkSide(road), target=Target("k.t"))
    assert not gate.passed(table, 0.0, 1)
    return gate, table


def test_a_silent_source_is_judged_once_the_sink_has_all_there_is() -> None:
    """Records that lie in Kafka, not applied, are on their way, however silent the source is."""
    kafka, now = _Kafka(), [0.0]
    gate, table = _gate(kafka, now)
    assert table.target is not None
    kafka.quiet, kafka.left = [table.target], True
    gate.poll()
    now[0] = 100.0
    gate.poll()
    assert not gate.passed(table, 0.0, 1)
    kafka.left, now[0] = False, 110.0
    assert gate.passed(table, 0.0, 1)
    assert "not by watermarks" in gate.notes[table.target]
    assert not gate.passed(table, 90.0, 1)


def test_while_kafka_is_away_nothing_is_judged() -> None:
    """An outage in the middle is waited for, and what stays undecided says why."""
    kafka, now = _Kafka(), [0.0]
    gate, table = _gate(kafka, now)
    assert table.target is not None
    kafka.problem = BrokerProblem("reading topic p.watermarks", "b:9092", "no broker")
    now[0] = 100.0
    gate.poll()
    assert not gate.passed(table, 0.0, 1)
    gate.gave_up(table)
    assert "no broker" in gate.notes[table.target]
    kafka.problem, kafka.quiet = None, [table.target]
    gate.poll()
    now[0] = 200.0
    gate.poll()
    assert gate.passed(table, 0.0, 1)


def test_masked_values_are_not_shown() -> None:
    """That a masked column differs is said, and neither value."""
    road = Road(1, 0.5, 0)
    table = Table(MASKED, SourceSide(road), SinkSide(road))
    clock = Clock(lambda: road.now, road.sleep, lambda: int(road.now * 1e6))
    (verdict,) = decide([Candidate(table, (100,))], road, clock)
    assert isinstance(verdict.discrepancy, Discrepancy)
    assert (
        str(verdict.discrepancy) == "ops.t (id=100): different: n: source (masked), sink (masked)"
    )
