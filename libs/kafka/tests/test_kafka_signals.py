"""Signals, gaps and watermarks, from values to bytes and back."""

import json
import struct
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer
from pydantic import ValidationError

from messina.kafka import (
    Answer,
    AvroDecoder,
    DecodingProblem,
    Record,
    Signal,
    SignalDone,
    SignalTimeout,
    Watermark,
    gap,
    key_signals,
    newest,
    signal_done,
    table_watermark,
    watermark,
)
from messina.kafka.signals import _Collected

_LONG = ["null", "long"]
_TEXT = ["null", "string"]
_BOUND = {
    "type": "record",
    "name": "Bound",
    "fields": [{"name": "key", "type": "string"}, {"name": "inclusive", "type": "boolean"}],
}


def _schema(name: str, **fields: Any) -> dict[str, Any]:
    listed = [{"name": field, "type": kind} for field, kind in fields.items()]
    return {"type": "record", "name": name, "fields": listed}


SCHEMAS = {
    1: _schema("Key", keyspace="string", table="string", slice="int"),
    2: _schema(
        "Watermark",
        epoch="long",
        fast_until_us="long",
        swept_until_us="long",
        last_offset=_LONG,
        static_last_offset=_LONG,
    ),
    3: _schema(
        "SignalDone",
        id="string",
        keyspace="string",
        table="string",
        slice="int",
        slices="int",
        rows="long",
        last_offset=_LONG,
        error=_TEXT,
    ),
    4: _schema(
        "Gap",
        id="string",
        keyspace="string",
        table="string",
        slice="int",
        kind="string",
        partition_key=_TEXT,
        **{"from": ["null", _BOUND], "to": ["null", "Bound"]},
        write_ts_us="long",
        due_ts_us="long",
    ),
}


class Registry:
    """Plays a registry."""

    def schema(self, schema_id: int) -> dict[str, Any] | None:
        return SCHEMAS.get(schema_id)


DECODER = AvroDecoder(Registry())


def encode(schema_id: int, record: object) -> bytes:
    body = BytesIO()
    schemaless_writer(body, parse_schema(SCHEMAS[schema_id]), record)
    return b"\0" + struct.pack(">I", schema_id) + body.getvalue()


def record(value: bytes | None, key: bytes | None = None, timestamp_ms: int = 0) -> Record:
    return Record("flights.topic", 0, 42, key, value, timestamp_ms)


def mark(slice_: int, fast: int = 20, epoch: int = 1, **more: Any) -> Watermark:
    return Watermark(
        keyspace="ops",
        table="flights",
        slice=slice_,
        epoch=epoch,
        fast_until_us=fast,
        swept_until_us=fast - 5,
        **{"last_offset": 7, "timestamp_ms": 100_000, **more},
    )


def test_a_signal_is_what_the_connector_reads() -> None:
    """A signal is JSON with its id, operation, table and keys or tokens; tokens are texts."""
    keys = ({"id": 7, "day": "2026-11-23"}, {"id": 8, "day": "2026-11-24"})
    by_key = Signal(id="a", table="ops.flights", keys=keys)
    assert json.loads(by_key.payload()) == {
        "id": "a",
        "op": "reread",
        "table": "ops.flights",
        "keys": list(keys),
    }
    by_token = Signal(id="b", table="ops.flights", token_range=(-(2**63), 2**63 - 1), static=True)
    assert json.loads(by_token.payload()) == {
        "id": "b",
        "op": "reread",
        "table": "ops.flights",
        "token_range": ["-9223372036854775808", "9223372036854775807"],
        "static": True,
    }
    assert by_key.slices(4) is None
    assert by_token.slices(4) == range(4)


