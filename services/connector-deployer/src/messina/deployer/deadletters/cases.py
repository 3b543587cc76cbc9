"""What became of letters, by the row that they are about. Values and what follows; no I/O.

The letters of a row are ordered by their records' offsets in the table's topic: a key has one
partition, and what comes later there is newer. So one number says of all letters of a row which are
dealt with: those up to it. A letter of which nothing but itself is known is a case of its own.
"""

from dataclasses import dataclass
from typing import Literal

from messina.deployer.resources import Value
from messina.kafka import DeadLetter, row_digest

State = Literal["open", "replayed", "quarantined", "discarded"]
STATES: tuple[State, ...] = ("open", "quarantined", "replayed", "discarded")
UNSETTLED: tuple[State, ...] = ("open", "quarantined")
"""Letters whose rows may be wrong in Postgres."""

MAX_ATTEMPTS = 3
MOST_ACTS = 8
"""So much of a row's history is kept."""


@dataclass(frozen=True, slots=True)
class Case:
    """What letters are about.

    Attributes:
        topic: of the record that could not be written; that of the letter where nobody knows.
        row: what stands for its key, or else where the record lies: `0:42`.
        number: the place of this letter among those of the row.
        keyed: whether there is a key that can be asked for.
    """

    topic: str
    row: str
    number: int
    keyed: bool

    @property
    def id(self) -> str:
        """What it is kept under."""
        return f"{self.topic}|{self.row}"


def case_of(letter: DeadLetter) -> Case:
    """Return what a letter is about."""
    at = letter.origin or letter.at
    if letter.origin is None or not letter.key:
        return Case(at.topic, f"{at.partition}:{at.offset}", at.offset, False)
    return Case(at.topic, row_digest(letter.key), at.offset, True)


class Act(Value):
    """Something that was done about a row's letters.

    Attributes:
        at_ms: when.
        by: who.
        what: what was done, and how it came out.
        why: the reason that a person gave, or the one with which it came back.
        correlation_id: of the command.
        signal_id: of the signal that asked for the row.
    """

    at_ms: int
    by: str
    what: Literal["came through", "came back", "quarantined", "discarded"]
    why: str = ""
    correlation_id: str | None = None
    signal_id: str | None = None

    def same(self, other: "Act") -> bool:
        """Whether it is the same deed, however it came out: each ask has a signal of its own."""
        return other.model_copy(update={"what": self.what}) == self


class Entry(Value):
    """What became of a row's letters.

    Attributes:
        through: letters with a number up to this are dealt with; -1: none.
        settled: how.
        attempts: how often in a row a replay has come back.
        quarantined: whether later letters are left alone by replays.
        topic_id: of the topic that numbers are offsets of: of one made anew they say nothing.
        acts: what was done last, the newest at the end.
    """

    through: int = -1
    settled: Literal["replayed", "discarded"] = "replayed"
    attempts: int = 0
    quarantined: bool = False
    topic_id: str | None = None
    acts: tuple[Act, ...] = ()

    def state(self, number: int) -> State:
        """Return what became of the letter with this number."""
        if number <= self.through:
            return self.settled
        return "quarantined" if self.quarantined else "open"


def state_of(entry: Entry | None, number: int) -> State:
    """Return what became of a letter, by what is kept of its row."""
    return "open" if entry is None else entry.state(number)


def came_through(entry: Entry | None, upto: int, act: Act) -> Entry:
    """The row was read again, and the sink has written it: all before that is dealt with.

    Args:
        entry: what was kept.
        upto: an offset that the sink has passed, and not less than that of the row's event.
        act: what is noted.
    """
    was = entry or Entry()
    return Entry(
        through=max(was.through, upto),
        settled="replayed",
        topic_id=was.topic_id,
        acts=_noted(was, act),
    )


def came_back(entry: Entry | None, number: int, act: Act, most: int) -> Entry:
    """The row was read again, and is in the dead letters once more.

    Args:
        entry: what was kept.
        number: of its newest letter; those before it are dealt with, as it stands for them.
        act: what is noted; `quarantined` where that follows.
        most: how often it may come back until it is quarantined.
    """
    was = entry or Entry()
    if number <= was.through or any(one.same(act) for one in was.acts):
        # somebody has dealt with a newer one meanwhile; or it was written, and the answer was lost
        return was
    attempts = was.attempts + 1
    if quarantined := was.quarantined or attempts >= most:
        act = act.model_copy(update={"what": "quarantined"})
    return Entry(
        through=max(was.through, number - 1),
        settled=was.settled if was.through >= number - 1 else "replayed",
        attempts=attempts,
        quarantined=quarantined,
        topic_id=was.topic_id,
        acts=_noted(was, act),
    )


def discarded(entry: Entry | None, number: int, act: Act) -> Entry:
    """Somebody says that letters up to this one are not needed; later ones are open again."""
    was = entry or Entry()
    if number <= was.through:
        return was
    return Entry(through=number, settled="discarded", topic_id=was.topic_id, acts=_noted(was, act))


def _noted(was: Entry, act: Act) -> tuple[Act, ...]:
    return (*was.acts, act)[-MOST_ACTS:]
