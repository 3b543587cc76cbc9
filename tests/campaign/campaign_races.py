"""Races for a key: a signal, the second look at an old write, and newer writes, all at once."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from campaign_lane import Lane
from campaign_signals import Answers, Sender, answered
from cassandra.cluster import Session

from messina.kafka.signals import Signal
from messina.testing import Recorder
from messina.testing.audit import (
    TOMBSTONE,
    Key,
    Sighting,
    differences,
    duplicates,
    last_states,
    order_faults,
)

TABLE = "races"
DDL = "CREATE TABLE {keyspace}.races (id int PRIMARY KEY, n int) WITH cdc = {{'enabled': true}}"
THREADS = 8
# A second look reads a window of a second or so: when exactly it comes to a key, nobody knows.
_SWEEP_SECONDS = 1.3


@dataclass(frozen=True)
class Act:
    """One thing that is done to a key: a write, or a signal.

    Attributes:
        due: seconds after the start.
        number: the number to write; None writes nothing.
        gone: whether the write is a delete.
    """

    due: float
    key: int
    number: int | None = None
    gone: bool = False


@dataclass
class Races:
    """What was done, and what must come of it."""

    newest: dict[Key, int] = field(default_factory=dict)
    late: float = 0.0


def schedule(keys: int, bursts: int, safe: float, chance: random.Random) -> list[Act]:
    """The acts of all races, in the order of their time.

    A key is written; when the second look at that write is due, newer writes and signals come at
    random moments of the same second or so. Every fifth key is deleted in the end.
    """
    acts = []
    for key in range(keys):
        start = (key * bursts // keys) * 1.5 + chance.uniform(0, 0.5)
        acts.append(Act(start, key, 1))
        centre = start + safe + chance.uniform(0, _SWEEP_SECONDS)
        moments = sorted(centre + chance.uniform(-0.1, 1.2) for _ in range(3))
        for number, moment in enumerate(moments, start=2):
            acts.append(Act(moment, key, number, gone=number == 4 and key % 5 == 0))
        # Close to the newer writes, before and behind them, and once at any time.
        near = chance.choice(moments) + chance.gauss(0.3, 0.3)
        acts += [Act(near, key), Act(centre + chance.uniform(-0.1, 1.2), key)]
    return sorted(acts, key=lambda act: act.due)


class Racers:
    """Threads that do the acts when they are due; the acts of a key are one thread's."""

    def __init__(self, session: Session, lane: Lane, acts: Sequence[Act]) -> None:
        table = f"{lane.keyspace}.{TABLE}"
        self._session = session
        self._update = session.prepare(f"UPDATE {table} SET n = ? WHERE id = ?")
        self._insert = session.prepare(f"INSERT INTO {table} (n, id) VALUES (?, ?)")
        self._delete = session.prepare(f"DELETE FROM {table} WHERE id = ?")
        self._table = table
        self._sender = Sender(lane)
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        self._started = time.monotonic()
        self.races = Races()
        shares = [[act for act in acts if act.key % THREADS == n] for n in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._work, args=(share,), daemon=True) for share in shares
        ]

    def start(self) -> None:
        """Begin."""
        self._started = time.monotonic()
        for thread in self._threads:
            thread.start()

    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._started

    @property
    def signals(self) -> list[str]:
        """The ids of all signals."""
        return self._sender.sent

    def join(self) -> None:
        """Wait until all is done and acknowledged."""
        for thread in self._threads:
            thread.join()
        self._sender.flush()
        if self._failure is not None:
            raise self._failure

    def _work(self, acts: Sequence[Act]) -> None:
        try:
            for act in acts:
                time.sleep(max(0.0, act.due - self.seconds()))
                self._signal(act) if act.number is None else self._write(act)
                with self._lock:
                    self.races.late = max(self.races.late, self.seconds() - act.due)
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            self._failure = failure

    def _write(self, act: Act) -> None:
        if act.gone:
            self._session.execute(self._delete, (act.key,))
        else:
            statement = self._insert if act.number == 1 else self._update
            self._session.execute(statement, (act.number, act.key))
        with self._lock:
            if act.gone:
                self.races.newest.pop((act.key,), None)
            else:
                self.races.newest[(act.key,)] = act.number or 0

    def _signal(self, act: Act) -> None:
        self._sender.send(Signal(table=self._table, keys=({"id": act.key},)))


def run(
    lane: Lane, keys: int, chance: random.Random, disturbances: Sequence[Callable[[], object]]
) -> tuple[dict[str, Any], list[str]]:
    """Race; return the figures and what is wrong.

    Args:
        disturbances: done one after another, spread over the time of the races.
    """
    acts = schedule(keys, max(1, keys // 100), lane.safe_seconds, chance)
    length = acts[-1].due
    with lane.recorded(races=lambda row: row["n"]) as recorder:
        racers = Racers(lane.session, lane, acts)
        racers.start()
        for number, disturb in enumerate(disturbances, start=1):
            due = length * number / (len(disturbances) + 1)
            time.sleep(max(0.0, due - racers.seconds()))
            disturb()
        racers.join()
        answers = answered(lane, racers.signals)
        lane.settle(recorder, (TABLE,))
        lane.await_sink(TABLE, ("id", "n"), racers.races.newest)
        return _judge(lane, recorder, racers.races, keys, answers)


def _judge(
    lane: Lane, recorder: Recorder, races: Races, keys: int, answers: Answers
) -> tuple[dict[str, Any], list[str]]:
    sightings = recorder.sightings(lane.topic(TABLE))
    faults = order_faults(sightings)
    places = {
        "topic": differences(races.newest, last_states(sightings)),
        "source": differences(races.newest, lane.source_states(TABLE, ("id", "n"))),
        "sink": differences(races.newest, lane.sink_states(TABLE, ("id", "n"))),
    }
    events = [sighting for sighting in sightings if sighting.op != TOMBSTONE]
    figures = {
        "keys": keys,
        **asdict(answers),
        "latest_act_seconds": round(races.late, 3),
        "events": len(events),
        "by_op": {op: sum(event.op == op for event in events) for op in "cudr"},
        "of_signals": sum(event.signal is not None for event in events),
        "duplicates": duplicates(sightings),
        "keys_raced_within_a_second": _raced(events),
        "newest_not_last": sum(len(found.lost) + len(found.wrong) for found in places.values())
        + sum(len(found.surplus) for found in places.values()),
        "out_of_order": len(faults),
    }
    failures = [f"{place}: {found}" for place, found in places.items() if found]
    failures += [f"out of order: {fault}" for fault in faults[:10]]
    failures += [f"refused: {reason}" for reason in answers.refused]
    failures += [f"{answers.missing} signals were not answered"] * bool(answers.missing)
    return figures, failures


def _raced(events: Sequence[Sighting]) -> int:
    """How many keys had an event of a signal and one of the log within a second."""
    asked: dict[Key, list[float]] = {}
    for event in events:
        if event.signal is not None:
            asked.setdefault(event.key, []).append(event.seen_at)
    return len(
        {
            event.key
            for event in events
            if event.signal is None
            and any(abs(event.seen_at - moment) <= 1 for moment in asked.get(event.key, ()))
        }
    )
