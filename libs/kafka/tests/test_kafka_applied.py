"""When a moment has passed: marks that speak of it, and a sink that is past their offsets."""

from types import SimpleNamespace
from typing import cast

import pytest

from messina.kafka import Applied, Positions, SinkOf, Target, Watermark
from messina.kafka.applied import Goal, past
from messina.kafka.standing import Standing
from messina.kafka.unread import Place, Stretch, Unread


def _mark(
    slice_: int, fast: int, swept: int, last: int | None, static: int | None = None
) -> Watermark:
    return Watermark(
        keyspace="k",
        table="t",
        slice=slice_,
        epoch=1,
        fast_until_us=fast,
        swept_until_us=swept,
        last_offset=last,
        static_last_offset=static,
        timestamp_ms=0,
    )


def test_a_moment_has_passed_once_all_slices_speak_of_it_and_the_sink_is_past_them() -> None:
    """Neither a slice that is missing nor a sink that stands at the last offset will do."""
    goal = Goal(100, "swept", static=False, slices=2)
    goal.take(_mark(0, fast=300, swept=100, last=7))
    goal.take(_mark(1, fast=300, swept=99, last=4))
    assert not goal.out()
    goal.take(_mark(1, fast=300, swept=101, last=5))
    assert goal.out()
    assert not goal.passed({0: 8, 1: 5})
    assert goal.passed({0: 8, 1: 6})


def test_only_the_first_mark_that_speaks_of_the_moment_counts() -> None:
    """Changes that come later move no goal: under traffic it would never be reached."""
    goal = Goal(100, "fast", static=False, slices=1)
    goal.take(_mark(0, fast=100, swept=0, last=7))
    goal.take(_mark(0, fast=200, swept=0, last=900))
    assert goal.passed({0: 8})


def test_an_unknown_end_is_waited_for() -> None:
    """A source that does not know where its slice ends has not said that anything is out."""
    goal = Goal(100, "fast", static=False, slices=1)
    goal.take(_mark(0, fast=100, swept=0, last=None))
    assert not goal.passed({0: 1_000})
    goal.take(_mark(0, fast=200, swept=0, last=-1))
    assert goal.passed({})


def test_what_partitions_share_has_a_topic_of_its_own() -> None:
    """Its offsets are its own topic's."""
    goal = Goal(100, "fast", static=True, slices=1)
    goal.take(_mark(0, fast=100, swept=0, last=50, static=2))
    assert goal.passed({0: 3})


@pytest.mark.parametrize(
    ("offsets", "committed", "expected"),
    [
        ({0: 5}, {0: 6}, True),
        ({0: 5}, {0: 5}, False),
        ({0: 5}, {}, False),
        ({0: None, 1: -1}, {}, True),
        ({}, {}, True),
    ],
)
def test_past(offsets: dict[int, int | None], committed: dict[int, int], expected: bool) -> None:
    """A sink is past an offset once it reads a later one next."""
    assert past(offsets, committed) is expected


def test_a_tombstone_behind_a_delete_is_nothing_left_to_apply(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sink that drops it, and so never commits past it, has applied all there is."""
    values = {7: b"a delete", 8: None}

    def unread(
        _: str, parts: dict[Place, Stretch], *, tombstones: bool = True, **__: object
    ) -> dict[Place, Unread]:
        def count(part: Stretch) -> int:
            left = [value for at, value in values.items() if (part.begin or 0) <= at < part.end]
            return sum(tombstones or value is not None for value in left)

        return {place: Unread(count(part)) for place, part in parts.items()}

    monkeypatch.setattr("messina.kafka.applied.unread", unread)
    applied = Applied.__new__(Applied)
    applied._sinks = {Target("k.t"): SinkOf("g", "p.k.t", 1)}
    applied._bootstrap, applied._timeout, applied._client = "", 1.0, None
    applied._committed, applied._asked = {}, {}
    stands = {"p.k.t": {0: 7}}
    applied._positions = cast(Positions, SimpleNamespace(ends=lambda _: {0: 9}))
    applied._standing = cast(Standing, SimpleNamespace(of=lambda _, __: stands))
    assert not applied.drained(Target("k.t")), "the delete is not applied"
    stands["p.k.t"] = {0: 8}
    assert applied.drained(Target("k.t"))
