"""Keys as texts: what is kept and sent is the key that was found."""

import json
from pathlib import Path
from typing import Any

import pytest

from messina.reconciler.keytexts import key_of_text, key_text
from messina.reconciler.sides import Shape
from messina.types import (
    Canonical,
    ValueMismatch,
    canonical_sink,
    canonical_wire,
    key_json,
    key_problem,
    parse_type,
)

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "libs/types/vectors.json").read_text(encoding="utf-8")
)
KEYS = [
    each
    for each in DOCUMENT["vectors"]
    if parse_type(each["cql_type"]).scalar and key_problem(each["cql_type"]) is None
]


def _shape(cql_type: str) -> Shape:
    return Shape("k.t", ("a", "b"), (parse_type("text"), parse_type(cql_type)), 2)


@pytest.mark.parametrize("vector", KEYS, ids=lambda each: each["id"])
def test_a_key_comes_back_as_it_was(vector: dict[str, Any]) -> None:
    """The text of a key is that of its bytes, and is read as the same key."""
    shape = _shape(vector["cql_type"])
    data = bytes.fromhex(vector["bytes"])
    key: tuple[Canonical, ...] = ('x\x00"é', canonical_wire(vector["cql_type"], data))
    text = key_text(shape, key)
    columns = list(zip(shape.names, shape.types, strict=True))
    assert text == key_json(columns, ('x\x00"é'.encode(), data))
    assert key_of_text(shape, text) == (key, True)


@pytest.mark.parametrize(
    ("cql_type", "text"),
    [
        ("timestamp", "infinity"),
        ("date", "-infinity"),
        ("inet", "10.0.0.0/8"),
        ("varint", "1.5"),
        ("tinyint", "300"),
    ],
)
def test_a_key_that_only_the_sink_can_have_comes_back_as_such(cql_type: str, text: str) -> None:
    """It is read as the key that Postgres has, and known to be none of the source."""
    shape = _shape(cql_type)
    key = ("x", canonical_sink(cql_type, text))
    assert key_of_text(shape, key_text(shape, key)) == (key, False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"a":"x"}', '{"a":"x","b":1,"c":1}'])
def test_a_key_of_another_table_is_refused(text: str) -> None:
    """A text that lacks a column, or has one more, is no key."""
    with pytest.raises(ValueMismatch):
        key_of_text(_shape("int"), text)
