"""Ranges of tokens on their way: signalled, answered, in Postgres; never too many at a time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from messina.kafka import Answer, Applied, Asked, Asking, Signal, Target
from messina.reconciler.backfill.pace import Ceiling, Filled, Outlook
from messina.reconciler.errors import BackfillStands
from messina.reconciler.store import RangeRow

_POLL_S = 0.05
_TOLD_S = 0.5
_UNAPPLIED = 64
"""Ranges that were read and are not in Postgres yet: more are not asked for then."""
_SLOWEST = 500
"""Rows a second that even a source connector or a sink with much else to do makes."""


@dataclass
class _Sent:
    """A range on its way."""

    row: RangeRow
    target: Target
    asked: Asked
    answer: Answer | None = None


def fill(
    ranges: Sequence[RangeRow],
    keyspace: str,
    asking: Asking,
    applied: Applied,
    outlook: Outlook,
    *,
    in_flight: int,
    ceiling: Ceiling,
    patience: float,
    done: Callable[[RangeRow, int], None],
    progress: Callable[[Filled], None],
) -> None:
    """Fill ranges, in their order; a range is done once its rows are in Postgres.

    Args:
        ranges: what to fill.
        keyspace: the source's.
        asking: the pipeline's signals.
        applied: how far the sinks are.
        outlook: takes note of what is done.
        in_flight: how many ranges may be unanswered at a time.
        ceiling: of the rows a second.
        patience: seconds without any progress after which it is given up; more for large ranges.
        done: called with each range that is done, and how many rows it had.
        progress: called with how far it is, now and then.

    Raises:
        BackfillStands: if nothing moved for too long.
        SignalRefused: if the source connector refuses a range.
        KafkaProblem: if the brokers do not answer.
    """
    waiting = list(reversed(ranges))
    on_way: list[_Sent] = []
    moved = told = time.monotonic()
    outlook.began(moved)
    while waiting or on_way:
        now = time.monotonic()
        while waiting and _room(on_way, in_flight) and ceiling.may_pass(now):
            row = waiting.pop()
            target = Target(f"{keyspace}.{row.table}", row.static)
            tokens = (row.after + 1, row.upto)
            signal = Signal(table=target.table, static=row.static, token_range=tokens)
            on_way.append(_Sent(row, target, asking.ask([signal])[0]))
            ceiling.passed(row.estimated_rows or 0)
            moved = now
        asking.poll(_POLL_S)
        applied.poll()
        for sent in on_way:
            if sent.answer is None and not sent.asked.open:
                sent.answer = _answered(sent.asked)
                outlook.answered(sent.answer.rows)
                ceiling.passed(sent.answer.rows - (sent.row.estimated_rows or 0))
                moved = time.monotonic()
        arrived = [
            sent
            for sent in on_way
            if sent.answer is not None and applied.reached(sent.target, sent.answer.last_offsets)
        ]
        for sent in arrived:
            assert sent.answer is not None
            done(sent.row, sent.answer.rows)
            moved = time.monotonic()
            outlook.applied(sent.row.id, sent.answer.rows, moved)
        on_way = [sent for sent in on_way if sent not in arrived]
        now = time.monotonic()
        if now - told > _TOLD_S:
            told = now
            progress(outlook.now(now))
        if on_way and now - moved > max(patience, _needed(on_way)):
            raise BackfillStands(now - moved, _why(on_way[0], applied))
    progress(outlook.now(time.monotonic()))


def _needed(on_way: Sequence[_Sent]) -> float:
    """How many seconds what is on its way may well take: a partition can have very many rows."""
    unanswered = sum(sent.row.estimated_rows or 0 for sent in on_way if sent.answer is None)
    read = max((sent.answer.rows for sent in on_way if sent.answer is not None), default=0)
    return max(unanswered, read) / _SLOWEST


def _room(on_way: Sequence[_Sent], in_flight: int) -> bool:
    unanswered = sum(sent.answer is None for sent in on_way)
    return unanswered < in_flight and len(on_way) - unanswered < _UNAPPLIED


def _answered(asked: Asked) -> Answer:
    if asked.answer is not None:
        return asked.answer
    assert asked.problem is not None
    raise asked.problem


def _why(sent: _Sent, applied: Applied) -> str:
    if sent.answer is None:
        return f"a range of {sent.target.table} is not answered: {applied.why_not(sent.target)}"
    return f"rows are not in Postgres yet: {applied.why_not(sent.target)}"
