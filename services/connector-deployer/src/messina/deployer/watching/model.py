"""What is remembered of a connector, what is seen of it, what people said, what is to be done.

Times are seconds since 1970: they are kept in Kafka and outlive processes. All of it is frozen.
"""

from collections.abc import Mapping
from typing import Literal

from messina.deployer.resources import Value
from messina.deployer.sinkwaits import Waiting

State = Literal["closed", "open", "half-open"]
Owner = Literal["breaker", "human"]
Saying = Literal["hold", "release", "trial"]


class Word(Value):
    """What a person said about a connector.

    Attributes:
        id: of its own, so that it is heard once.
        connector: which one.
        saying: `hold`: it is to stand still; `release`: it is to run; `trial`: it is to be tried.
        verb: what was done: `pause`, `stop`, `resume`, `breaker open`…
        by: who, as `user@host`.
        reason: why, in their words.
        at: when.
    """

    id: str
    connector: str
    saying: Saying
    verb: str
    by: str
    reason: str | None = None
    at: float


class Breaker(Value):
    """What is remembered of a connector.

    Attributes:
        connector: which one.
        state: closed: it should run; open: it should stand still; half-open: it runs on trial.
        owner: who opened it, where it is open: a person's stays as it is.
        by: which person, or none.
        reason: why it is as it is.
        since: when it became so.
        until: when the next trial is due, of one that the breaker opened.
        trials: how many trials in a row have failed.
        failures: when it failed, within the window; the newest last.
        attempts: restarts since it last ran quietly.
        retry_at: when the next restart is due; None: none is.
        restarted_at: when it was restarted last.
        acted_at: when something else was last done to it.
        settled: whether it has been seen as the state says.
        waits_for: the dependency by which its failures are explained, while they are.
        heard: the last word that was taken in.
        letters_from: how many dead letters there were when its trial began.
    """

    connector: str
    state: State = "closed"
    owner: Owner | None = None
    by: str | None = None
    reason: str | None = None
    since: float = 0.0
    until: float | None = None
    trials: int = 0
    failures: tuple[float, ...] = ()
    attempts: int = 0
    retry_at: float | None = None
    restarted_at: float | None = None
    acted_at: float | None = None
    settled: bool = True
    waits_for: str | None = None
    heard: str | None = None
    letters_from: int | None = None

    @property
    def held(self) -> bool:
        """Whether a person has it."""
        return self.state == "open" and self.owner == "human"

    @property
    def plain(self) -> bool:
        """Whether there is nothing to say of it."""
        return self.state == "closed" and not self.attempts and self.waits_for is None


class Brief(Value):
    """What was noticed of a connector and needs no memory beyond this process.

    Attributes:
        well_since: since when it runs as it should.
        moving_since: since when it is neither well nor failed.
        undone: whether what was last to be done to it could not be done.
        done: whether Kafka Connect has taken it.
    """

    well_since: float | None = None
    moving_since: float | None = None
    undone: bool = False
    done: bool = False


class Seen(Value):
    """How a connector is at one look.

    Attributes:
        connector: which one.
        state: of the connector itself: RUNNING, PAUSED, STOPPED, FAILED…; `missing`.
        well: whether it runs with all of its tasks, on workers that answer.
        failed: whether it, or a task of it, has FAILED.
        why: in a line, what is wrong.
        lost: the worker that does not answer, on which something of it is said to run.
        down: the first of what it needs that does not answer now, with the reason.
        down_since: since when.
        shaken: what it needs that has come back a moment ago.
        letters: dead letters that came in the last minute; None: unknown, or it has none.
        letters_end: how many there have been.
        waits: what a sink waits for, though it runs.
        word: what a person said last.
    """

    connector: str
    state: str
    well: bool = False
    failed: bool = False
    why: str | None = None
    lost: str | None = None
    down: str | None = None
    down_why: str | None = None
    down_since: float | None = None
    shaken: str | None = None
    letters: int | None = None
    letters_end: int | None = None
    waits: Waiting | None = None
    word: Word | None = None

    @property
    def still(self) -> bool:
        """Whether it stands still on purpose."""
        return self.state in ("PAUSED", "STOPPED")

    @property
    def missing(self) -> bool:
        """Whether Kafka Connect has no such connector."""
        return self.state == "missing"


Deed = Literal["restart", "restart all", "stop", "resume"]


class Act(Value):
    """What is to be done to a connector.

    Attributes:
        connector: which one.
        deed: `restart`: what has failed of it; `restart all`: it and all of its tasks.
    """

    connector: str
    deed: Deed


class Event(Value):
    """Something that happened, for logs and people.

    Attributes:
        event: to a connector: `failed`, `restarted`, `opened`, `trial`, `closed`, `held`,
            `released`, `waits`, `back`, `waits long`, `goes on`, `reasserted`, `not done`,
            `missing`; to the watcher:
            `leads`, `follows`, `fenced`, `blind`, `sees`.
        connector: which one; None: the watcher itself.
        reason: why.
        facts: what else is worth knowing.
    """

    event: str
    connector: str | None = None
    reason: str | None = None
    facts: Mapping[str, str | int | float | None] = {}


class Decision(Value):
    """What follows from a look: what is to be remembered, and done."""

    breaker: Breaker
    brief: Brief = Brief()
    acts: tuple[Act, ...] = ()
    events: tuple[Event, ...] = ()


class Dependency(Value):
    """How something that a pipeline needs is.

    Attributes:
        name: `postgres`, `registry`, `scylla`, `vault`, `kafka`, `connect`, `worker HOST:PORT`.
        up: whether it answers; None: not asked yet.
        since: since when that is so.
        why: what it says where it does not answer as it should.
        back: whether it was away before.
    """

    name: str
    up: bool | None = None
    since: float = 0.0
    why: str | None = None
    back: bool = False


class Lead(Value):
    """Who leads, and what that one sees of what the pipeline needs.

    Attributes:
        leader: `user@host:pid`.
        since: since when it leads.
        at: when it said so last; it does every few seconds.
        dependencies: how they are.
    """

    leader: str
    since: float
    at: float
    dependencies: tuple[Dependency, ...] = ()


class Remembered(Value):
    """All that the topic says."""

    breakers: Mapping[str, Breaker] = {}
    words: Mapping[str, Word] = {}
    lead: Lead | None = None
