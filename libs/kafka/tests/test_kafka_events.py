"""Change events, from bytes to values."""

import struct
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer

from messina.kafka import AvroDecoder, ChangeEvent, DecodingProblem, Record, change_event

KEY: dict[str, Any] = {
    "type": "record",
    "name": "Key",
    "namespace": "flights.ops.flights",
    "fields": [{"name": "id", "type": "int"}],
}
ROW: dict[str, Any] = {
    "type": "record",
    "name": "Value",
    "namespace": "flights.ops.flights",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "carrier", "type": ["null", "string"], "default": None},
    ],
}
SOURCE: dict[str, Any] = {
    "type": "record",
    "name": "Source",
    "fields": [
        {"name": "version", "type": "string"},
        {"name": "connector", "type": "string"},
        {"name": "name", "type": "string"},
        {"name": "ts_ms", "type": "long"},
        {"name": "ts_us", "type": ["null", "long"]},
        {"name": "keyspace_name", "type": "string"},
        {"name": "table_name", "type": "string"},
    ],
}
ENVELOPE: dict[str, Any] = {
    "type": "record",
    "name": "Envelope",
    "namespace": "flights.ops.flights",
    "fields": [
        {"name": "before", "type": ["null", ROW]},
        {"name": "after", "type": ["null", "Value"]},
        {"name": "source", "type": SOURCE},
        {"name": "op", "type": "string"},
        {"name": "ts_ms", "type": "long"},
    ],
}


class Registry:
    """Plays a registry, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def schema(self, schema_id: int) -> dict[str, Any] | None:
        self.asked.append(schema_id)
        return {1: KEY, 2: ENVELOPE}.get(schema_id)


def encode(schema_id: int, schema: dict[str, Any], record: object) -> bytes:
    body = BytesIO()
    schemaless_writer(body, parse_schema(schema), record)
    return b"\0" + struct.pack(">I", schema_id) + body.getvalue()


def envelope(op: str = "u", **parts: object) -> bytes:
    source = {
        "version": "0.1.0",
        "connector": "messina",
        "name": "flights",
        "ts_ms": 7,
        "ts_us": 7001,
        "keyspace_name": "ops",
        "table_name": "flights",
    }
    record = {"before": None, "after": None, "source": source, "op": op, "ts_ms": 9, **parts}
    return encode(2, ENVELOPE, record)


def record(key: bytes | None, value: bytes | None, **headers: bytes) -> Record:
    return Record("flights.ops.flights", 1, 42, key, value, 0, headers)


THE_KEY = encode(1, KEY, {"id": 5})


def test_an_update_carries_the_row_as_it_stands() -> None:
    """An event has key, operation, row and source of the envelope, and where it was read."""
    value = envelope(after={"id": 5, "carrier": "UA"})
    event = change_event(
        record(THE_KEY, value, **{"messina.correlation_id": b"abc"}), AvroDecoder(Registry())
    )
    assert isinstance(event, ChangeEvent)
    assert event.key == {"id": 5}
    assert event.op == "u"
    assert event.before is None
    assert event.after == {"id": 5, "carrier": "UA"}
    assert (event.table, event.written_us) == ("ops.flights", 7001)
    assert (event.topic, event.partition, event.offset) == ("flights.ops.flights", 1, 42)
    assert (event.correlation_id, event.signal_id) == ("abc", None)


def test_a_deletion_carries_its_key_in_before() -> None:
    """A deletion has the key's columns in `before` and no `after`."""
    value = envelope("d", before={"id": 5, "carrier": None})
    event = change_event(record(THE_KEY, value), AvroDecoder(Registry()))
    assert event is not None
    assert (event.op, event.after) == ("d", None)
    assert event.before is not None
    assert event.before["id"] == 5


def test_a_tombstone_is_none() -> None:
    """A record without a value tells nothing that the deletion before it did not."""
    assert change_event(record(THE_KEY, None), AvroDecoder(Registry())) is None


def test_an_event_can_not_be_changed() -> None:
    """Neither an event nor its rows can be changed by who reads them."""
    event = change_event(record(THE_KEY, envelope()), AvroDecoder(Registry()))
    assert event is not None
    with pytest.raises(ValueError, match="frozen"):
        event.op = "d"
    with pytest.raises(TypeError):
        event.key["id"] = 6  # type: ignore[index]


def test_a_schema_is_asked_for_once() -> None:
    """However many records there are, the registry is asked for each schema once."""
    registry = Registry()
    decoder = AvroDecoder(registry)
    for _ in range(3):
        change_event(record(THE_KEY, envelope()), decoder)
    assert registry.asked == [1, 2]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (None, envelope(), "it has no key"),
        (b"\0\0", envelope(), "2 bytes are too few"),
        (b"{json}", envelope(), "the first byte is 123"),
        (b"\0\0\0\0\x09x", envelope(), "the registry has no schema 9"),
        (THE_KEY, envelope()[:-3], "do not follow schema 2"),
        (THE_KEY, envelope() + b"x", "1 bytes are left behind"),
        (THE_KEY, envelope("x"), "op Input should be 'c', 'u', 'd' or 'r'"),
        (THE_KEY, THE_KEY, "source Field required"),
    ],
)
def test_what_is_no_event_is_named(key: bytes | None, value: bytes, reason: str) -> None:
    """A record that is no event is an error with its place in Kafka and the reason."""
    with pytest.raises(DecodingProblem, match="partition 1, offset 42") as caught:
        change_event(record(key, value), AvroDecoder(Registry()))
    assert reason in str(caught.value)
