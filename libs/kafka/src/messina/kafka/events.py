"""Change events: the one place that knows the envelope.

A record's key is the row's primary key; its value is Debezium's envelope with the row as it stood
after the change, or its deletion; a deletion is followed by a tombstone, which has no value.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from messina.kafka.avro import AvroDecoder
from messina.kafka.errors import DecodingProblem
from messina.kafka.records import Record

Op = Literal["c", "u", "d", "r"]
"""Created, updated, deleted, read again because a signal asked for it."""

OPS: frozenset[str] = frozenset(get_args(Op))

Row = Mapping[str, Any]

CORRELATION_HEADER = "messina.correlation_id"
SIGNAL_HEADER = "messina.signal_id"


class Source(BaseModel):
    """Where a change comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: str
    connector: str
    name: str
    ts_ms: int
    ts_us: int | None = None
    ts_ns: int | None = None
    db: str | None = None
    snapshot: str | None = None
    sequence: str | None = None
    keyspace_name: str
    table_name: str


class ChangeEvent(BaseModel):
    """A row as it stood after a change, or its deletion.

    Values are those of the wire, not yet those of CQL: `messina.types` turns them.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: Row
    op: Op
    before: Row | None
    after: Row | None
    source: Source
    ts_ms: int
    topic: str
    partition: int
    offset: int
    correlation_id: str | None = None
    signal_id: str | None = None
    """The signals that asked for it, with commas between."""

    @field_validator("key", "before", "after", mode="after")
    @classmethod
    def _frozen(cls, row: Row | None) -> Row | None:
        return None if row is None else MappingProxyType(dict(row))

    @property
    def table(self) -> str:
        """The table with its keyspace."""
        return f"{self.source.keyspace_name}.{self.source.table_name}"

    @property
    def written_us(self) -> int:
        """When the newest write behind the event happened, in microseconds."""
        return self.source.ts_us if self.source.ts_us is not None else self.source.ts_ms * 1000


def change_event(record: Record, decoder: AvroDecoder) -> ChangeEvent | None:
    """Return the change that a record of a data topic tells of, or None if it is a tombstone.

    Raises:
        DecodingProblem: if the record is no change event; it says which.
    """
    where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
    if record.key is None:
        raise DecodingProblem(f"no change event at {where}: it has no key")
    try:
        if record.value is None:
            return None
        key = decoder.decode(record.key)
        envelope = decoder.decode(record.value)
        return ChangeEvent(
            **{
                **envelope,
                "key": key,
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "correlation_id": _text(record, CORRELATION_HEADER),
                "signal_id": _text(record, SIGNAL_HEADER),
            }
        )
    except (DecodingProblem, ValidationError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise DecodingProblem(f"no change event at {where}: {reason}") from error


def _text(record: Record, header: str) -> str | None:
    value = record.headers.get(header)
    return None if value is None else value.decode(errors="replace")
