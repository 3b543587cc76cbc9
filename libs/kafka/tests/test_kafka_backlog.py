"""What lies between a consumer group and the end of a partition."""

import socket
import time
from collections.abc import Callable

import pytest

from messina.kafka import Backlogs, BrokerProblem, Positions, Span, span


@pytest.mark.parametrize(
    ("begin", "end", "committed", "left"),
    [
        (0, 10, 4, Span(4, 10)),
        (0, 10, 10, Span(10, 10)),
        (3, 10, None, Span(3, 10)),
        (7, 10, 4, Span(7, 10, expired=3)),
        (12, 12, 4, Span(12, 12, expired=8)),
        (0, 5, 9, Span(9, 9)),
    ],
)
def test_a_span_says_what_is_left_and_what_is_lost(
    begin: int, end: int, committed: int | None, left: Span
) -> None:
    """A group that never read begins at the beginning; what expired before it read is told."""
    assert span(begin, end, committed) == left


@pytest.mark.parametrize(
    "ask",
    [
        lambda bootstrap: Backlogs(bootstrap, timeout=0.5).of({"t": "g"}),
        lambda bootstrap: Positions(bootstrap, timeout=0.5).ends("t"),
    ],
    ids=["backlogs", "positions"],
)
def test_brokers_that_hang_are_given_up_in_time(ask: Callable[[str], object]) -> None:
    """Brokers that take a connection and never answer are given up within the time given."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bootstrap = f"127.0.0.1:{silent.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(BrokerProblem, match=bootstrap):
            ask(bootstrap)
        assert time.monotonic() - begin < 5
