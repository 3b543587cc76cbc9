"""The applied watermark: up to which moment a table's changes are in Postgres.

A source's watermark says that every change before a moment is out, and at which offset its last
record lies. Once the sink's committed offsets are past these, the changes are applied. That the lag
is zero would not do: a transaction's end takes an offset, so an idle topic never gets there.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from messina.kafka.avro import AvroDecoder
from messina.kafka.records import Positions
from messina.kafka.standing import Standing
from messina.kafka.unread import Stretch, unread
from messina.kafka.watermarks import Watermark, Watermarks

Look = Literal["fast", "swept"]
"""Which look a moment is judged by: the first, or the second, which has late rows too."""

_BEFORE_MS = 30_000
_PAUSE_S = 0.5
_FORGOTTEN_S = 120.0
"""A moment that nobody asked for during so many seconds is no longer waited for."""


@dataclass(frozen=True)
class SinkOf:
    """Where one table goes, or what its partitions share.

    Attributes:
        group: the consumer group of its sink connector.
        topic: its topic.
        slices: how many partitions that has.
    """

    group: str
    topic: str
    slices: int


@dataclass(frozen=True)
class Target:
    """A table with its keyspace; `static`: what its partitions share."""

    table: str
    static: bool = False


@dataclass
class Goal:
    """A moment that is waited for: by slice, the offset that the sink must be past."""

    moment_us: int
    look: Look
    static: bool
    slices: int
    offsets: dict[int, int] = field(default_factory=dict)
    asked: float = field(default_factory=time.monotonic)
    only: int | None = None
    """The one slice that is waited for; None: all of them."""

    def take(self, mark: Watermark) -> None:
        """Take what a slice says now; only the first mark that speaks of the moment counts."""
        until = mark.fast_until_us if self.look == "fast" else mark.swept_until_us
        offset = mark.static_last_offset if self.static else mark.last_offset
        if mark.slice not in self.offsets and until >= self.moment_us and offset is not None:
            self.offsets[mark.slice] = offset

    def out(self) -> bool:
        """Whether every slice's changes before the moment are in Kafka."""
        return len(self.offsets) == (self.slices if self.only is None else 1)

    def passed(self, committed: Mapping[int, int]) -> bool:
        """Whether they are in Postgres; `committed`: what the sink reads next, by partition."""
        return self.out() and past(self.offsets, committed)


def past(offsets: Mapping[int, int | None], committed: Mapping[int, int]) -> bool:
    """Return whether a sink is past offsets, by partition; unknown ones, or none, are passed."""
    return all(
        offset is None or offset < 0 or committed.get(number, 0) > offset
        for number, offset in offsets.items()
    )


