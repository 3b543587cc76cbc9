"""Gaps: what the source's log shows, and a re-read of one row cannot cure.

The source connector writes one record for each on `<prefix>.gaps`, in the transaction of the events
around it. The same gap, seen twice, has the same id.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from messina.kafka.avro import AvroDecoder
from messina.kafka.errors import DecodingProblem
from messina.kafka.records import Record, read

GapKind = Literal[
    "range_delete",
    "partition_delete",
    "ttl",
    "unreadable",
    "log_lost",
    "table_recreated",
]


class Bound(BaseModel):
    """An end of a range of clustering keys.

    Attributes:
        key: the first so many clustering columns, with their values as canonical JSON.
        inclusive: whether rows with just these values are in the range.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: Mapping[str, Any]
    inclusive: bool

    @field_validator("key", mode="before")
    @classmethod
    def _parsed(cls, key: Any) -> Any:
        return _object(key)


class Gap(BaseModel):
    """Rows of one slice that may differ between source and sink from `due_us` on."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    id: str
    keyspace: str
    table: str
    slice: int
    kind: GapKind
    static: bool = False
    """Whether it is about the static row of the partition."""
    partition_key: Mapping[str, Any] | None = None
    """The partition: columns with canonical JSON. Of one row both bounds are its clustering key."""
    after: Bound | None = Field(default=None, alias="from")
    """Where the range of clustering keys begins; None: with the partition."""
    upto: Bound | None = Field(default=None, alias="to")
    """Where the range of clustering keys ends; None: with the partition."""
    from_token: int | None = None
    to_token: int | None = None
    from_us: int | None = None
    """Since when the log was lost, in microseconds since 1970."""
    to_us: int | None = None
    written_us: int = Field(alias="write_ts_us")
    """When the change was written."""
    due_us: int = Field(alias="due_ts_us")
    """From when on it can be healed."""
    reason: str | None = None
    correlation_id: str | None = None
    offset: int
    """Where the record lies in the topic."""

    @field_validator("partition_key", mode="before")
    @classmethod
    def _parsed(cls, key: Any) -> Any:
        return None if key is None else _object(key)

    @property
    def full_table(self) -> str:
        """The table with its keyspace."""
        return f"{self.keyspace}.{self.table}"


def gap(record: Record, decoder: AvroDecoder) -> Gap | None:
    """Return the gap that a record of a gaps topic tells of, or None for a tombstone.

    Raises:
        DecodingProblem: if it tells of none; it says which record it is.
    """
    if record.value is None:
        return None
    try:
        return Gap.model_validate({**decoder.decode(record.value), "offset": record.offset})
    except (DecodingProblem, ValidationError, TypeError) as error:
        reason = " ".join(str(error).split())
        where = f"{record.topic}, partition {record.partition}, offset {record.offset}"
        raise DecodingProblem(f"no gap at {where}: {reason}") from error


def gaps(
    bootstrap: str,
    prefix: str,
    decoder: AvroDecoder,
    *,
    start: Mapping[int, int] | None = None,
    timeout: float = 30.0,
    client: Mapping[str, str] | None = None,
) -> Iterator[Gap]:
    """Yield a pipeline's gaps up to where its topic ends now.

    Args:
        bootstrap: addresses of brokers.
        prefix: the pipeline's name.
        decoder: decodes the records.
        start: by partition, the offset of the first record to read.
        timeout: seconds without a record or an end until reading is given up.
        client: further settings of the client.

    Raises:
        BrokerProblem: if there is no such topic, or no answer.
        DecodingProblem: if a record is no gap.
    """
    topic = f"{prefix}.gaps"
    for record in read(bootstrap, topic, start=start, timeout=timeout, client=client):
        found = gap(record, decoder)
        if found is not None:
            yield found


def _object(key: Any) -> Any:
    """The connector writes a key as JSON text."""
    return json.loads(key) if isinstance(key, str) else key
