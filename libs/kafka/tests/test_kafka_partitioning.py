"""Kafka's default partitioner, as Java has it."""

import pytest

from messina.kafka import AvroDecoder, AvroEncoder, DecodingProblem, default_partition, schema_id
from messina.kafka.partitioning import murmur2


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_is_that_of_kafkas_own_tests(key: bytes, expected: int) -> None:
    """The vectors of Kafka's UtilsTest, of every length modulo four."""
    assert murmur2(key) == expected % 2**32
    assert default_partition(key, 7) == (expected & 0x7FFFFFFF) % 7


_DAY = {"type": "int", "logicalType": "date", "connect.name": "d"}
_ROW = {
    "type": "record",
    "name": "After",
    "namespace": "a.b",
    "fields": [{"name": "day", "type": ["null", _DAY], "default": None}],
}


class _Registry:
    def schema(self, schema_id: int) -> dict[str, object]:
        return {"type": ["null", _ROW]}


def test_an_optional_struct_is_written_and_read() -> None:
    """A union at the root, as Connect's optional structs are; days beyond Python's years, too."""
    encoder = AvroEncoder(7, {"type": ["null", _ROW]})
    data = encoder.encode({"day": -1_000_000})
    assert schema_id(data) == 7
    assert encoder.decode(data) == {"day": -1_000_000}
    assert AvroDecoder(_Registry()).decode(encoder.encode({"day": None})) == {"day": None}


@pytest.mark.parametrize("record", [{"day": "x"}, {}, {"day": 1, "more": 2}, {"day": 2**40}])
def test_what_is_no_record_of_the_schema_is_refused(record: dict[str, object]) -> None:
    """Also a field too many, or one that is left out: nothing is filled in."""
    with pytest.raises(ValueError):
        AvroEncoder(7, _ROW).encode(record)


def test_other_bytes_have_no_schema() -> None:
    """Neither few nor foreign ones."""
    for data in (b"", b"\x00\x00", b"{}xyz"):
        with pytest.raises(DecodingProblem):
            schema_id(data)