class Applied:
    """Follows how far sinks have come. Close it, or use it in a `with`.

    A moment is by the clock of the writers and of Connect's workers: who reads a row, and waits
    until that moment has passed, adds what the clocks may differ by.

    Args:
        bootstrap: addresses of brokers.
        prefix: the pipeline's name.
        decoder: decodes watermarks.
        sinks: where tables go.
        timeout: seconds until the brokers are given up.
        client: further settings of the clients.

    Raises:
        BrokerProblem: if the brokers do not answer, here and in all that asks them.
        DecodingProblem: if a watermark can't be read.
        RegistryProblem: if its schema can't be had.
    """

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        decoder: AvroDecoder,
        sinks: Mapping[Target, SinkOf],
        *,
        timeout: float = 20.0,
        client: Mapping[str, str] | None = None,
    ) -> None:
        self._sinks = dict(sinks)
        self._bootstrap = bootstrap
        self._timeout = timeout
        self._client = client
        self._positions = Positions(bootstrap, timeout=timeout, client=client)
        self._standing = Standing(bootstrap, timeout=timeout, client=client)
        since_ms = time.time_ns() // 1_000_000 - _BEFORE_MS
        # A slice that said nothing since then is not heard of before it speaks again.
        self._marks = Watermarks(
            bootstrap, prefix, decoder, timeout=timeout, client=client, since_ms=since_ms
        )
        self._goals: dict[tuple[Target, int, Look, int | None], Goal] = {}
        self._committed: dict[str, dict[str, dict[int, int]]] = {}
        self._asked: dict[str, float] = {}

    def close(self) -> None:
        """Close the connections."""
        self._standing.close()
        self._marks.close()

    def __enter__(self) -> "Applied":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def poll(self, timeout: float = 0.0) -> None:
        """Take in what was published meanwhile; waits for something for up to `timeout` seconds."""
        self._marks.poll(timeout)
        oldest = time.monotonic() - _FORGOTTEN_S
        self._goals = {key: goal for key, goal in self._goals.items() if goal.asked >= oldest}
        for (target, *_), goal in self._goals.items():
            self._follow(target, goal)

    def passed(
        self,
        target: Target,
        moment_us: int,
        look: Look = "swept",
        only: int | None = None,
    ) -> bool:
        """Return whether all changes before a moment are in Postgres; `only`: those of one slice.

        The first question is what makes it be waited for: `poll`, and ask again.
        """
        key = (target, moment_us, look, only)
        goal = self._goals.get(key)
        if goal is None:
            slices = self._sinks[target].slices
            goal = Goal(moment_us, look, target.static, slices, only=only)
            self._goals[key] = goal
            self._follow(target, goal)
        goal.asked = time.monotonic()
        if not goal.out() or not goal.passed(self._stands(target, goal.offsets)):
            return False
        del self._goals[key]
        return True

    def slices(self, target: Target) -> int:
        """Return how many slices a table has."""
        return self._sinks[target].slices

    def reached(self, target: Target, last_offsets: Mapping[int, int | None]) -> bool:
        """Return whether the sink is past offsets, by partition, such as an `Answer` has."""
        return past(last_offsets, self._stands(target, last_offsets))

    def drained(self, target: Target) -> bool:
        """Return whether the sink has applied every change that its topic has now.

        The tombstone behind a delete is none: a sink that drops it may not commit past it.
        """
        sink = self._sinks[target]
        ends, committed = self._positions.ends(sink.topic), self._asked_now(sink)
        stretches = {
            (sink.topic, number): Stretch(committed.get(number), end)
            for number, end in ends.items()
        }
        found = unread(
            self._bootstrap,
            stretches,
            tombstones=False,
            timeout=self._timeout,
            client=self._client,
        )
        return all(each.none for each in found.values())

    def why_not(self, target: Target, only: int | None = None) -> str:
        """Return in a few words what keeps changes of a table, or slice, from being applied."""
        sink = self._sinks[target]
        marks = self._marks.table(target.table, sink.slices)
        unknown = {n: why for n, why in marks.unknown.items() if only in (None, n)}
        if unknown:
            number, reason = next(iter(unknown.items()))
            more = f", and {len(unknown) - 1} more" if len(unknown) > 1 else ""
            return f"the source's slice {number} of {target.table}: {reason}{more}"
        committed = self._asked_now(sink)
        for number, mark in sorted(marks.slices.items()):
            if only not in (None, number):
                continue
            last = mark.static_last_offset if target.static else mark.last_offset
            if last is None:
                return f"the source does not know where slice {number} of {target.table} ends"
            if not past({number: last}, committed):
                stands = committed.get(number)
                at = "never read" if stands is None else f"reads offset {stands} next"
                return f"{sink.group} {at} of {sink.topic}, partition {number}; {last} is its last"
        behind = time.time() - (marks.swept_until_us or 0) / 1e6
        return f"the source's second look at {target.table} is {behind:.0f} s behind"

    def silent(self, targets: Iterable[Target]) -> list[Target]:
        """Return those whose source has said nothing for ten seconds, for whatever reason."""
        return [
            target
            for target in targets
            if self._marks.table(target.table, self._sinks[target].slices).unknown
        ]

    def _follow(self, target: Target, goal: Goal) -> None:
        for number in range(goal.slices) if goal.only is None else (goal.only,):
            mark = self._marks.slice(target.table, number)
            if mark is not None:
                goal.take(mark)

    def _stands(self, target: Target, wanted: Mapping[int, int | None]) -> Mapping[int, int]:
        """Where the sink stands; asked for anew where it is not known to be far enough."""
        sink = self._sinks[target]
        known = self._committed.get(sink.group, {}).get(sink.topic, {})
        now = time.monotonic()
        if not past(wanted, known) and now - self._asked.get(sink.group, -_PAUSE_S) >= _PAUSE_S:
            return self._asked_now(sink)
        return known

    def _asked_now(self, sink: SinkOf) -> Mapping[int, int]:
        topics = {one.topic: one.slices for one in self._sinks.values() if one.group == sink.group}
        self._committed[sink.group] = self._standing.of(sink.group, topics)
        self._asked[sink.group] = time.monotonic()
        return self._committed[sink.group].get(sink.topic, {})
