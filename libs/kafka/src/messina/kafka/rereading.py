"""Asking for rows by their keys, until a sink has passed what came of it.

A key that the connector does not understand spoils those of its signal: they are asked for once
more, one by one. What a sink has passed it has written, or put to its dead letters.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from messina.kafka.applied import Applied, Target
from messina.kafka.signals import MOST_KEYS, Answer, Key, Signal, Signals, key_signals

PATIENCE_S = 60.0
_TICK = 0.1

Came = Literal["passed", "refused", "unanswered", "stuck"]
"""What became of a row that was asked for: the sink has passed its event; the source connector
refused the key; it did not answer in time; the sink did not get there in time."""


@dataclass(frozen=True)
class Wanted:
    """A row that is asked for.

    Attributes:
        target: its table.
        key: its key as canonical JSON.
        ref: the caller's.
    """

    target: Target
    key: Key
    ref: object = None


@dataclass(frozen=True)
class Reread:
    """What became of it.

    Attributes:
        wanted: the row.
        came: see `Came`.
        signal_id: the last signal that asked for it.
        last_offsets: by slice, an offset behind which no event of the signal lies.
        reason: why, where it was not passed.
    """

    wanted: Wanted
    came: Came
    signal_id: str
    last_offsets: Mapping[int, int | None] = field(default_factory=dict)
    reason: str = ""


Meant = Sequence[tuple[Signal, Sequence[Wanted]]]
"""Signals, each with the rows that it asks for."""


class Asker:
    """Asks for rows, and hears what the source connector says.

    Args:
        signals: the pipeline's.
        patience: seconds that the answers are waited for.
        why_stuck: what to say of a table of which nothing is heard.
        meant: called with signals before they are sent.
        sent: called with them once they are in Kafka.
    """

    def __init__(
        self,
        signals: Signals,
        patience: float,
        why_stuck: Callable[[Target], str],
        *,
        meant: Callable[[Meant], None] = lambda asked: None,
        sent: Callable[[Meant], None] = lambda asked: None,
    ) -> None:
        self._signals = signals
        self._patience = patience
        self._why_stuck = why_stuck
        self._meant = meant
        self._sent = sent

    def ask(self, rows: Sequence[Wanted]) -> tuple[Reread, ...]:
        """Ask for rows and hear; what is `passed` is answered, whatever the sink has of it.

        Raises:
            KafkaProblem: if Kafka can't be had; signals may be on their way then, and be served.
        """
        heard: list[Reread] = []
        again: list[Wanted] = []
        for signal, came in self._heard(rows, MOST_KEYS):
            spoilt = len(signal.keys or ()) > 1 and came[0].came == "refused"
            if spoilt:
                # alone, so that it is known which of them it was
                again += [one.wanted for one in came]
            else:
                heard += came
        for _, came in self._heard(again, 1):
            heard += came
        return tuple(heard)

    def _heard(
        self, rows: Sequence[Wanted], most: int
    ) -> Iterator[tuple[Signal, tuple[Reread, ...]]]:
        asked = list(_signals(rows, most))
        if not asked:
            return
        self._meant(asked)
        sent = self._signals.send_all(signal for signal, _ in asked)
        self._sent(asked)
        heard = self._signals.hear(sent, self._patience)
        silent: dict[Target, str] = {}
        for signal, meant in asked:
            answer = heard.answers.get(signal.id)
            if answer is not None:
                yield signal, tuple(_answered(one, answer) for one in meant)
                continue
            came: Came = "refused" if signal.id in heard.refused else "unanswered"
            if came == "refused":
                reason = f"the source connector refused it: {heard.refused[signal.id]}"
            else:
                target = meant[0].target
                if target not in silent:
                    silent[target] = self._why_stuck(target)
                reason = f"the source has not answered within {self._patience:.0f} s: "
                reason += silent[target]
            yield signal, tuple(Reread(one, came, signal.id, reason=reason) for one in meant)


class Rereading:
    """Asks for rows, some at a time, and waits until their sinks are past them.

    Args:
        signals: the pipeline's.
        applied: how far its sinks are.
        patience: seconds that the answers, and then the sinks, are waited for.
        clock, sleep: the time.
    """

    def __init__(
        self,
        signals: Signals,
        applied: Applied,
        *,
        patience: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._asker = Asker(signals, patience, applied.why_not)
        self._applied = applied
        self._patience = patience
        self._clock = clock
        self._sleep = sleep

    def ask(self, rows: Sequence[Wanted]) -> tuple[Reread, ...]:
        """Ask for rows and wait; returns what became of each, in any order.

        Raises:
            KafkaProblem: if Kafka can't be had; signals may be on their way then, and be served.
        """
        return tuple(self._passed(self._asker.ask(rows)))

    def _passed(self, heard: Sequence[Reread]) -> Iterator[Reread]:
        """Wait until the sinks are past the events."""
        waiting: dict[tuple[Target, str], Mapping[int, int | None]] = {
            (one.wanted.target, one.signal_id): one.last_offsets
            for one in heard
            if one.came == "passed"
        }
        until = self._clock() + self._patience
        while True:
            waiting = {
                (target, id_): offsets
                for (target, id_), offsets in waiting.items()
                if not self._applied.reached(target, offsets)
            }
            self._applied.poll()
            if not waiting or self._clock() >= until:
                break
            self._sleep(_TICK)
        stuck = {target: self._applied.why_not(target) for target, _ in waiting}
        for one in heard:
            target = one.wanted.target
            if (target, one.signal_id) in waiting and one.came == "passed":
                reason = f"the sink has not taken it within {self._patience:.0f} s: {stuck[target]}"
                yield Reread(one.wanted, "stuck", one.signal_id, one.last_offsets, reason)
            else:
                yield one


def _answered(one: Wanted, answer: Answer) -> Reread:
    return Reread(one, "passed", answer.signal_id, answer.last_offsets)


def _signals(rows: Sequence[Wanted], most: int) -> Iterator[tuple[Signal, list[Wanted]]]:
    by_target: dict[Target, list[Wanted]] = {}
    for row in rows:
        by_target.setdefault(row.target, []).append(row)
    for target, meant in by_target.items():
        rest = iter(meant)
        keys = (row.key for row in meant)
        for signal in key_signals(target.table, keys, static=target.static, most=most):
            yield signal, [next(rest) for _ in signal.keys or ()]
