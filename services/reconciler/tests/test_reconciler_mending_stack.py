"""Batches of repairs, kept in a real Postgres, on a road whose every turn is chosen here."""

import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from messina import postgres
from messina.kafka import Answer, Applied, Heard, Sent, Signal, Signals, Target
from messina.reconciler.keytexts import key_text
from messina.reconciler.recheck import ByTime, Clock, Table
from messina.reconciler.repair.mending import Mender, Road
from messina.reconciler.repair.signalling import BySignals
from messina.reconciler.sides import Key, Row, Shape, Witnessed
from messina.reconciler.store import CandidateKey, PlannedRange, RepairRow, Run, Store, Verdict
from messina.types import parse_type

pytestmark = pytest.mark.gentle

SHAPE = Shape("k.t", ("id", "v"), (parse_type("int"), parse_type("text")), 1)
TARGET = Target("k.t")


@pytest.fixture(scope="module")
def schema(postgres_dsn: str) -> Iterator[str]:
    """A schema that is these tests' own, dropped behind them."""
    name = f"messina_{secrets.token_hex(4)}"
    yield name
    with postgres.connect(postgres_dsn, application_name="messina-tests") as connection:
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))


class _Cut(Exception):
    """The process is gone."""


@dataclass
class _World:
    """Both sides in memory; a signal that is sent is served when its answer is waited for.

    Attributes:
        sent: signals that are in Kafka.
        bad: keys that the source connector does not understand.
        stands: whether the sink takes nothing.
        cut: how many steps from now the process ends.
    """

    source: dict[Key, Row] = field(default_factory=dict)
    sink: dict[Key, Row] = field(default_factory=dict)
    bad: set[int] = field(default_factory=set)
    stands: bool = False
    cut: int = 1_000_000
    asked: list[int] = field(default_factory=list)
    waiting: list[Signal] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    now: float = 0.0

    def step(self) -> None:
        self.cut -= 1
        if self.cut <= 0:
            raise _Cut

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def send_all(self, signals: Iterable[Signal]) -> tuple[Sent, ...]:
        sent = []
        for signal in signals:
            self.step()
            self.waiting.append(signal)
            self.sent.add(signal.id)
            sent.append(Sent(signal, 0, {}))
        return tuple(sent)

    def found(self, ids: Collection[str], since_ms: int, until_ms: int) -> set[str]:
        assert since_ms < time.time() * 1_000 < until_ms
        return self.sent & set(ids)

    def hear(self, sent: Iterable[Sent], timeout: float) -> Heard:
        answers, refused = {}, {}
        for signal in self.waiting:
            ids = [int(key["id"]) for key in signal.keys or ()]
            if self.bad & set(ids):
                refused[signal.id] = "no key of the table"
                continue
            answers[signal.id] = Answer(signal.id, len(ids), {0: 1})
            self.asked += ids
            for number in ids if not self.stands else ():
                row = self.source.get((number,))
                if row is None:
                    self.sink.pop((number,), None)
                else:
                    self.sink[number,] = row
        self.waiting.clear()
        self.step()
        return Heard(answers, refused, {})

    def poll(self) -> None:
        self.step()

    def reached(self, target: Target, last_offsets: Mapping[int, int | None]) -> bool:
        return not self.stands

    def stuck(self, target: Target) -> str:
        return "it stands"

    def differs(self, target: Target) -> str:
        return "; who knows"


