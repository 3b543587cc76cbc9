"""What a command that stops connectors tells their watcher, and what that makes of it."""

import pytest

from messina.deployer.errors import Interrupted
from messina.deployer.watching.deciding import decide
from messina.deployer.watching.hands import ending
from messina.deployer.watching.model import Breaker, Brief, Decision, Saying, Seen, Word
from messina.deployer.watching.rules import Rules

SINK = "p.t.sink"
NOW = 1000.0


def test_what_is_not_given_back_is_named() -> None:
    """An apply that broke off says which connectors its watcher leaves to it, and what to do."""
    plain = str(Interrupted(ValueError("no"), 1, 3, "p.yaml"))
    assert "a connector that was being changed may be STOPPED; next: messina deploy apply" in plain
    held = str(Interrupted(ValueError("no"), 1, 3, "p.yaml", ["p.t.sink"]))
    assert "p.t.sink: STOPPED, or about to be, and the watcher leaves that so; next:" in held


def breaker(state: str, owner: str | None = None) -> Breaker:
    fields = {
        "connector": SINK,
        "state": state,
        "owner": owner,
        "until": NOW - 1,
        "since": NOW - 99,
    }
    return Breaker.model_validate(fields)


@pytest.mark.parametrize(
    ("known", "state", "said"),
    [
        (breaker("closed"), "RUNNING", "release"),
        (breaker("closed"), "FAILED", "release"),
        (breaker("open", "breaker"), "STOPPED", "trial"),
        (breaker("half-open"), "RUNNING", "trial"),
        # as it was before: a person's, and whoever holds it is not made another one
        (breaker("open", "human"), "STOPPED", None),
        (breaker("open", "human"), "RUNNING", None),
        (breaker("closed"), "STOPPED", None),
        (breaker("closed"), "PAUSED", None),
        (breaker("open", "breaker"), "PAUSED", None),
    ],
)
def test_what_is_given_back_is_as_it_was(known: Breaker, state: str, said: Saying | None) -> None:
    """What ran is looked after again, what the breaker held is tried, what a person let stand
    still stays that person's."""
    assert ending(known, state) == said


def hears(known: Breaker, saying: Saying, state: str, ident: str = "1") -> Decision:
    word = Word(id=ident, connector=SINK, saying=saying, verb="offsets rewind", by="a@x", at=NOW)
    seen = Seen(connector=SINK, state=state, well=state == "RUNNING", word=word)
    return decide(known, Brief(), seen, NOW, Rules(), 0.5)


def test_an_open_breaker_in_a_commands_hands_is_not_tried() -> None:
    """A trial that is due does not come while a command has the connector; given back, it does."""
    due = breaker("open", "breaker")
    seen = Seen(connector=SINK, state="STOPPED")
    (act,) = decide(due, Brief(), seen, NOW, Rules(), 0.5).acts
    assert act.deed == "resume"
    held = hears(due, "hold", "STOPPED")
    assert held.acts == ()
    assert (held.breaker.owner, held.breaker.by) == ("human", "a@x")
    later = decide(held.breaker, held.brief, seen, NOW + 10_000, Rules(), 0.5)
    assert later.acts == ()
    (act,) = hears(held.breaker, "trial", "STOPPED", "2").acts
    assert act.deed == "resume"


def test_what_ran_is_left_while_it_is_stopped_and_then_released() -> None:
    """A connector that a command stops is no failure, and closed as soon as it is given back."""
    held = hears(breaker("closed"), "hold", "RUNNING")
    assert (held.breaker.state, held.acts) == ("open", ())
    assert hears(held.breaker, "release", "STOPPED", "2").breaker.state == "closed"
