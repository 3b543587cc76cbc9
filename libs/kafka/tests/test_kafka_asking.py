"""What becomes of a signal that nobody stands and waits for."""

import time

from messina.kafka import Asked, Signal, SignalDone, SignalRefused


def _asked() -> Asked:
    return Asked(Signal(id="s", table="ks.t", keys=({"id": 1},)), time.monotonic())


def _done(slice_: int, slices: int, error: str | None = None) -> SignalDone:
    return SignalDone(
        id="s",
        keyspace="ks",
        table="t",
        slice=slice_,
        slices=slices,
        rows=3,
        last_offset=10 + slice_,
        error=error,
    )


def test_it_is_open_until_all_slices_have_answered() -> None:
    """The answer has every slice's offset, however often a slice says it."""
    asked = _asked()
    for slice_ in (1, 1):
        asked.take(_done(slice_, 2))
        assert asked.open
    asked.take(_done(0, 2))
    assert not asked.open and asked.answer is not None
    assert (asked.answer.rows, asked.answer.last_offsets) == (6, {0: 10, 1: 11})


def test_a_refusal_ends_it_at_once() -> None:
    """One slice's refusal is the signal's, with the reason."""
    asked = _asked()
    asked.take(_done(0, 2, "keys[0]: no such column"))
    assert not asked.open and asked.answer is None
    assert isinstance(asked.problem, SignalRefused)
    assert "no such column" in str(asked.problem)


def test_who_waited_too_long_hears_which_slices_answered() -> None:
    """The message names those that did."""
    asked = _asked()
    asked.take(_done(1, 3))
    assert "1 of 3 slices answered (1)" in str(asked.late())
