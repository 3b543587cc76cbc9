"""Altering that is cut off: whoever was stopped is named, whatever cut it off.

When a pipe breaks or a signal comes can't be chosen with real connectors: a client plays them.
"""

from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import cast

import pytest
from deployer_offsets import MINUTE, NOON, sink, slice_offset, source, topic_offset

from messina.deployer.offsets.alterations import Alterations, altered
from messina.deployer.offsets.altering import LeftStopped, OffsetEvent, Stopped, carry_out
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.kafka import Offset
from messina.pipeline import KafkaEndpoint


class Connectors:
    """Notes what is asked of Connect; ends with an error at one of the requests."""

    def __init__(self, error: BaseException | None = None, at: str = "") -> None:
        self.asked: list[str] = []
        self._error = error
        self._at = at

    @property
    def connect(self) -> "Connectors":
        """Itself: it is the site, too."""
        return self

    def stop(self, name: str) -> None:
        """As a client's."""
        self._ask(f"stop {name}")

    def alter_offsets(self, name: str, offsets: Iterable[Offset]) -> None:
        """As a client's."""
        self._ask(f"alter {name}")

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what == self._at and self._error is not None:
            raise self._error


def plan() -> Alterations:
    """Source and sink of a table, some minutes back."""
    reads, writes = source(slice_offset(0, "12:00:00", "12:00:00")), sink(topic_offset(0, 10))
    (place,), (read,) = reads.positions, writes.positions
    assert place.form == "slice"
    assert read.form == "topic"
    both = (
        altered(reads, [(place, place.rewound(NOON - MINUTE))]),
        altered(writes, [(read, read.model_copy(update={"next_offset": 5}))]),
    )
    return Alterations(
        verb="rewind", pipeline="p", alterations=tuple(one for one in both if one is not None)
    )


class Noting(Hands):
    """Notes what the watcher would be told; its breaker had stopped the sink."""

    def __init__(self, connectors: Connectors) -> None:
        super().__init__(KafkaEndpoint(bootstrap_servers="k:1"), "p", "offsets rewind")
        self._connectors = connectors

    def take(self, states: Mapping[str, str]) -> None:
        """As if all were told."""
        self._connectors.asked.append("hold")
        self._endings = dict.fromkeys(states, "release")
        self._endings["p.t.sink"] = "trial"

    def give_back(self, connectors: Iterable[str] | None = None) -> None:
        """As if all were told."""
        names = list(self._endings) if connectors is None else list(connectors)
        given = [f"{self._endings.pop(name)} {name}" for name in names if name in self._endings]
        self._connectors.asked += given


def altering(
    connectors: Connectors, hands: Hands | None = None
) -> "closing[Generator[OffsetEvent, None, None]]":
    """The events, to be closed."""
    return closing(carry_out(cast(Site, connectors), plan(), hands))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(143), "interrupted"),
        (OSError("no memory"), "OSError: no memory"),
    ],
)
def test_whatever_cuts_it_off_who_was_stopped_is_named(error: BaseException, said: str) -> None:
    """Ctrl-C, SIGTERM, a closed terminal, what nobody thought of: both are named, and what next."""
    connectors = Connectors(error, at="alter p.t.source")
    with pytest.raises(LeftStopped) as caught, altering(connectors) as events:
        list(events)
    assert caught.value.stopped == ("p.t.source", "p.t.sink")
    assert str(caught.value).startswith(f"{said}\n2 connectors are left STOPPED")
    assert "next: the same command again" in str(caught.value)


def shown_to_nobody(connectors: Connectors) -> None:
    """Take the events as a command does whose stdout is a pipe that breaks."""
    with altering(connectors) as events:
        for event in events:
            assert event == Stopped(connector="p.t.source")
            raise BrokenPipeError


def test_a_reader_that_is_gone_is_told_what_is_left() -> None:
    """Where an event can't be shown, as in a pipe that broke, the work ends there and says so."""
    connectors = Connectors()
    with pytest.raises(LeftStopped) as caught:
        shown_to_nobody(connectors)
    assert caught.value.stopped == ("p.t.source",)
    assert connectors.asked == ["stop p.t.source"]


def test_the_watcher_is_told_before_and_stays_told_of_what_is_left() -> None:
    """Who watches is told before anything is stopped. What its breaker had STOPPED is stopped all
    the same, as its trial may have begun. What a break leaves STOPPED is not given back; the rest
    is, and the message says that the watcher leaves them."""
    connectors = Connectors(KeyboardInterrupt(), at="alter p.t.source")
    with (
        pytest.raises(LeftStopped, match="their watcher leaves them so"),
        altering(connectors, Noting(connectors)) as events,
    ):
        list(events)
    assert connectors.asked == ["hold", "stop p.t.source", "stop p.t.sink", "alter p.t.source"]
    early = Connectors(KeyboardInterrupt(), at="stop p.t.source")
    with pytest.raises(LeftStopped), altering(early, Noting(early)) as events:
        list(events)
    assert early.asked == ["hold", "stop p.t.source", "trial p.t.sink"]
