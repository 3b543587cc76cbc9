"""One row, explained: frozen values, and what they mean together."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class ColumnView:
    """A column on both sides, as people read it; None where the row is not there."""

    name: str
    source: str | None
    sink: str | None
    differs: bool


@dataclass(frozen=True)
class EventView:
    """One of the row's change events.

    Attributes:
        op: created, updated, deleted, `r`ead again; `tombstone` behind a deletion.
        written_us: when the newest write behind it happened, by the source.
        came_ms: when it came into Kafka.
    """

    partition: int
    offset: int
    op: str
    came_ms: int
    written_us: int | None = None
    correlation_id: str | None = None
    signal_id: str | None = None


@dataclass(frozen=True)
class Standing:
    """How far the row's slice is.

    Attributes:
        topic: where its events are.
        slice: its slice of the ring, and partition; None where the source does not cut the ring.
        token: its partition key's.
        fast_until_us: up to when the first look has put out all changes; None: not known.
        swept_until_us: the same of the second look.
        group: the consumer group of the sink.
        reads_next: the offset that it reads next in that partition; None where it never read.
        unknown: what could not be asked, and why.
    """

    topic: str
    slice: int | None
    token: int
    group: str
    fast_until_us: int | None = None
    swept_until_us: int | None = None
    reads_next: int | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """A row on both sides, on its way, and what it comes to.

    Attributes:
        table: the table with its keyspace; of what partitions share with `__static`.
        key: its columns and their values.
        in_source: whether the source has it.
        in_sink: whether Postgres has it.
        columns: the others, with what both have.
        written_us: when the newest value of it that the source tells of was written.
        events: those since `since_ms`, the oldest first.
        standing: how far its slice is.
        file: the pipeline, as commands name it.
    """

    table: str
    key: tuple[tuple[str, str], ...]
    in_source: bool
    in_sink: bool
    columns: tuple[ColumnView, ...]
    written_us: int | None
    events: tuple[EventView, ...]
    since_ms: int
    standing: Standing
    file: str

    @property
    def equal(self) -> bool:
        """Whether both sides have the same, or neither has the row."""
        return self.in_source == self.in_sink and not any(c.differs for c in self.columns)

    def verdict(self) -> tuple[str, str | None]:
        """What it comes to, in a sentence, and the next command if there is something to do."""
        if self.equal:
            there = "are equal" if self.in_source else "have no such row"
            return f"both sides {there}", None
        stands = self.standing
        look = f"messina deploy status {self.file}"
        newest = self.events[-1] if self.events else None
        if newest is not None and (stands.reads_next or 0) <= newest.offset:
            at = "never read" if stands.reads_next is None else f"reads {stands.reads_next} next"
            return (
                f"on its way: its newest event, offset {newest.offset}, is in Kafka, and "
                f"{stands.group} {at}",
                look,
            )
        if stands.unknown:
            return f"they differ; how far the pipeline is, is unknown: {stands.unknown[0]}", look
        if stands.fast_until_us is None:
            return "they differ; the source says no watermarks by which to tell why", look
        written = self.written_us
        if written is not None and written >= stands.fast_until_us:
            return f"on its way: the first look has come to {moment(stands.fast_until_us)}", look
        if written is not None and written >= (stands.swept_until_us or 0):
            return (
                "they differ: the first look is past the row, and the second, which would find "
                f"what the first one missed, has come to {moment(stands.swept_until_us)}",
                None,
            )
        what = "no event of it in the time looked at" if newest is None else "all its events done"
        return (
            f"they differ, and nothing is on its way: {what}",
            f"messina reconcile run {self.file} --table {self.table.rpartition('.')[2]} --repair",
        )

    def as_json(self) -> dict[str, Any]:
        """The explanation as JSON can hold it."""
        verdict, following = self.verdict()
        return {
            **asdict(self),
            "key": dict(self.key),
            "equal": self.equal,
            "verdict": verdict,
            "next": following,
        }


def moment(us: int | None) -> str:
    """A time for people: UTC, to the millisecond."""
    if us is None:
        return "nowhere yet"
    try:
        at = datetime.fromtimestamp(us / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{us} µs"
    return at.strftime("%Y-%m-%d %H:%M:%S.") + f"{at.microsecond // 1000:03}Z"
