"""What was seen in Kafka, in one form whichever connector wrote it."""

from dataclasses import dataclass
from typing import Any, Protocol

from case import Row

from messina.kafka import AvroDecoder, Gap, Record

UPSERT = "upsert"
DELETE = "d"


@dataclass(frozen=True)
class Seen:
    """One change event as it was seen.

    Attributes:
        table: the last part of the topic's name.
        op: c, u, d, r; `upsert` where the connector does not say.
        key: the record's key.
        after: the row, or None for a delete.
        before: as the envelope has it.
        source: the envelope's.
        record: as it came, for headers, partition and offset.
    """

    table: str
    op: str
    key: Row
    after: Row | None
    before: Row | None
    source: Row
    record: Record

    def __str__(self) -> str:
        row = self.before if self.after is None else self.after
        shown = {k: _short(v) for k, v in (row or self.key).items() if v is not None}
        return f"{self.op} {self.table} {shown}"


class Adapter(Protocol):
    """How a connector's records are read."""

    tells_op: bool
    """Whether it tells an insert from an update."""

    def read(self, record: Record) -> Seen | None:
        """The event that a record is; None for the tombstone that follows one."""


class Messina:
    """Our connector: Debezium's envelope, a delete followed by a tombstone."""

    tells_op = True

    def __init__(self, decoder: AvroDecoder) -> None:
        self._decoder = decoder

    def read(self, record: Record) -> Seen | None:
        """The envelope, taken apart."""
        if record.value is None or record.key is None:
            return None
        envelope = self._decoder.decode(record.value)
        return Seen(
            _table(record),
            envelope["op"],
            self._decoder.decode(record.key),
            envelope["after"],
            envelope["before"],
            envelope["source"],
            record,
        )


class Scylladb:
    """The official connector behind its flattening transform: rows and tombstones, no envelope.

    It says neither `c` nor `u`; its own columns begin with `cdc_` or two underscores.
    """

    tells_op = False

    def __init__(self, decoder: AvroDecoder) -> None:
        self._decoder = decoder

    def read(self, record: Record) -> Seen | None:
        """A row is an upsert, a tombstone a delete."""
        if record.key is None:
            return None
        key = self._decoder.decode(record.key)
        if record.value is None:
            return Seen(_table(record), DELETE, key, None, None, {}, record)
        value = self._decoder.decode(record.value)
        row = {k: _unwrapped(v) for k, v in value.items() if not k.startswith(("cdc_", "__"))}
        return Seen(_table(record), UPSERT, key, row, None, {}, record)


def told(gap: Gap) -> str:
    """A gap in a line."""
    start, end = gap.after, gap.upto
    left = f"{'[' if start.inclusive else '('}{dict(start.key)}" if start else "(-"
    right = f"{dict(end.key)}{']' if end.inclusive else ')'}" if end else "-)"
    why = f" ({gap.reason})" if gap.reason else ""
    return (
        f"{gap.kind} {gap.table} {dict(gap.partition_key or {})} {left}, {right}"
        f" written at {gap.written_us}, due {(gap.due_us - gap.written_us) / 1e6:g} s later{why}"
    )


def _unwrapped(value: Any) -> Any:
    """A cell of the official connector: the value itself, or a struct around it."""
    return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value


def _table(record: Record) -> str:
    return record.topic.rpartition(".")[2]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
