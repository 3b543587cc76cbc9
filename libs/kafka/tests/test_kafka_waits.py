"""What a sink's task writes beside its offsets, and what others do."""

import pytest

from messina.kafka import Wait, wait_of


def test_a_note_of_our_sink_is_a_wait() -> None:
    """What our sink writes beside its offsets says since when it waits, and why."""
    note = '{"waits_since_ms":1700000000500,"why":"status \\"401\\""}'
    assert wait_of(note) == Wait(since=1_700_000_000.5, why='status "401"')


def test_what_a_client_reads_behind_a_note_is_no_matter() -> None:
    """librdkafka's clients may read on behind a note: what they find there counts for nothing."""
    assert wait_of('{"waits_since_ms":1000,"why":"no"}\x07rest {') == Wait(since=1.0, why="no")


@pytest.mark.parametrize("note", [None, "", "a client's own", "{", "{}", '{"waits_since_ms": {}}'])
def test_what_is_not_is_none(note: str | None) -> None:
    """Offsets without a note, or with somebody else's, say nothing of a wait."""
    assert wait_of(note) is None
