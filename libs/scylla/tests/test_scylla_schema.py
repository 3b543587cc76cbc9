"""Tables as the schema tables describe them."""

import struct

import pytest

from messina.scylla import CdcOptions, Column, ScyllaError, TableMissing, TableSchema, identifier
from messina.scylla.scans import names, select_range, select_row
from messina.scylla.schema import in_order
from messina.scylla.session import split_address


def extension(**options: str) -> bytes:
    blob = struct.pack("<i", len(options))
    for words in options.items():
        for word in words:
            blob += struct.pack("<i", len(word)) + word.encode()
    return blob


EVENTS = TableSchema(
    "ops",
    "Events",
    in_order(
        [
            Column("note", "text", "regular"),
            Column("Seq", "int", "clustering", 1),
            Column("owner", "text", "static"),
            Column("at", "timestamp", "clustering", 0),
            Column("day", "date", "partition_key", 1),
            Column("flight", "int", "partition_key", 0),
        ]
    ),
)


def test_columns_stand_in_key_order() -> None:
    """Partition key, clustering key, statics, the rest by name: however the server lists them."""
    assert [c.name for c in EVENTS.columns] == ["flight", "day", "at", "Seq", "owner", "note"]
    assert [c.name for c in EVENTS.primary_key] == ["flight", "day", "at", "Seq"]
    assert names(EVENTS) == ("flight", "day", "at", "Seq", "note")


def test_statements_quote_what_needs_quotes() -> None:
    """Names that CQL would fold or refuse stand in quotes; the others don't."""
    assert select_range(EVENTS, ["flight", "Seq"]) == (
        'SELECT flight, "Seq" FROM ops."Events"'
        " WHERE token(flight, day) > ? AND token(flight, day) <= ?"
    )
    assert select_row(EVENTS, ["note"]) == (
        'SELECT note FROM ops."Events" WHERE flight = ? AND day = ? AND at = ? AND "Seq" = ?'
    )
    assert identifier('a"b') == '"a""b"'
    assert identifier("order") == '"order"'


def test_cdc_options_are_read_from_the_extension() -> None:
    """The extension's little-endian counted map gives the table's CDC options."""
    blob = extension(enabled="true", postimage="TRUE", preimage="full", delta="keys", ttl="60")
    assert CdcOptions.from_extension(blob) == CdcOptions(True, "full", True, "keys", 60)


def test_cdc_is_off_unless_it_says_enabled() -> None:
    """Options that don't say `enabled: true` leave CDC off."""
    assert not CdcOptions.from_map({"ttl": "60"}).enabled
    assert not CdcOptions.from_extension(extension(enabled="false")).enabled


@pytest.mark.parametrize(
    "blob", [b"", b"\x01", struct.pack("<ii", 1, 99) + b"en", b"\1\0\0\0\xff\xff\xff\xff"]
)
def test_a_damaged_extension_is_named(blob: bytes) -> None:
    """Bytes that are no CDC options are an error that shows them, not a wrong answer."""
    with pytest.raises(ValueError, match="not a CDC extension"):
        CdcOptions.from_extension(blob)


@pytest.mark.parametrize("address", ["", ":9042", "host:", "host:0", "host:99999", "host:x"])
def test_a_crooked_contact_point_is_refused(address: str) -> None:
    """A contact point that is not host:port is refused before anything is connected."""
    with pytest.raises(ScyllaError, match="expected host:port"):
        split_address(address)


def test_a_missing_table_is_compared_with_those_there() -> None:
    """The error for a missing table names the one that was probably meant, and what to do."""
    message = str(TableMissing("ops", "flihgts", ["flights", "crews"]))
    assert "did you mean flights?" in message
    assert "next:" in message
