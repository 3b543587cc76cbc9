"""What dead letters say of themselves."""

from collections.abc import Mapping

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.kafka import Address, Record, dead_letter, dead_letters_topic, row_digest

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

_OURS = {
    "messina.error.topic": b"p.ks.t",
    "messina.error.partition": b"3",
    "messina.error.offset": b"41",
    "messina.error.sqlstate": b"23514",
    "messina.error.constraint": b"positive",
    "messina.error.message": b"violates check\nDetail: (1, secret)",
    "messina.correlation_id": b"abc",
    "messina.signal_id": b"s1,s2",
}
_CONNECTS = {
    "__connect.errors.topic": b"p.ks.u",
    "__connect.errors.partition": b"0",
    "__connect.errors.offset": b"7",
    "__connect.errors.stage": b"VALUE_CONVERTER",
    "__connect.errors.exception.class.name": b"org.apache.kafka.connect.errors.DataException",
    "__connect.errors.exception.message": b"Unknown magic byte",
}


def _record(headers: Mapping[str, bytes | None], key: bytes | None = b"k") -> Record:
    return Record("p.t.sink.dlq", 0, 5, key, b"v", 1_000, headers)


def test_headers_of_messinas_sink_are_read() -> None:
    """Origin, code, constraint and IDs are those of the headers; of the message, the first line."""
    letter = dead_letter(_record(_OURS))
    assert letter.at == Address("p.t.sink.dlq", 0, 5)
    assert letter.origin == Address("p.ks.t", 3, 41)
    assert (letter.sqlstate, letter.constraint, letter.column) == ("23514", "positive", None)
    assert letter.message == "violates check"
    assert (letter.correlation_id, letter.signal_id) == ("abc", "s1,s2")


def test_headers_of_connect_are_read() -> None:
    """A sink that says nothing of its own is known by what Connect adds."""
    letter = dead_letter(_record(_CONNECTS))
    assert letter.origin == Address("p.ks.u", 0, 7)
    assert (letter.stage, letter.sqlstate) == ("VALUE_CONVERTER", None)
    assert letter.message == "Unknown magic byte"


def test_messinas_headers_win() -> None:
    """Where both are there, those of the sink itself count."""
    assert dead_letter(_record({**_CONNECTS, **_OURS})).origin == Address("p.ks.t", 3, 41)


def test_a_code_is_found_in_a_message() -> None:
    """Connect tells Postgres' code in the text only, where it tells it."""
    said = {**_CONNECTS, "__connect.errors.exception.message": b"no (SQLSTATE 23502)"}
    assert dead_letter(_record(said)).sqlstate == "23502"


@PATIENT
@given(st.dictionaries(st.sampled_from([*_OURS, *_CONNECTS]), st.none() | st.binary(max_size=20)))
def test_no_header_makes_it_fail(headers: dict[str, bytes | None]) -> None:
    """Whatever stands in headers, or does not, a letter can be read."""
    letter = dead_letter(_record(headers, None))
    assert letter.key is None and letter.at.offset == 5


@PATIENT
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=1),
    st.binary(min_size=1),
)
def test_a_row_is_known_whatever_its_schemas_id(
    one: int, two: int, key: bytes, other: bytes
) -> None:
    """Equal keys have one digest under any schema's id; others have another."""
    first = row_digest(b"\0" + one.to_bytes(4, "big") + key)
    assert first == row_digest(b"\0" + two.to_bytes(4, "big") + key)
    assert (first == row_digest(b"\0" + one.to_bytes(4, "big") + other)) == (key == other)


def test_topics_are_named_by_their_sink() -> None:
    """One place says what a topic of dead letters is called."""
    assert dead_letters_topic("p.t.sink") == "p.t.sink.dlq"
