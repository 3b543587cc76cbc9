"""Waiting for a condition instead of sleeping for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], *, within: float, what: str, every: float = 0.1) -> T:
    """The first true answer of `condition`.

    Args:
        condition: asked again and again; whatever it raises ends the wait.
        within: seconds after which it is a failure.
        what: what is waited for, for the message.
        every: seconds between two questions.

    Raises:
        AssertionError: it did not become true; the text has its last answer.
    """
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what}: not within {within:.0f} s; last answer: {answer!r}")
        time.sleep(every)
