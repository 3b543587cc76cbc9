"""A gap as the table has it: what is to be done about it, when, and what became of that so far."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID

from messina.kafka import Bound, Gap

Work = Literal["keys", "range", "tokens", "person"]
"""How a gap is healed.

keys     the row it names is signalled
range    rows of a partition are compared, and those that differ signalled
tokens   all rows of a part of the ring are signalled, and those that only the sink has
person   somebody has to look
"""

SLOT_US = 5_000_000
"""Of one subject, what falls due within these microseconds is one gap (decision 0018)."""


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A gap that is not healed yet.

    Attributes:
        subject: what it is about; of one subject there may be several, each with its slot.
        slot: which five seconds it falls due in.
        table: the source's name of the table.
        static: whether it is about what a partition shares.
        partition_key: the partition, as canonical JSON.
        lower: where the range of clustering keys begins, as canonical JSON; None: where the
            partition does.
        upper: where it ends.
        due_us: from when on it can be healed, in microseconds since 1970.
        next_us: when it is tried next; None: it needs a person.
        attempts: how often it was tried in vain.
        error: why it failed last.
        slice: the slice of the ring that it lies in; -1: not known.
    """

    subject: UUID
    slot: int
    table: str
    static: bool
    kind: str
    work: Work
    partition_key: str | None
    lower: str | None
    lower_inclusive: bool | None
    upper: str | None
    upper_inclusive: bool | None
    from_token: int | None
    to_token: int | None
    from_us: int | None
    to_us: int | None
    written_us: int
    due_us: int
    reason: str | None = None
    correlation_id: str | None = None
    next_us: int | None = None
    attempts: int = 0
    error: str | None = None
    slice: int = -1

    @property
    def ident(self) -> tuple[UUID, int]:
        """What it is known by."""
        return self.subject, self.slot

    @property
    def is_row(self) -> bool:
        """Whether it names one row, or static row: its bounds are that row's clustering key."""
        return self.static or (self.lower is not None and self.lower == self.upper)

    def key(self) -> dict[str, Any]:
        """The key of the row it names, as signals have it."""
        parts = [self.partition_key or "{}"] + ([] if self.static else [self.lower or "{}"])
        return {name: value for part in parts for name, value in json.loads(part).items()}

    def as_json(self) -> dict[str, Any]:
        """What `messina reconcile gaps` prints."""
        return {
            "id": f"{self.subject}/{self.slot}",
            "kind": self.kind,
            "table": self.table,
            "static": self.static,
            "slice": self.slice,
            "partition_key": _parsed(self.partition_key),
            "from": _parsed(self.lower),
            "from_inclusive": self.lower_inclusive,
            "to": _parsed(self.upper),
            "to_inclusive": self.upper_inclusive,
            "from_token": self.from_token,
            "to_token": self.to_token,
            "written_us": self.written_us,
            "due_us": self.due_us,
            "next_us": self.next_us,
            "attempts": self.attempts,
            "error": self.error,
            "reason": self.reason,
            "correlation_id": self.correlation_id,
        }


def open_gap(gap: Gap) -> OpenGap:
    """Return the row of the table that a gap of the topic becomes."""
    partition = None if gap.partition_key is None else canonical(gap.partition_key)
    lower, upper = _key(gap.after), _key(gap.upto)
    inclusive = (
        None if gap.after is None else gap.after.inclusive,
        None if gap.upto is None else gap.upto.inclusive,
    )
    work = _work(gap)
    place = (gap.full_table, gap.kind, gap.static, partition, lower, upper, *inclusive)
    tokens = (gap.from_token, gap.to_token, gap.from_us if work == "tokens" else None)
    return OpenGap(
        subject=_subject(*place, *tokens),
        slot=gap.due_us // SLOT_US,
        table=gap.table,
        static=gap.static,
        kind=gap.kind,
        work=work,
        partition_key=partition,
        lower=lower,
        lower_inclusive=inclusive[0],
        upper=upper,
        upper_inclusive=inclusive[1],
        from_token=gap.from_token,
        to_token=gap.to_token,
        from_us=gap.from_us,
        to_us=gap.to_us,
        written_us=gap.written_us,
        due_us=gap.due_us,
        reason=gap.reason,
        correlation_id=gap.correlation_id,
        next_us=None if work == "person" else gap.due_us,
        error=_FOR_A_PERSON if work == "person" else None,
        slice=gap.slice,
    )


def rearmed(gap: OpenGap, due_us: int) -> OpenGap:
    """Return a gap like another that falls due later."""
    return replace(
        gap, slot=due_us // SLOT_US, due_us=due_us, next_us=due_us, attempts=0, error=None
    )


def of_row(gap: OpenGap, key: str, partition: Collection[str]) -> OpenGap:
    """Return the gap of one row that stays unequal among those of a gap of tokens.

    Args:
        gap: that one.
        key: the row's key, as canonical JSON.
        partition: the names of the partition key's columns.
    """
    values = json.loads(key)
    whole = canonical({name: values[name] for name in partition})
    rest = {name: value for name, value in values.items() if name not in partition}
    bound, inclusive = (canonical(rest), True) if rest else (None, None)
    return replace(
        gap,
        subject=_subject("row", gap.table, gap.static, whole, bound),
        kind="unreadable",
        work="range",
        partition_key=whole,
        lower=bound,
        lower_inclusive=inclusive,
        upper=bound,
        upper_inclusive=inclusive,
        from_token=None,
        to_token=None,
        from_us=None,
        to_us=None,
        reason="it differed still after a lost stretch was read again",
        attempts=0,
        error=None,
    )


def unknown_gap(topic: str, partition: int, offset: int, reason: str, now_us: int) -> OpenGap:
    """Return what stands for a record of the gaps topic that tells of none."""
    return OpenGap(
        subject=_subject(topic, partition, offset),
        slot=0,  # once, however often it is read
        table="?",
        static=False,
        kind="undecodable",
        work="person",
        partition_key=None,
        lower=None,
        lower_inclusive=None,
        upper=None,
        upper_inclusive=None,
        from_token=None,
        to_token=None,
        from_us=None,
        to_us=None,
        written_us=now_us,
        due_us=now_us,
        reason=f"{topic}, partition {partition}, offset {offset}",
        error=reason,
    )


def canonical(key: Mapping[str, Any]) -> str:
    """Return a key's JSON text; of one key always the same."""
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


_FOR_A_PERSON = (
    "the table is another one now: compare it with `messina reconcile run FILE --table … --repair`,"
    " then close this with `messina reconcile gaps FILE --close ID`"
)


def _work(gap: Gap) -> Work:
    if gap.kind == "table_recreated":
        return "person"
    if gap.partition_key is None:
        return "tokens"
    return "keys" if gap.kind == "ttl" else "range"


def _key(bound: Bound | None) -> str | None:
    return None if bound is None else canonical(bound.key)


def _subject(*parts: object) -> UUID:
    text = json.dumps(parts, ensure_ascii=False, default=str)
    return UUID(bytes=blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest())


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
