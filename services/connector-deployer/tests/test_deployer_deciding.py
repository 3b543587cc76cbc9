"""What the watcher decides: pure, so that hours of faults pass in a moment."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.deployer.watching.deciding import decide
from messina.deployer.watching.model import Act, Breaker, Brief, Event, Seen, Word
from messina.deployer.watching.rules import Rules

NAME = "p.t.sink"
RULES = Rules()
WHAT = (
    "ill",
    "cure",
    "down",
    "back",
    "lost",
    "found",
    "human stop",
    "human pause",
    "human resume",
    "rest stop",
    "rest resume",
    "move",
    "moved",
    "wait",
    "jump back",
)


class World:
    """A connector, Kafka Connect and a watcher, with a clock that a test moves."""

    def __init__(self, rules: Rules = RULES, roll: float = 0.5) -> None:
        self.rules = rules
        self.roll = roll
        self.now = 1_000_000.0
        self.state = "RUNNING"
        self.ill = False
        self.lost: str | None = None
        self.down: tuple[str, float] | None = None
        self.shaken: str | None = None
        self.letters: tuple[int, int] | None = None
        self.word: Word | None = None
        self.failed = False
        self.moving = False
        self.breaker = Breaker(connector=NAME, since=self.now)
        self.brief = Brief()
        self.acts: list[tuple[float, Act]] = []
        self.events: list[Event] = []

    @property
    def state_of_breaker(self) -> str:
        return self.breaker.state

    def seen(self) -> Seen:
        runs = self.state == "RUNNING"
        well = runs and not (self.failed or self.moving or self.lost)
        return Seen(
            connector=NAME,
            state=self.state,
            well=well,
            failed=runs and self.failed,
            why=None if well else "task 0 is FAILED: no right",
            lost=self.lost,
            down=self.down[0] if self.down else None,
            down_since=self.down[1] if self.down else None,
            shaken=self.shaken,
            letters=self.letters[0] if self.letters else None,
            letters_end=self.letters[1] if self.letters else None,
            word=self.word,
        )

    def look(self, *, acts: bool = True) -> tuple[Act, ...]:
        """One round; what is decided is done unless `acts` is false."""
        made = decide(self.breaker, self.brief, self.seen(), self.now, self.rules, self.roll)
        self.breaker, self.brief = made.breaker, made.brief
        self.events += made.events
        self.acts += [(self.now, act) for act in made.acts]
        if acts:
            for act in made.acts:
                self.do(act)
                self.brief = self.brief.model_copy(update={"done": True})
        return made.acts

    def do(self, act: Act) -> None:
        """What Kafka Connect makes of it: who is ill fails again at once."""
        if act.deed == "stop":
            self.state, self.failed = "STOPPED", False
        elif act.deed == "resume":
            self.state, self.failed = "RUNNING", self.ill
        elif self.state == "RUNNING":
            self.failed = self.ill

    def falls_ill(self) -> None:
        self.ill = self.failed = True

    def go_on(self, seconds: float, step: float = 0.25) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += step
            self.look()

    def until(self, true: Callable[[], bool], within: float) -> None:
        end = self.now + within
        while not true():
            assert self.now < end, (self.breaker, self.events[-5:])
            self.now += 0.25
            self.look()

    def say(self, saying: Any, verb: str) -> None:
        at = self.now
        self.word = Word(
            id=f"{at}{verb}", connector=NAME, saying=saying, verb=verb, by="ann", at=at
        )

    def deeds(self, deed: str) -> list[float]:
        return [at for at, act in self.acts if act.deed == deed]


def opened(**rules: Any) -> World:
    """A world whose breaker the watcher has opened."""
    world = World(Rules(**rules))
    world.falls_ill()
    world.until(lambda: world.state_of_breaker == "open" and world.breaker.settled, 300)
    return world


def test_the_first_restart_comes_within_the_first_backoff() -> None:
    """What has failed is restarted within half a second of being seen, whatever chance says."""
    for roll in (0.0, 0.3, 1.0):
        world = World(roll=roll)
        world.falls_ill()
        begin = world.now
        world.look()
        world.now = max(begin, world.breaker.retry_at or begin)
        world.ill = False
        assert world.look() == (Act(connector=NAME, deed="restart"),)
        assert world.now - begin <= RULES.backoff


def test_restarts_come_further_apart_up_to_the_ceiling() -> None:
    """Each wait may be twice as long as the one before, and none is longer than the ceiling."""
    rules = Rules(failures=100, window=1e6)
    world = World(rules, roll=1.0)
    world.falls_ill()
    world.go_on(400)
    gaps = [b - a for a, b in pairwise(world.deeds("restart"))]
    assert all(later >= earlier - 0.5 for earlier, later in pairwise(gaps))
    assert max(gaps) <= rules.longest_backoff + rules.settling + 0.5
    assert gaps[-1] > 20


def test_the_breaker_opens_after_so_many_failures() -> None:
    """After N failures within the window it is STOPPED, with reason, owner, time and next trial."""
    world = opened()
    assert world.state == "STOPPED"
    assert len(world.deeds("restart")) == RULES.failures - 1
    it = world.breaker
    assert (it.owner, it.reason) == (
        "breaker",
        "5 failures within 300 s: task 0 is FAILED: no right",
    )
    assert it.until is not None and it.until - it.since == RULES.cooldown


def test_failures_that_are_far_apart_open_nothing() -> None:
    """Failures are counted within the window only."""
    world = World()
    for _ in range(20):
        world.failed = True
        world.go_on(2)
        assert not world.failed, "a restart cured it"
        world.go_on(RULES.window)
    assert world.state_of_breaker == "closed"


def test_a_trial_that_runs_quietly_closes_the_breaker() -> None:
    """After the cooldown it is RESUMED on trial, and closed once it ran quietly."""
    world = opened()
    world.ill = False
    begin = world.now
    world.until(lambda: world.state_of_breaker == "half-open", RULES.cooldown + 1)
    assert world.state == "RUNNING"
    world.until(lambda: world.state_of_breaker == "closed", RULES.quiet + 2)
    assert world.now - begin >= RULES.quiet
    assert world.breaker.failures == () and world.breaker.reason is None


def test_each_trial_that_fails_makes_the_next_cooldown_longer() -> None:
    """A trial that fails opens it again, for twice as long, up to the longest."""
    world = opened(cooldown=10.0, longest_cooldown=60.0)
    world.go_on(600)
    trials = world.deeds("resume")
    gaps = [b - a for a, b in pairwise(trials)]
    assert gaps[0] < 30 and 60 <= gaps[-1] <= 65
    assert world.breaker.trials >= 5


def test_what_a_person_stopped_is_left() -> None:
    """PAUSED or STOPPED by a word, or by REST without one: nothing is done to it, for days."""
    for state, word in (("STOPPED", "stop"), ("PAUSED", "pause"), ("STOPPED", None)):
        world = World()
        if word is not None:
            world.say("hold", word)
        world.state, world.failed = state, True
        world.go_on(3 * 24 * 3600, step=60)
        assert world.acts == []
        assert world.breaker.held
        assert world.breaker.by == ("ann" if word else None)


def test_a_word_is_heard_before_the_connector_stands() -> None:
    """Between a person's word and its effect nothing is done, though the task has failed."""
    world = World()
    world.falls_ill()
    world.look()
    world.say("hold", "stop")
    world.go_on(10)
    assert world.acts == []