def test_a_signal_has_an_id_of_its_own() -> None:
    """Two signals that were given no id have different ones."""
    one, other = (Signal(table="k.t", keys=({"id": 1},)) for _ in range(2))
    assert one.id != other.id


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"table": "k.t"}, "either keys or token_range"),
        ({"table": "k.t", "keys": ({},), "token_range": (1, 2)}, "either keys or token_range"),
        ({"table": "k.t", "keys": ()}, "at least 1 item"),
        ({"table": "t", "keys": ({"id": 1},)}, "should match pattern"),
        ({"table": "k.t", "token_range": (2, 1)}, "greater than the last"),
        ({"table": "k.t", "token_range": (0, 2**63)}, "less than or equal"),
        ({"table": "k.t", "keys": ({"id": 1},), "op": "delete"}, "should be 'reread'"),
    ],
)
def test_a_signal_that_makes_no_sense_is_never_sent(parts: dict[str, Any], reason: str) -> None:
    """What the connector would refuse can't be made."""
    with pytest.raises(ValidationError, match=reason):
        Signal(**parts)


def test_many_keys_are_cut_into_signals_that_a_topic_takes() -> None:
    """No key is lost or moved; signals have bounded numbers of keys and bytes; a long key fits."""
    keys = [{"id": number, "name": "é" * (number % 50)} for number in range(2_000)]
    keys[700] = {"id": 700, "name": "x" * 5_000}
    made = list(key_signals("k.t", iter(keys), static=True, most=300, most_bytes=4_000))
    assert [key for signal in made for key in signal.keys or ()] == keys
    assert all(signal.static and len(signal.keys or ()) <= 300 for signal in made)
    assert max(len(signal.payload()) for signal in made if len(signal.keys or ()) > 1) < 4_500
    assert len({signal.id for signal in made}) == len(made)
    assert list(key_signals("k.t", [])) == []


def test_one_bad_signal_spoils_no_other() -> None:
    """Of many signals each is told apart: done, refused, or not answered by all slices."""
    collected = _Collected(["a", "b", "c"])

    def answer(id_: str, slice_: int, **more: Any) -> SignalDone:
        return SignalDone(id=id_, keyspace="k", table="t", slice=slice_, slices=2, rows=1, **more)

    for done in (answer("a", 0), answer("z", 0), answer("b", 0, error="no"), answer("c", 1)):
        collected.take(done)
        collected.take(done)
    collected.take(answer("a", 1, last_offset=4))
    assert collected.answers == {"a": Answer("a", 2, {0: None, 1: 4})}
    assert collected.refused == {"b": "no"}
    assert collected.waiting == {"c"} and list(collected.heard["c"]) == [1]


def test_an_answer_is_read() -> None:
    """A record of `signals.done` is one slice's answer; one that is none is named."""
    value: dict[str, Any] = {"id": "a", "keyspace": "k", "table": "t", "slice": 1, "slices": 2}
    value["rows"] = 3
    done = signal_done(record(encode(3, {**value, "last_offset": 9})), DECODER)
    assert done == SignalDone(**value, last_offset=9)
    with pytest.raises(DecodingProblem, match=r"flights\.topic, partition 0, offset 42"):
        signal_done(record(None), DECODER)


def test_answers_of_all_slices_are_put_together() -> None:
    """A signal's answer has the sum of its rows and each slice's last offset."""
    done = {
        n: SignalDone(
            id="a", keyspace="k", table="t", slice=n, slices=2, rows=n + 1, last_offset=n * 10
        )
        for n in (1, 0)
    }
    assert Answer.of(done) == Answer("a", 3, {0: 0, 1: 10})


def test_a_timeout_says_which_slices_answered() -> None:
    """Who waited in vain learns which slices answered, and that the signal is not lost."""
    assert "2 of 3 slices answered (0, 2); it stays" in str(
        SignalTimeout("a", "k.t", 60, [0, 2], 3)
    )
    assert "no slice answered" in str(SignalTimeout("a", "k.t", 60, [], None))