class _Side:
    """One side of the world."""

    def __init__(self, world: _World, rows: dict[Key, Row]) -> None:
        self._world = world
        self._rows = rows

    def estimate(self) -> int | None:
        return None

    def rows(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def all_keys(self) -> Iterator[Key]:
        return iter(self._rows)

    def lookup(self, keys: Sequence[Key]) -> Iterator[Row | None]:
        self._world.step()
        return (self._rows.get(key) for key in keys)

    def witnessed(self, keys: Sequence[Key]) -> Iterator[Witnessed]:
        return (Witnessed(self._rows.get(key)) for key in keys)


def _world(rows: int) -> _World:
    """Rows of which a third is missing, a third other, a third too many in the sink."""
    world = _World()
    for number in range(rows):
        if number % 3 != 2:
            world.source[number,] = (number, "right")
        if number % 3 != 0:
            world.sink[number,] = (number, "wrong")
    return world


def _found(store: Store, rows: int) -> Run:
    run = store.begin("compare", {})
    store.plan(run, [PlannedRange("k.t", False, 0, 9)])
    keys = (CandidateKey(key_text(SHAPE, (number,))) for number in range(rows))
    store.finish_range(run, 1, rows_in_source=rows, rows_in_sink=rows, candidates=keys)
    store.decide(run, [Verdict(each.id, "different") for each in store.undecided(run, rows)])
    return run


def _mender(store: Store, run: Run, world: _World, batch: int) -> Mender:
    clock = Clock(lambda: world.now, world.sleep, lambda: int(world.now * 1e6))
    table = Table(SHAPE, _Side(world, world.source), _Side(world, world.sink), target=TARGET)
    gate = ByTime(timedelta(0), clock)
    asking = BySignals(store, run, cast(Signals, world), world)
    road = Road(asking, cast(Applied, world), gate, world)
    return Mender(
        store, run, {("k.t", False): table}, road, clock, lambda _: None, patience=5, batch=batch
    )


def _rows(store: Store, run: Run) -> dict[int, RepairRow]:
    return dict(enumerate(store.audit.rows(run.id)))


def test_thousands_of_rows_are_asked_for_once_each(postgres_dsn: str, schema: str) -> None:
    """Batch by batch, and all are verified."""
    world = _world(3_000)
    with Store.open(postgres_dsn, "many", schema=schema) as store:
        run = _found(store, 3_000)
        _mender(store, run, world, 700).mend()
        assert store.audit.counts(run.id) == {"verified": 3_000}
    assert world.source == world.sink
    assert sorted(world.asked) == list(range(3_000))


def test_a_key_that_is_refused_spoils_no_other(postgres_dsn: str, schema: str) -> None:
    """Those of its signal are asked for alone; it is not cured, with the connector's reason."""
    world = _world(60)
    world.bad = {7, 41}
    with Store.open(postgres_dsn, "bad", schema=schema) as store:
        run = _found(store, 60)
        _mender(store, run, world, 30).mend()
        rows = _rows(store, run)
    refused = {number for number, row in rows.items() if row.outcome == "not_cured"}
    assert refused == world.bad
    reason = "the source connector refused it: no key of the table"
    assert {rows[number].reason for number in refused} == {reason}
    assert all(row.outcome == "verified" for n, row in rows.items() if n not in refused)


def test_a_sink_that_stands_is_waited_for_once(postgres_dsn: str, schema: str) -> None:
    """After one batch in vain the others are not asked for; a second time all is cured."""
    world = _world(100)
    world.stands = True
    with Store.open(postgres_dsn, "stands", schema=schema) as store:
        run = _found(store, 100)
        _mender(store, run, world, 10).mend()
        rows = _rows(store, run)
        assert rows[0].reason == "the sink has not taken it within 5 s: it stands"
        assert {row.reason for n, row in rows.items() if n >= 10} == {"not asked for: it stands"}
        assert len(world.asked) == 10 and 5 <= world.now < 20
        world.stands = False
        _mender(store, run, world, 10).mend()
        assert store.audit.counts(run.id) == {"verified": 100}
        again = _rows(store, run)[0]
        assert (again.attempts, again.before, again.reason) == (2, None, None)
    assert world.source == world.sink


@pytest.mark.parametrize("sent", [True, False])
def test_what_was_asked_for_before_a_kill_is_known_to_be(
    postgres_dsn: str, schema: str, sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit says `verified` of rows whose signal went out though nobody noted it; else not.

    What the sink had before, the signal and the correlation ID are those of before the kill.
    """
    world = _world(9)
    name = f"kill_{sent}"
    with Store.open(postgres_dsn, name, schema=schema) as store:
        run = _found(store, 9)
        monkeypatch.setattr(store.audit, "signalled", _killed)
        if not sent:
            monkeypatch.setattr(world, "send_all", _killed)
        with pytest.raises(_Cut):
            _mender(store, run, world, 9).mend()
        monkeypatch.undo()
        meant = _rows(store, run)
        assert {row.outcome for row in meant.values()} == {None}
        store.finish(run, "failed")
    # the connector serves what was sent; else each row is written once more by somebody
    world.hear((), 0)
    world.sink = dict(world.source)
    with Store.open(postgres_dsn, name, schema=schema) as store:
        run = store.resume("compare", run.id)
        _mender(store, run, world, 9).mend()
        rows = _rows(store, run)
    assert {row.outcome for row in rows.values()} == {"verified" if sent else "not_needed"}
    for number, row in rows.items():
        assert row.before == (None if number % 3 == 0 else {"id": str(number), "v": "'wrong'"})
        assert row.after == (None if number % 3 == 2 else {"id": str(number), "v": "'right'"})
        assert row.signal_id == meant[number].signal_id and row.attempts == 1
        assert row.correlation_id == meant[number].correlation_id
        assert (row.signalled_at is not None) == sent


def _killed(*_: object) -> None:
    raise _Cut


@settings(
    deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(1, 60), max_size=6), batch=st.integers(1, 30), late=st.booleans())
def test_wherever_it_is_cut_off_it_is_gone_on_with(
    postgres_dsn: str, schema: str, cuts: list[int], batch: int, late: bool
) -> None:
    """Each row is settled in the end, and right; what was sent before the end is served or not."""
    world = _world(40)
    outcomes: dict[str, Any] = {}
    with Store.open(postgres_dsn, "cut", schema=schema) as store:
        run = _found(store, 40)
        store.finish(run, "failed")
    for cut in (*cuts, 1_000_000):
        world.cut = cut
        with Store.open(postgres_dsn, "cut", schema=schema) as store:
            run = store.resume("compare", run.id)
            try:
                _mender(store, run, world, batch).mend()
            except _Cut:
                world.cut = 1_000_000
                if late:
                    world.hear((), 0)
                world.waiting.clear()
                continue
            outcomes = store.audit.counts(run.id)
            store.finish(run, "failed")
    assert world.source == world.sink
    assert sum(outcomes.values()) == 40 and set(outcomes) <= {"verified", "not_needed"}