def test_a_person_takes_over_what_the_breaker_opened() -> None:
    """`stop` on an open breaker makes it that person's: no trial comes."""
    world = opened()
    world.say("hold", "stop")
    before = len(world.acts)
    world.go_on(3600, step=5)
    assert world.breaker.held and len(world.acts) == before


def test_who_lets_it_go_on_closes_it() -> None:
    """`resume`, or RESUMED by REST, gives a person's connector back to the watcher."""
    world = World()
    world.say("hold", "stop")
    world.state = "STOPPED"
    world.go_on(5)
    world.say("release", "resume")
    world.go_on(2)
    assert world.state_of_breaker == "closed", "its word is enough, while it stands still"
    world.state = "RUNNING"
    world.go_on(2)
    world.falls_ill()
    world.go_on(2)
    assert world.deeds("restart")
    other = World()
    other.state = "PAUSED"
    other.go_on(2)
    other.state = "RUNNING"
    other.go_on(2)
    assert other.state_of_breaker == "closed"


def test_what_the_breaker_opened_and_somebody_resumed_is_on_trial() -> None:
    """RESUMED by REST, or by `apply`, while the breaker is open: that is a trial."""
    world = opened()
    world.state, world.ill = "RUNNING", False
    world.look()
    assert world.state_of_breaker == "half-open"
    world.go_on(RULES.quiet + 2)
    assert world.state_of_breaker == "closed"


