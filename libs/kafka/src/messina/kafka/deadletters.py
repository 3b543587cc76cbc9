"""Dead letters: records that a sink could not write, as they came, with the reason in headers.

The one place that knows what these headers are called: those of Messina's sink, and those that
Kafka Connect adds for any sink (`errors.deadletterqueue.context.headers.enable`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from messina.kafka.events import CORRELATION_HEADER, SIGNAL_HEADER
from messina.kafka.records import Record

SUFFIX = ".dlq"
"""What the topic of a sink's dead letters is called, behind the sink's name."""

TOPIC_SETTING = "errors.deadletterqueue.topic.name"
"""The setting of a sink that names the topic of its dead letters."""

MESSINA = "messina.error."
"""What the headers of Messina's sink begin with."""
CONNECT = "__connect.errors."
"""What the headers of Kafka Connect begin with."""

_SQLSTATE = re.compile(r"SQLSTATE[\s:=(\[]*([0-9A-Z]{5})\b")
_HEAD = 5
"""Bytes before a record's own in the wire format: a zero, and the schema's id."""
_DIGEST = 32


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """Where a record lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What a dead letter says of itself.

    Attributes:
        at: where the letter lies.
        origin: where the record lay that could not be written; None where no header says it.
        key: the record's key, as bytes.
        at_ms: when the record came into its topic.
        sqlstate: Postgres' code, where Postgres rejected it.
        constraint: that it violated.
        column: that is meant.
        message: what was said, in one line.
        exception: the class of the error, where Connect tells it.
        stage: where in Connect it failed, such as `VALUE_CONVERTER` or `TASK_PUT`.
        correlation_id: of the change.
        signal_id: the signals that asked for the record, with commas between.
    """

    at: Address
    origin: Address | None
    key: bytes | None
    at_ms: int
    sqlstate: str | None = None
    constraint: str | None = None
    column: str | None = None
    message: str = ""
    exception: str | None = None
    stage: str | None = None
    correlation_id: str | None = None
    signal_id: str | None = None


def dead_letters_topic(sink: str) -> str:
    """Return the topic of a sink connector's dead letters."""
    return f"{sink}{SUFFIX}"


def dead_letter(record: Record) -> DeadLetter:
    """Return what a record of such a topic says. Never fails: what is not there is None."""
    headers = record.headers
    message = _said(headers, "message") or _text(headers, f"{CONNECT}exception.message") or ""
    code = _said(headers, "sqlstate")
    if code is None and (found := _SQLSTATE.search(message)):
        code = found.group(1)
    return DeadLetter(
        at=Address(record.topic, record.partition, record.offset),
        origin=_origin(headers, MESSINA) or _origin(headers, CONNECT),
        key=record.key,
        at_ms=record.timestamp_ms,
        sqlstate=code,
        constraint=_said(headers, "constraint"),
        column=_said(headers, "column"),
        # what a driver says in further lines has the row's values
        message=next(iter(message.splitlines()), "").strip(),
        exception=_text(headers, f"{CONNECT}exception.class.name"),
        stage=_text(headers, f"{CONNECT}stage"),
        correlation_id=_text(headers, CORRELATION_HEADER),
        signal_id=_text(headers, SIGNAL_HEADER),
    )


def row_digest(key: bytes) -> str:
    """Return what stands for the row of a record's key, whichever schema's id it carries.

    Keys of one topic are equal where these are: Avro writes equal values of the same types as
    equal bytes.
    """
    avro = len(key) > _HEAD and key[0] == 0
    return sha256(key[_HEAD:] if avro else key).hexdigest()[:_DIGEST]


def _said(headers: Mapping[str, bytes | None], name: str) -> str | None:
    return _text(headers, f"{MESSINA}{name}")


def _text(headers: Mapping[str, bytes | None], name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode(errors="replace")


def _origin(headers: Mapping[str, bytes | None], prefix: str) -> Address | None:
    topic = _text(headers, f"{prefix}topic")
    partition = _text(headers, f"{prefix}partition")
    offset = _text(headers, f"{prefix}offset")
    if not topic or partition is None or offset is None:
        return None
    try:
        return Address(topic, int(partition), int(offset))
    except ValueError:
        return None
