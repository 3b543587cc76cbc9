"""Letters as people see them, and commands that can't be meant so."""

import json
import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_writer

from messina.deployer.cli import invoke
from messina.deployer.deadletters.letters import letter_of
from messina.deployer.deadletters.showing import HIDDEN, UNKNOWN_TABLE, Reader, Shown
from messina.kafka import AvroDecoder, Record, RegistryProblem, dead_letter
from messina.pipeline import load_spec

_ROW = {
    "type": "record",
    "name": "Value",
    "fields": [
        {"name": "id", "type": "int"},
        {"name": "phone", "type": ["null", "string"]},
        {"name": "note", "type": "string"},
    ],
}
_ENVELOPE = {
    "type": "record",
    "name": "Envelope",
    "fields": [
        {"name": "before", "type": ["null", _ROW]},
        {"name": "after", "type": ["null", "Value"]},
        {"name": "op", "type": "string"},
    ],
}
_KEY = {"type": "record", "name": "Key", "fields": [{"name": "id", "type": "int"}]}
_SCHEMAS: dict[int, dict[str, Any]] = {1: _KEY, 2: _ENVELOPE}


class _Registry:
    """Knows two schemas; of 9 it does not answer."""

    def schema(self, schema_id: int) -> dict[str, Any] | None:
        if schema_id == 9:
            raise RegistryProblem("GET /schemas/ids/9", "http://registry", "it is away")
        return _SCHEMAS.get(schema_id)


def _bytes(schema_id: int, value: Any) -> bytes:
    out = BytesIO()
    schemaless_writer(out, parse_schema(_SCHEMAS[schema_id]), value)
    return struct.pack(">bI", 0, schema_id) + out.getvalue()


def _shown(folder: Path, key: bytes | None, value: bytes | None, table: str = "t") -> Shown:
    file = folder / "p.yaml"
    tables = [{"name": "t", "mask": {"phone": "hmac"}}]
    source = {"keyspace": "ks", "mask_key": "env:MASK"}
    file.write_text(
        json.dumps({"pipeline": "p", "source": source, "sink": {"schema": "s"}, "tables": tables})
    )
    headers = {
        "messina.error.topic": f"p.ks.{table}".encode(),
        "messina.error.partition": b"0",
        "messina.error.offset": b"4",
        "messina.error.message": b"it is so",
        "note": b"password=hush",
    }
    record = Record("p.t.sink.dlq", 0, 1, key, value, 5, headers)
    letter = letter_of(dead_letter(record), "p.ks.")
    assert letter is not None
    reader = Reader(load_spec(file), AvroDecoder(_Registry()))
    return reader.show(letter, record, "open", None)


def _event(note: str = "n") -> bytes:
    row = {"id": 1, "phone": "f00", "note": note}
    return _bytes(2, {"before": None, "after": row, "op": "u"})


def test_masked_columns_are_hidden(tmp_path: Path) -> None:
    """What the file masks is not shown, though it was masked before Kafka already."""
    shown = _shown(tmp_path, _bytes(1, {"id": 1}), _event())
    assert shown.key == {"id": 1}
    assert shown.value["after"] == {"id": 1, "phone": HIDDEN, "note": "n"}
    assert "hush" not in json.dumps(shown.model_dump(mode="json"))


def test_what_partitions_share_has_the_tables_masks(tmp_path: Path) -> None:
    """The topic of static columns is of the same table."""
    shown = _shown(tmp_path, None, _event(), table="t__static")
    assert shown.value["after"]["phone"] == HIDDEN


def test_rows_of_a_table_that_the_file_does_not_name_are_hidden(tmp_path: Path) -> None:
    """Nobody knows which of its columns are not to be seen."""
    assert _shown(tmp_path, None, _event(), table="gone").value["after"] == UNKNOWN_TABLE


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"junk", "too few"),
        (b"\x07" * 200, "first byte is 7"),
        (b"\0\0\0\0\x05x", "no schema 5"),
        (b"\0\0\0\0\x09x", "it is away"),
    ],
)
def test_what_can_not_be_read_is_shown_in_hex(tmp_path: Path, data: bytes, why: str) -> None:
    """Bounded, with its length, and why it can't be read."""
    shown = _shown(tmp_path, None, data)
    assert str(shown.value).startswith(f"0x{data[:64].hex()}")
    assert f"({len(data)} bytes: " in shown.value and why in shown.value
    assert len(shown.value) < 400


def test_long_texts_are_cut(tmp_path: Path) -> None:
    """A letter is for people: a megabyte of text is not."""
    shown = _shown(tmp_path, None, _event("x" * 10_000))
    assert len(shown.value["after"]["note"]) < 500


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay", "p.yaml"],
        ["discard", "p.yaml", "--table", "t", "--why", "w"],
        ["discard", "p.yaml", "--why", "w", "--yes"],
        ["discard", "p.yaml", "--table", "t", "--why", " ", "--yes"],
        ["discard", "p.yaml", "--state", "replayed", "--why", "w", "--yes"],
        ["list", "p.yaml", "--since", "yesterday"],
        ["list", "p.yaml", "--state", "dead"],
    ],
)
def test_what_can_not_be_meant_is_wrong_usage(arguments: list[str]) -> None:
    """Nobody is there to ask, nothing is chosen, no reason is given: 64, and nothing is read."""
    assert invoke(["dlq", *arguments, "--json"]) == 64