def test_who_stops_it_right_after_a_trial_began_is_a_person() -> None:
    """STOPPED by REST before it was ever seen to run in its trial: Connect took our RESUME, so it
    was somebody else; where it is not known that Connect took it, it is asked for again."""
    for taken, deeds in ((True, 1), (False, 2)):
        world = opened()
        world.until(lambda one=world: one.breaker.state == "half-open", 60)  # type: ignore[misc]
        world.state = "STOPPED"
        world.brief = world.brief.model_copy(update={"done": taken})
        world.go_on(5)
        assert len(world.deeds("resume")) == deeds
        world.go_on(RULES.moving)
        assert world.breaker.held is taken


def test_a_dependency_that_is_away_is_waited_for() -> None:
    """While Postgres is away failures count nothing, restarts come at the ceiling; then at once."""
    world = World()
    world.down = ("postgres", world.now)
    world.falls_ill()
    world.go_on(610)
    assert world.state_of_breaker == "closed" and world.breaker.failures == ()
    assert world.breaker.waits_for == "postgres"
    restarts = world.deeds("restart")
    assert len(restarts) <= 2 + 600 / RULES.longest_backoff
    world.down, world.shaken, world.ill = None, "postgres", False
    assert world.look() == (Act(connector=NAME, deed="restart"),)
    world.go_on(3)
    assert world.breaker.waits_for is None


def test_failures_from_before_the_reason_was_known_count_no_more() -> None:
    """A failure that was counted a moment before Postgres was found away is taken back."""
    world = World()
    world.falls_ill()
    world.go_on(3)
    assert world.breaker.failures
    world.down = ("postgres", world.now)
    world.go_on(10)
    assert world.breaker.failures == ()


def test_a_trial_waits_for_what_is_away() -> None:
    """A breaker whose cooldown is over is not tried while what it needs is away."""
    world = opened()
    world.down = ("postgres", world.now)
    world.go_on(300)
    assert world.state_of_breaker == "open"
    world.down, world.ill = None, False
    world.look()
    assert world.state_of_breaker == "half-open"


def test_a_task_that_moves_is_given_time() -> None:
    """Missing or unassigned for less than `moving` is a rebalance; for longer, all is restarted."""
    world = World()
    world.moving = True
    world.go_on(RULES.moving - 0.5)
    assert world.acts == []
    world.go_on(2)
    assert world.deeds("restart all")


def test_a_worker_that_is_lost_is_no_fault_of_the_connector() -> None:
    """On a worker that does not answer nothing is counted, however long."""
    world = World()
    world.lost = "10.0.0.7:8083"
    world.go_on(600)
    assert world.state_of_breaker == "closed" and world.breaker.failures == ()
    assert world.deeds("restart all")


def test_the_tasks_beside_a_lost_one_are_mostly_left_alone() -> None:
    """A worker that is silent to the watcher may run its tasks all the same: what is restarted for
    it is restarted seldom, and ever more so; once a task has FAILED that is restarted soon."""
    world = World()
    world.lost = "10.0.0.7:8083"
    world.go_on(40 * 60, step=1.0)
    whens = [at for at, act in world.acts if act.deed == "restart all"]
    assert 2 <= len(whens) <= 7, whens
    assert whens[0] - 1_000_000.0 >= RULES.moving + RULES.longest_backoff - 1
    assert all(2 * b - a - c <= 0 for a, b, c in zip(whens, whens[1:], whens[2:], strict=False))
    world.lost = None
    world.falls_ill()
    world.go_on(RULES.longest_backoff + 1)
    assert world.deeds("restart")


def test_a_topic_that_became_shorter_hides_no_flood() -> None:
    """Where a trial began counts for two minutes: later the topic may have dropped letters."""
    world = World(Rules(dead_letters=100))
    world.letters = (0, 100_000)
    world.say("hold", "stop")
    world.look()
    world.say("release", "resume")
    world.state = "RUNNING"
    world.look()
    world.go_on(130)
    assert world.state_of_breaker == "closed"
    world.letters = (5_000, 6_000)
    world.look()
    assert world.state_of_breaker == "open"


def test_what_could_not_be_done_counts_nothing() -> None:
    """A restart that Kafka Connect refused is tried again, and is no failure of the connector."""
    world = World()
    world.falls_ill()
    for _ in range(400):
        world.now += 0.25
        if world.look(acts=False):
            world.brief = world.brief.model_copy(update={"undone": True})
    assert world.state_of_breaker == "closed" and len(world.breaker.failures) == 1


