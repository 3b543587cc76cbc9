"""masking.json holds: what stands in a masked value's place, the same as in Java."""

import json
from pathlib import Path
from typing import Any

import pytest

from messina.types import UserTypes, ValueMismatch, hmac_text

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "masking.json").read_text(encoding="utf-8")
)
TYPES = UserTypes.of(
    {name: list(map(tuple, fields)) for name, fields in DOCUMENT["user_types"].items()}
)


@pytest.mark.parametrize(
    "vector", DOCUMENT["vectors"], ids=[each["id"] for each in DOCUMENT["vectors"]]
)
def test_every_vector_is_met(vector: dict[str, Any]) -> None:
    """The keyed hash of a value's canonical JSON, in hexadecimal; null where the value is."""
    data = bytes.fromhex(vector["bytes"])
    assert hmac_text(vector["key"], vector["cql_type"], data, TYPES) == vector["hmac"]


def test_null_stays_null() -> None:
    """Who masks a column still sees which rows have no value."""
    assert hmac_text("k", "text", None) is None
    assert hmac_text("k", "text", b"") is not None


def test_equal_values_of_a_type_stay_equal() -> None:
    """A masked column can be joined and counted; another key gives other hashes."""
    assert hmac_text("k", "int", b"\0\0\0\7") == hmac_text("k", "bigint", b"\0" * 7 + b"\7")
    assert hmac_text("k", "int", b"\0\0\0\7") != hmac_text("q", "int", b"\0\0\0\7")


def test_a_mask_needs_a_key_and_a_value() -> None:
    """An empty key would hide nothing; bytes of another type are no value."""
    with pytest.raises(ValueError, match="the key of the mask is empty"):
        hmac_text("", "int", b"\0\0\0\7")
    with pytest.raises(ValueMismatch):
        hmac_text("k", "int", b"\7")
