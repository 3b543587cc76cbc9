"""What becomes of dead letters: the core, without Kafka."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.deployer.deadletters.cases import (
    MOST_ACTS,
    Act,
    Entry,
    came_back,
    came_through,
    case_of,
    discarded,
    state_of,
)
from messina.deployer.deadletters.choosing import Choice, address
from messina.deployer.deadletters.histogram import Counting
from messina.deployer.deadletters.letters import Letter, letter_of
from messina.deployer.deadletters.planning import Planning
from messina.deployer.deadletters.reading import Box, is_sinks
from messina.deployer.deadletters.trials import FIRST, MOST, Kind, Trials
from messina.deployer.deadletters.verdicts import judge, newest
from messina.deployer.site import Site
from messina.kafka import Address, DeadLetter, Reread, Target, Wanted
from messina.pipeline import parse_spec

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

_ACT = Act(at_ms=1, by="me", what="came back")
_NUMBERS = st.integers(0, 50)
_DEEDS = st.lists(
    st.tuples(st.sampled_from(["through", "back", "discarded"]), _NUMBERS), max_size=12
)


def _letter(
    offset: int = 0,
    key: bytes | None = b"\0\0\0\0\1k",
    table: str = "t",
    sqlstate: str | None = "23514",
    at: int = 0,
    at_ms: int = 0,
) -> Letter:
    told = DeadLetter(
        at=Address("p.t.sink.dlq", 0, at),
        origin=Address(f"p.ks.{table}", 0, offset),
        key=key,
        at_ms=at_ms,
        sqlstate=sqlstate,
    )
    made = letter_of(told, "p.ks.")
    assert made is not None
    return made


def _done(deeds: Sequence[tuple[str, int]], most: int = 3) -> Entry | None:
    entry: Entry | None = None
    for at_ms, (deed, number) in enumerate(deeds, start=100):
        act = _ACT.model_copy(update={"at_ms": at_ms})
        match deed:
            case "through":
                entry = came_through(entry, number, act)
            case "back":
                entry = came_back(entry, number, act, most)
            case _:
                entry = discarded(entry, number, act)
    return entry


@PATIENT
@given(_DEEDS, _NUMBERS)
def test_what_is_settled_stays_settled(deeds: list[tuple[str, int]], number: int) -> None:
    """Whatever is done next, a letter that was dealt with is never open again."""
    for end in range(len(deeds)):
        before = state_of(_done(deeds[:end]), number)
        after = state_of(_done(deeds[: end + 1]), number)
        if before in ("replayed", "discarded"):
            assert after in ("replayed", "discarded")


@PATIENT
@given(_DEEDS, _NUMBERS)
def test_what_came_back_is_not_settled_by_that(deeds: list[tuple[str, int]], number: int) -> None:
    """The letter with which a row came back is open or quarantined, or newer ones were settled."""
    before = _done(deeds)
    after = came_back(before, number, _ACT, 3)
    if before is None or number > before.through:
        assert after.state(number) in ("open", "quarantined")
    else:
        assert after == before


@PATIENT
@given(_DEEDS, _NUMBERS)
def test_a_letter_that_comes_later_is_told(deeds: list[tuple[str, int]], number: int) -> None:
    """What was done speaks of no letter behind the newest that it knew."""
    entry = _done(deeds)
    beyond = 1 + max([number, *(each for _, each in deeds)])
    assert state_of(entry, beyond) in ("open", "quarantined")


@PATIENT
@given(st.integers(1, 6), st.integers(1, 12))
def test_a_row_that_comes_back_is_quarantined_in_the_end(most: int, times: int) -> None:
    """After so many times in a row, and not before."""
    entry = _done([("back", number) for number in range(times)], most)
    assert entry is not None
    assert entry.quarantined == (times >= most)
    assert entry.attempts == times
    assert len(entry.acts) <= MOST_ACTS


@PATIENT
@given(_DEEDS, _NUMBERS, st.integers(1, 4))
def test_what_is_written_twice_counts_once(
    deeds: list[tuple[str, int]], number: int, most: int
) -> None:
    """A commit whose answer was lost is made again: the row came back once, quarantined or not."""
    once = came_back(_done(deeds), number, _ACT, most)
    assert came_back(once, number, _ACT, most) == once


@PATIENT
@given(_DEEDS, _NUMBERS)
def test_a_row_that_comes_through_begins_anew(deeds: list[tuple[str, int]], number: int) -> None:
    """It has come back no more, and is not quarantined."""
    entry = came_through(_done(deeds), number, _ACT)
    assert (entry.attempts, entry.quarantined) == (0, False)
    assert entry.state(number) == "replayed"


@PATIENT
@given(st.permutations([("through", 7), ("discarded", 5), ("through", 3)]))
def test_commands_at_once_agree(deeds: list[tuple[str, int]]) -> None:
    """In whatever order they write, the same letters are dealt with."""
    entry = _done(deeds)
    assert entry is not None and entry.through == 7


def test_entries_survive_being_written() -> None:
    """What is kept as JSON is what was meant."""
    entry = _done([("back", 3), ("through", 9), ("discarded", 12)])
    assert entry is not None
    assert Entry.model_validate_json(entry.model_dump_json(exclude_defaults=True)) == entry


def test_a_letter_without_a_key_is_its_own_case() -> None:
    """Nothing else is known of it, and nothing can be asked for by it."""
    one, other = _letter(4, key=None), _letter(5, key=None)
    assert one.case.id != other.case.id
    assert not one.case.keyed
    nowhere = DeadLetter(Address("d", 0, 9), None, b"k", 0)
    assert case_of(nowhere).id == "d|0:9"
    assert not case_of(nowhere).keyed


def test_letters_of_a_row_are_one_case() -> None:
    """Under any schema's id; the offset in the table's topic orders them."""
    one, other = _letter(4, b"\0\0\0\0\1k"), _letter(9, b"\0\0\0\0\2k")
    assert one.case.id == other.case.id
    assert (one.case.number, other.case.number) == (4, 9)


def test_another_pipelines_letter_is_not_ours() -> None:
    """A topic that several share is read for the own tables only."""
    told = DeadLetter(Address("d", 0, 0), Address("q.ks.t", 0, 0), b"k", 0)
    assert letter_of(told, "p.ks.") is None


@pytest.mark.parametrize(
    ("topic", "is_one"),
    [
        ("p.orders.sink.dlq", True),
        ("p.all.sink.dlq", True),
        ("p.sink.dlq", False),
        ("p.ks.dlq", False),
        ("p.dlq.state", False),
        ("q.orders.sink.dlq", False),
    ],
)
def test_a_table_of_an_odd_name_is_no_dead_letter(topic: str, is_one: bool) -> None:
    """Topics of dead letters are told from those of tables, whatever these are called."""
    assert is_sinks(topic, "p") == is_one


@pytest.mark.parametrize(
    ("sqlstate", "asked"),
    [("23514", "check"), ("23514", "23514"), ("23514", "23"), ("22021", "22"), ("22003", "22003")],
)
def test_reasons_are_asked_for_by_word_code_or_class(sqlstate: str, asked: str) -> None:
    """As `list` shows them, or as Postgres calls them."""
    letter = _letter(sqlstate=sqlstate)
    assert Choice(reasons=(asked,)).means(letter, "open")
    assert not Choice(reasons=("not-null",)).means(letter, "open")


def test_letters_are_chosen_by_table_time_and_state() -> None:
    """All that is said must hold."""
    letter = _letter(table="event_a", at_ms=100)
    assert Choice(tables=("event_*",), since_ms=100, until_ms=100).means(letter, "open")
    for choice in (
        Choice(tables=("other",)),
        Choice(since_ms=101),
        Choice(until_ms=99),
        Choice(states=("replayed",)),
    ):
        assert not choice.means(letter, "open")


def test_places_are_read() -> None:
    """With the topic, or without it where there is but one."""
    assert address("d:0:5", ["d", "e"]) == Address("d", 0, 5)
    assert address("0:5", ["d"]) == Address("d", 0, 5)
    for text in ("0:5", "x:0:5", "d:0", "d:0:-1", "", "d:0:5:6", "d:a:b"):
        with pytest.raises(ValueError, match="letters|expected"):
            address(text, ["d", "e"])


_STATES = st.sampled_from(["open", "replayed", "quarantined", "discarded"])


@PATIENT
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["23514", "22021"]), _STATES))
)
def test_no_letter_is_lost_in_the_histogram(found: list[tuple[str, str, str]]) -> None:
    """Its bars have as many letters as were counted, in each state."""
    counting = Counting()
    for number, (table, code, state) in enumerate(found):
        letter = _letter(number, table=table, sqlstate=code, at_ms=number)
        counting.take(letter, state)  # type: ignore[arg-type]
    result = counting.result("p")
    assert sum(bar.letters for bar in result.bars) == len(found)
    assert result.unsettled == sum(state in ("open", "quarantined") for *_, state in found)
    assert all(bar.first_ms <= bar.last_ms for bar in result.bars)


@PATIENT
@given(st.lists(st.integers(0, 5)))
def test_a_row_is_planned_once(keys: list[int]) -> None:
    """However many letters it has."""
    planning = Planning()
    for number, key in enumerate(keys):
        planning.take(_letter(number, bytes([0, 0, 0, 0, 1, key])))
    planning.take(_letter(99, None))
    plan = planning.result()
    assert plan.rows == len(set(keys))
    assert (plan.letters, plan.keyless) == (len(keys) + 1, 1)


_WAITING = st.lists(st.tuples(st.sampled_from([("t", "a"), ("t", "b"), ("u", "a")]), st.integers()))


@PATIENT
@given(_WAITING, st.data())
def test_a_replay_ends_and_forgets_nobody(
    waiting: list[tuple[Kind, int]], data: st.DataObject
) -> None:
    """Each row is asked for once, or left with its kind; no batch is too large."""
    trials, seen, left = Trials(), 0, list(waiting)
    while left:
        now, left, never = trials.choose(left)
        assert len(now) <= MOST
        assert now or never
        seen += len(now) + len(never)
        came: dict[Kind, tuple[int, int]] = {}
        for kind, _ in now:
            through, back = came.get(kind, (0, 0))
            fine = data.draw(st.booleans())
            came[kind] = through + fine, back + (not fine)
        trials = trials.after(came)
    assert seen == len(waiting)


def test_a_cause_that_is_still_there_is_not_tried_on_all() -> None:
    """Of ten thousand rows of one reason ten are asked for, where none comes through."""
    trials, asked = Trials(), 0
    left: list[tuple[Kind, int]] = [(("t", "check"), row) for row in range(10_000)]
    while left:
        now, left, never = trials.choose(left)
        asked += len(now)
        trials = trials.after({("t", "check"): (0, len(now))} if now else {})
    assert asked == FIRST


def test_a_cause_that_is_cured_goes_fast() -> None:
    """Where rows come through, batches grow."""
    trials, batches = Trials(), 0
    left: list[tuple[Kind, int]] = [(("t", "check"), row) for row in range(2_000)]
    while left:
        now, left, _ = trials.choose(left)
        batches += 1
        trials = trials.after({("t", "check"): (len(now), 0)})
    assert batches <= 8


def _reread(letter: Letter, came: str, last: dict[int, int | None]) -> Reread:
    return Reread(Wanted(Target("ks.t"), {}, letter), came, "s", last, "why")  # type: ignore[arg-type]


def test_a_row_came_through_when_no_letter_came() -> None:
    """The sink is past its event, and nothing of it is in the dead letters."""
    letter = _letter(4)
    verdict = judge(letter, "{}", _reread(letter, "passed", {0: 9}), {})
    assert (verdict.outcome, verdict.upto) == ("came through", 9)


def test_a_row_came_back_with_the_newest_letter() -> None:
    """Of those that came since; one that was told twice says nothing."""
    letter = _letter(4)
    again, told_twice = _letter(9, at=7, sqlstate="23502"), _letter(4, at=8)
    came = newest([again, told_twice], {("p.ks.t", 0): 6})
    verdict = judge(letter, "{}", _reread(letter, "passed", {0: 9}), came)
    assert (verdict.outcome, verdict.upto) == ("came back", 9)
    assert verdict.why.startswith("not-null 23502")
    assert newest([told_twice], {("p.ks.t", 0): 6}) == {}


@pytest.mark.parametrize(
    ("came", "last"),
    [("stuck", {0: 9}), ("unanswered", {}), ("refused", {}), ("passed", {0: None})],
)
def test_what_nobody_saw_is_unknown(came: str, last: dict[int, int | None]) -> None:
    """A row is never said to have come through because nothing was heard of it."""
    letter = _letter(4)
    assert judge(letter, "{}", _reread(letter, came, last), {}).outcome == "unknown"


@pytest.mark.parametrize(("topics", "told"), [((), 1), (("p.t.sink.dlq",), 0)])
def test_that_there_is_nowhere_to_look_is_said(topics: tuple[str, ...], told: int) -> None:
    """No letters is good news; no topic of them may be the wrong file, or the wrong Kafka."""
    kafka = SimpleNamespace(bootstrap_servers="127.0.0.1:1", security=None)
    site = SimpleNamespace(
        endpoints=SimpleNamespace(kafka=kafka),
        topics=SimpleNamespace(names=lambda: frozenset(topics)),
        connect=SimpleNamespace(overview=dict),
    )
    text = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n"
    notes = Box(cast(Site, site), parse_spec(text, "f.yaml")).notes
    assert len(notes) == told
    assert all("no topic of dead letters in this Kafka" in one for one in notes)