def test_a_gap_is_read_with_its_keys() -> None:
    """A gap has its keys as values, whatever text they travelled in; a tombstone is none."""
    value = {
        "id": "g",
        "keyspace": "ops",
        "table": "flights",
        "slice": 1,
        "kind": "range_delete",
        "partition_key": '{"id":7}',
        "from": {"key": '{"leg":"a"}', "inclusive": True},
        "to": None,
        "write_ts_us": 5,
        "due_ts_us": 6,
    }
    found = gap(record(encode(4, value)), DECODER)
    assert found is not None
    assert (found.full_table, found.partition_key, found.offset) == ("ops.flights", {"id": 7}, 42)
    assert found.after is not None
    assert (found.after.key, found.after.inclusive, found.upto) == ({"leg": "a"}, True, None)
    assert (found.written_us, found.due_us) == (5, 6)
    assert gap(record(None), DECODER) is None
    with pytest.raises(DecodingProblem, match=r"no gap at flights\.topic.* kind"):
        gap(record(encode(4, {**value, "kind": "odd"})), DECODER)


def test_a_watermark_is_read() -> None:
    """A watermark is its record's key, value and time."""
    key = encode(1, {"keyspace": "ops", "table": "flights", "slice": 3})
    value = encode(2, {"epoch": 1, "fast_until_us": 20, "swept_until_us": 15, "last_offset": 7})
    assert watermark(record(value, key, 100_000), DECODER) == mark(3)
    assert watermark(record(None, key), DECODER) is None
    with pytest.raises(DecodingProblem, match="it has no key"):
        watermark(record(value), DECODER)


def test_an_older_run_of_a_task_is_not_believed() -> None:
    """Of a slice's marks the last counts, but none of an earlier epoch after a later one."""
    marks = [mark(0, 10), mark(0, 30, epoch=2), mark(0, 40, epoch=1), mark(1, 11), mark(1, 12)]
    found = newest(marks)
    assert {where: m.fast_until_us for where, m in found.items()} == {
        ("ops.flights", 0): 30,
        ("ops.flights", 1): 12,
    }


def test_a_table_is_as_far_as_its_last_slice() -> None:
    """A table's watermark is the least of its slices'."""
    table = table_watermark(newest([mark(0, 20), mark(1, 18)]), "ops.flights", 2, 105_000)
    assert (table.fast_until_us, table.swept_until_us, dict(table.unknown)) == (18, 13, {})


def test_a_silent_slice_makes_its_table_unknown() -> None:
    """A slice that was silent for ten seconds, or never spoke, makes the table's mark unknown."""
    table = table_watermark(newest([mark(0), mark(1)]), "ops.flights", 3, 110_001)
    assert table.fast_until_us is None
    assert dict(table.unknown) == {
        0: "silent for 10 s",
        1: "silent for 10 s",
        2: "it never said anything",
    }
    assert not table.applied({0: 100, 1: 100, 2: 100})


@pytest.mark.parametrize(
    ("offsets", "committed", "static", "applied"),
    [
        ({"last_offset": 7}, {0: 8}, {}, True),
        ({"last_offset": 7}, {0: 7}, {}, False),
        ({"last_offset": -1}, {}, {}, True),
        ({"last_offset": None}, {0: 100}, {}, False),
        ({"last_offset": 7, "static_last_offset": 2}, {0: 8}, {0: 3}, True),
        ({"last_offset": 7, "static_last_offset": 2}, {0: 8}, {0: 2}, False),
        ({"last_offset": 7, "static_last_offset": -1}, {0: 8}, {}, True),
    ],
)
def test_applied_is_past_the_last_offsets(
    offsets: dict[str, Any], committed: dict[int, int], static: dict[int, int], applied: bool
) -> None:
    """A sink has applied a mark when it is past its last offsets; an unknown one never is."""
    table = table_watermark(newest([mark(0, **offsets)]), "ops.flights", 1, 100_000)
    assert table.applied(committed, static) is applied