def test_too_many_dead_letters_open_the_breaker() -> None:
    """More dead letters in a minute than the limit open it; those from before a trial don't."""
    world = World(Rules(dead_letters=100))
    world.letters = (100, 100)
    world.look()
    assert world.state_of_breaker == "closed"
    world.letters = (101, 101)
    world.look()
    assert world.state_of_breaker == "open" and "101 dead letters" in (world.breaker.reason or "")
    world.until(lambda: world.state_of_breaker == "closed", 200)


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(WHAT),
            st.floats(0.1, 400),
        ),
        max_size=25,
    ),
    roll=st.floats(0, 1),
    rules=st.builds(
        Rules,
        failures=st.integers(1, 8),
        backoff=st.floats(0.01, 5),
        longest_backoff=st.floats(5, 60),
        cooldown=st.floats(1, 60),
        longest_cooldown=st.floats(60, 300),
        window=st.floats(10, 600),
        quiet=st.floats(1, 90),
    ),
)
@settings(max_examples=40, deadline=None)
def test_whatever_happens(steps: list[tuple[str, float]], roll: float, rules: Rules) -> None:
    """Nothing is done to what a person stopped; waits and restarts are bounded; when faults end
    and people let go, it comes to closed and well."""
    world = World(rules, roll)
    held = False
    for what, seconds in steps:
        if what == "ill":
            world.falls_ill()
        elif what == "cure":
            world.ill = False
        elif what == "down":
            world.down = world.down or ("postgres", world.now)
        elif what == "back":
            world.down = None
        elif what == "lost":
            world.lost = "w:1"
        elif what == "found":
            world.lost = None
        elif what in ("human stop", "human pause"):
            world.say("hold", what)
            world.state = "STOPPED" if what == "human stop" else "PAUSED"
            held = True
        elif what == "human resume":
            world.say("release", "resume")
            world.state, held = "RUNNING", False
        elif what == "rest stop":
            held = held or world.state == "RUNNING"
            world.state = "STOPPED"
        elif what == "rest resume":
            world.state, held = "RUNNING", False
        elif what in ("move", "moved"):
            world.moving = what == "move"
        elif what == "jump back":
            world.now -= seconds
        before = len(world.acts)
        world.go_on(min(seconds, 60), step=1.0)
        if held:
            assert len(world.acts) == before, world.acts[before:]
        it = world.breaker
        longest = rules.longest_backoff if world.failed else rules.longest_wait
        assert it.retry_at is None or it.retry_at - world.now <= longest + 1e-3
        assert it.until is None or it.until - world.now <= rules.longest_cooldown + 1e-3
        assert len(it.failures) <= rules.failures
    world.ill, world.down, world.lost, world.moving, world.shaken = False, None, None, False, None
    if held or world.breaker.held:
        world.say("release", "resume")
        world.state = "RUNNING"
    longest = rules.longest_backoff + rules.longest_cooldown + rules.quiet + rules.moving
    for _ in range(int(longest) + 90):
        world.now += 1
        world.look()
    assert world.state_of_breaker == "closed"
    assert world.seen().well


@given(roll=st.floats(0, 1), failures=st.integers(2, 8), seconds=st.floats(60, 3000))
@settings(max_examples=30, deadline=None)
def test_restarts_within_a_window_are_bounded(roll: float, failures: int, seconds: float) -> None:
    """What fails again and again is restarted fewer than N times before its breaker opens, and
    after that tried once in a cooldown."""
    world = World(Rules(failures=failures), roll)
    world.falls_ill()
    world.go_on(seconds, step=0.5)
    assert len(world.deeds("restart")) <= failures - 1
    assert len(world.deeds("resume")) <= 1 + seconds / RULES.cooldown


@pytest.mark.parametrize("far", [1e9, -1e9])
def test_a_clock_that_is_set_holds_up_nothing(far: float) -> None:
    """A state from a clock that was ahead, or behind: waits stay as long as the rules say."""
    world = opened()
    world.ill = False
    it = world.breaker
    assert it.until is not None
    world.breaker = it.model_copy(update={"since": it.since + far, "until": it.until + far})
    world.go_on(RULES.longest_cooldown + RULES.quiet + 5, step=1)
    assert world.state_of_breaker == "closed"
