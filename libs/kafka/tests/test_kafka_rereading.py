"""Asking for rows: what a connector refuses, does not answer, and what a sink does not take."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from messina.kafka import (
    Answer,
    Applied,
    Heard,
    Reread,
    Rereading,
    Sent,
    Signal,
    Signals,
    Target,
    Wanted,
)

_TABLE = Target("ks.t")


class _Signals:
    """A connector that refuses key 13, and never answers key 14."""

    def __init__(self) -> None:
        self.sent: list[Signal] = []

    def send_all(self, signals: Iterable[Signal]) -> tuple[Sent, ...]:
        made = tuple(Sent(signal, 0, {}) for signal in signals)
        self.sent += [one.signal for one in made]
        return made

    def hear(self, sent: Iterable[Sent], timeout: float) -> Heard:
        answers: dict[str, Answer] = {}
        refused: dict[str, str] = {}
        missing: dict[str, tuple[int, ...]] = {}
        for one in sent:
            ids = [key["id"] for key in one.signal.keys or ()]
            if 13 in ids:
                refused[one.signal.id] = "no such key"
            elif 14 in ids:
                missing[one.signal.id] = ()
            else:
                answers[one.signal.id] = Answer(one.signal.id, len(ids), {0: max(ids)})
        return Heard(answers, refused, missing)


class _Applied:
    """A sink that is past offset 99."""

    def poll(self, timeout: float = 0.0) -> None:
        pass

    def reached(self, target: Target, last_offsets: Mapping[int, int | None]) -> bool:
        return all((offset or 0) <= 99 for offset in last_offsets.values())

    def why_not(self, target: Target) -> str:
        return "it stands"


def _asked(*keys: int) -> dict[int, Reread]:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    rereading = Rereading(
        cast(Signals, _Signals()),
        cast(Applied, _Applied()),
        patience=2.0,
        clock=lambda: now[0],
        sleep=sleep,
    )
    rows = [Wanted(_TABLE, {"id": key}, key) for key in keys]
    return {cast(Any, one.wanted.ref): one for one in rereading.ask(rows)}


def test_what_is_refused_spoils_no_other() -> None:
    """A key that the connector refuses is known by name; those beside it are served."""
    came = _asked(1, 13, 2)
    assert {key: one.came for key, one in came.items()} == {1: "passed", 2: "passed", 13: "refused"}
    assert "no such key" in came[13].reason


def test_no_answer_is_told() -> None:
    """What nobody answers in time is told, with what keeps it."""
    came = _asked(14)
    assert came[14].came == "unanswered"
    assert "it stands" in came[14].reason


def test_a_sink_that_stands_is_told() -> None:
    """What the sink does not take in time is not said to have come."""
    came = _asked(100)
    assert came[100].came == "stuck"
    assert "it stands" in came[100].reason


def test_nothing_is_asked_for_nothing() -> None:
    """Without rows nothing is sent."""
    assert _asked() == {}
