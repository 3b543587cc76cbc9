"""Rows of letters asked for again, batch by batch, until it is known what became of each.

Nothing of a letter is ever written to Postgres: its row is read again at the source, as it is now,
by a signal, and comes to the sink in its normal order. So no old row lands over a newer one. What
became of a batch is written down before the next; whoever goes on after a kill asks for the batch
that was under way once more, which does no harm.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field

from messina.deployer.deadletters.cases import (
    Act,
    Entry,
    State,
    came_back,
    came_through,
)
from messina.deployer.deadletters.choosing import Choice
from messina.deployer.deadletters.ledger import Change
from messina.deployer.deadletters.letters import Letter
from messina.deployer.deadletters.reading import Box, Place, placed
from messina.deployer.deadletters.trials import FIRST, Kind, Trials
from messina.deployer.deadletters.verdicts import Verdict, judge, newest
from messina.kafka import (
    AvroDecoder,
    DecodingProblem,
    Positions,
    Rereading,
    Target,
    Wanted,
)
from messina.scylla import Column
from messina.types import UserTypes, ValueMismatch, key_json, key_of_event, parse_type

CHUNK = 10_000
"""So many rows are held at once."""
RATE = 500.0
"""Rows a second that are asked for at most, where nothing else is said."""


@dataclass(frozen=True)
class Road:
    """How the rows of one topic are asked for.

    Attributes:
        target: the table.
        key: the columns of its key.
        user_types: of its keyspace.
    """

    target: Target
    key: tuple[Column, ...]
    user_types: UserTypes


@dataclass(frozen=True)
class How:
    """What a replay is told.

    Attributes:
        choice: which letters.
        by: who replays.
        correlation_id: of the command.
        max_attempts: how often a row may come back until it is quarantined.
        rate: rows a second at most.
        now_ms: the time.
    """

    choice: Choice
    by: str
    correlation_id: str | None
    max_attempts: int
    rate: float = RATE
    now_ms: Callable[[], int] = field(default=lambda: time.time_ns() // 1_000_000)


class Replay:
    """A replay of a pipeline's letters.

    Args:
        box: the letters.
        roads: by topic, how its rows are asked for.
        rereading: asks for them.
        positions: where topics end.
        decoder: decodes keys.
        how: what is replayed, and by whom.
    """

    def __init__(
        self,
        box: Box,
        roads: Mapping[str, Road],
        rereading: Rereading,
        positions: Positions,
        decoder: AvroDecoder,
        how: How,
    ) -> None:
        self._box = box
        self._roads = roads
        self._rereading = rereading
        self._positions = positions
        self._decoder = decoder
        self._how = how
        self._trials = Trials()
        self._stuck: dict[str, str] = {}
        self._judged: set[int] = set()

    def run(self) -> Iterator[Verdict]:
        """Replay, and yield what became of each row once it is written down.

        Raises:
            KafkaProblem: if Kafka or the registry can't be had.
            LedgerBusy: if it can't be written down.
        """
        for chunk in self._chunks():
            waiting: list[tuple[Kind, Letter]] = [(_kind(one), one) for one in chunk]
            while waiting:
                now, waiting, never = self._trials.choose(waiting)
                for _, letter in never:
                    why = (
                        f"{FIRST} rows of this table and reason came back one after the other: the "
                        "cause is still there"
                    )
                    yield self._left(letter, why)
                if not now:
                    continue
                began = time.monotonic()
                verdicts = list(self._batch([letter for _, letter in now]))
                self._learn(now, verdicts)
                yield from verdicts
                left = len(now) / self._how.rate - (time.monotonic() - began)
                if waiting and left > 0:
                    time.sleep(left)

    def _chunks(self) -> Iterator[list[Letter]]:
        """The rows that are due, each once, by the newest of its letters in a chunk.

        Of what is there now: not of what this replay brings back. Between chunks nothing is open.
        """
        upto, start = self._box.ends(), dict[Place, int]()
        while True:
            rows: dict[str, Letter] = {}
            with closing(self._box.chosen(self._how.choice, start=start, upto=upto)) as letters:
                for letter, _ in letters:
                    start[letter.at.topic, letter.at.partition] = letter.at.offset + 1
                    self._take(letter, rows)
                    if len(rows) >= CHUNK:
                        break
            if not rows:
                return
            yield list(rows.values())
            self._judged |= {hash(case) for case in rows}
            if len(rows) < CHUNK:
                return

    def _take(self, letter: Letter, rows: dict[str, Letter]) -> None:
        case = letter.case
        if not case.keyed or hash(case.id) in self._judged:
            return
        last = rows.get(case.id)
        if last is None or last.case.number < case.number:
            rows[case.id] = letter

    def _batch(self, letters: Sequence[Letter]) -> Iterator[Verdict]:
        wanted: list[Wanted] = []
        keys: dict[str, str] = {}
        for letter in letters:
            road = self._roads.get(letter.case.topic)
            if (why := self._stuck.get(letter.case.topic)) is not None:
                yield self._left(letter, f"not asked for: {why}")
            elif road is None:
                yield self._left(letter, "the source has no such table, or the file names it not")
            else:
                try:
                    keys[letter.case.id] = text = self._key(letter, road)
                except (ValueMismatch, DecodingProblem) as problem:
                    yield self._left(letter, f"its key can't be read: {problem}")
                else:
                    wanted.append(Wanted(road.target, json.loads(text), letter))
        if not wanted:
            return
        begun = self._positions.ends_of(
            {letter.case.topic for letter in letters if letter.case.topic in self._roads},
            committed=False,
        )
        lay = self._box.ends()
        reread = self._rereading.ask(wanted)
        came = newest(self._box.letters(start=lay), placed(begun))
        verdicts = []
        for one in reread:
            about = one.wanted.ref
            assert isinstance(about, Letter)
            verdicts.append(judge(about, keys[about.case.id], one, came))
            if one.came in ("unanswered", "stuck"):
                self._stuck.setdefault(about.case.topic, one.reason)
        yield from self._written(verdicts)

    def _key(self, letter: Letter, road: Road) -> str:
        columns = [(column.name, parse_type(column.cql_type)) for column in road.key]
        values = self._decoder.decode(letter.told.key or b"")
        if not isinstance(values, dict):
            raise DecodingProblem("it is no record")
        return key_json(columns, key_of_event(columns, values, road.user_types), road.user_types)

    def _written(self, verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
        by_case = {verdict.case: verdict for verdict in verdicts}
        changes = {
            case: change
            for case, verdict in by_case.items()
            if (change := self._change(verdict)) is not None
        }
        entries = self._box.ledger.change(changes)
        for case, verdict in by_case.items():
            entry = entries.get(case)
            quarantined = entry is not None and entry.quarantined
            yield verdict.model_copy(update={"quarantined": quarantined})

    def _change(self, verdict: Verdict) -> Change | None:
        if verdict.outcome not in ("came through", "came back"):
            return None
        back = verdict.outcome == "came back"
        act = Act(
            at_ms=self._how.now_ms(),
            by=self._how.by,
            what="came back" if back else "came through",
            why=verdict.why,
            correlation_id=self._how.correlation_id,
            signal_id=verdict.signal_id,
        )

        def change(entry: Entry | None) -> Entry:
            if back:
                return came_back(entry, verdict.upto, act, self._how.max_attempts)
            return came_through(entry, verdict.upto, act)

        return change

    def _learn(self, asked: Sequence[tuple[Kind, Letter]], verdicts: Sequence[Verdict]) -> None:
        kinds = {letter.case.id: kind for kind, letter in asked}
        came: dict[Kind, tuple[int, int]] = {}
        for verdict in verdicts:
            kind = kinds[verdict.case]
            through, back = came.get(kind, (0, 0))
            through += verdict.outcome == "came through"
            back += verdict.outcome == "came back"
            came[kind] = through, back
        self._trials = self._trials.after(came)

    def _left(self, letter: Letter, why: str) -> Verdict:
        told = letter.told.key
        key = "" if told is None else f"0x{told[:32].hex()}"
        road = self._roads.get(letter.case.topic)
        if road is not None:
            with suppress(ValueMismatch, DecodingProblem):
                key = self._key(letter, road)
        return Verdict(
            case=letter.case.id, table=letter.table, key=key, outcome="not asked", why=why
        )


def replayed_states(include_quarantined: bool) -> tuple[State, ...]:
    """Return which letters a replay is about."""
    return ("open", "quarantined") if include_quarantined else ("open",)


def _kind(letter: Letter) -> Kind:
    return letter.case.topic, str(letter.reason)
