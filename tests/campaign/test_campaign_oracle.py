"""The oracle itself, on topics that were made up: it must find what is wrong, and only that."""

from collections.abc import Iterator

import pytest

from messina.testing.audit import (
    Sighting,
    deletes,
    differences,
    duplicates,
    first_seen_after,
    last_states,
    latencies,
    order_faults,
    torn_batches,
    transactions,
)

SIZE = 5


def topic(*transactions: list[tuple[int, int]], partition: int = 0) -> list[Sighting]:
    """A partition with these transactions of (batch, row), each followed by its marker."""
    offset = iter(range(10_000))
    found = []
    for transaction in transactions:
        found += [
            Sighting(partition, next(offset), (batch, row), "c", batch)
            for batch, row in transaction
        ]
        next(offset)
    return found


def batch(number: int, rows: range = range(SIZE)) -> list[tuple[int, int]]:
    return [(number, row) for row in rows]


def torn(sightings: list[Sighting], **moments: list[int]) -> list[tuple[object, int, int]]:
    found = torn_batches(
        sightings,
        lambda key: key[0],
        SIZE,
        {int(name[1:]): offsets for name, offsets in moments.items()},
    )
    return [(one.batch, one.upto, one.rows) for one in found]


def states(*numbers: int, partition: int = 0) -> list[Sighting]:
    return [Sighting(partition, n, ("k",), "u", number) for n, number in enumerate(numbers)]


def test_whole_batches_are_fine() -> None:
    """Batches that each lie in one transaction are not torn, however they are mixed in it."""
    mixed = [pair for rows in zip(batch(1), batch(2), strict=True) for pair in rows]
    assert torn(topic(mixed, batch(3) + batch(4))) == []


def test_a_batch_over_two_transactions_is_torn() -> None:
    """A batch with a marker between its rows was half visible, although it is complete later."""
    found = torn(topic(batch(1, range(2)), batch(1, range(2, SIZE)) + batch(2)))
    assert found == [(1, 2, 2)]


def test_a_batch_that_is_never_complete_is_torn() -> None:
    """Half a batch at the end of a topic is half visible."""
    assert torn(topic(batch(1), batch(2, range(4)))) == [(2, 9 + 1, 4)]


def test_a_last_stable_offset_inside_a_batch_tears_it() -> None:
    """A reader's moment between two rows of a batch is enough, with no offset missing there."""
    sightings = topic(batch(1))
    assert torn(sightings, _0=[0, 5, 6]) == []
    assert torn(sightings, _0=[3]) == [(1, 3, 3)]


def test_repeated_rows_tear_nothing() -> None:
    """A complete batch of which some rows come again, as after a crash, stays complete."""
    assert torn(topic(batch(1), batch(1, range(3)), batch(1, range(3, 4)))) == []


def test_a_delete_tears_a_batch() -> None:
    """A delete of one row of a batch that nobody deletes from leaves a part of it, until mended."""
    sightings = topic(batch(1))
    sightings += [Sighting(0, 6, (1, 2), "d"), Sighting(0, 7, (1, 2), "")]
    (found,) = torn_batches(sightings, lambda key: key[0], SIZE, {})
    assert (found.rows, found.deleted) == (4, True)
    assert [sighting.key for sighting in deletes(sightings)] == [(1, 2)]


def test_partitions_are_judged_apart() -> None:
    """Offsets of one partition say nothing of another's."""
    sightings = topic(batch(1)) + topic(batch(2), partition=1)
    assert torn(sightings, _1=[5]) == []
    assert torn(sightings, _1=[2]) == [(2, 2, 2)]


def test_a_state_that_goes_back_is_out_of_order() -> None:
    """An older number after a newer one of the same key is named, with both."""
    assert order_faults(states(1, 2, 2, 3)) == []
    (fault,) = order_faults(states(1, 3, 2, 3))
    assert (fault.offset, fault.before, fault.after) == (2, 3, 2)


def test_a_key_in_two_partitions_is_out_of_order() -> None:
    """A key has one partition for ever."""
    assert len(order_faults(states(1) + states(2, partition=1))) == 1


def test_a_delete_in_between_hides_no_order_fault() -> None:
    """A row that is gone and comes back older than it was has gone back."""
    sightings = [*states(5), Sighting(0, 7, ("k",), "d"), Sighting(0, 9, ("k",), "c", 4)]
    assert len(order_faults(sightings)) == 1


def test_a_lost_row_is_named() -> None:
    """What was acknowledged and is not there, is not right, or was never written, is named."""
    expected = {(1,): 10, (2,): 20}
    assert not differences(expected, dict(expected))
    found = differences(expected, {(2,): 19, (3,): 30})
    assert (found.lost, found.wrong, found.surplus) == ({(1,): 10}, {(2,): (20, 19)}, {(3,): 30})
    assert "1 lost" in str(found)


def test_the_last_record_counts() -> None:
    """A topic's state is what the last record of each key says; a deleted key is not in it."""
    sightings = [*states(1, 3, 2), Sighting(0, 8, ("x",), "c", 1), Sighting(0, 9, ("x",), "d")]
    assert last_states(sightings) == {("k",): 2}


def test_duplicates_are_counted() -> None:
    """An event that says again what its key's last event said is a duplicate."""
    assert duplicates(states(1, 1, 2, 2, 2, 1)) == 3


def test_a_reader_that_mixes_offsets_is_refused() -> None:
    """Sightings whose offsets do not grow are no topic: no verdict comes of them."""
    with pytest.raises(ValueError, match="offset 1 after 1"):
        order_faults([*states(1, 2), Sighting(0, 1, ("k",), "u", 3)])


def test_transactions_are_counted_by_their_markers() -> None:
    """Each stretch without a missing offset is counted with its records."""
    assert transactions(topic(batch(1), batch(2) + batch(3))) == [5, 10]


def test_latency_is_that_of_the_first_sighting() -> None:
    """A write counts from its own time to when it was first seen; seen again, it does not count."""

    def seen() -> Iterator[Sighting]:
        for offset, (state, written, at) in enumerate([(1, 10, 12), (1, 10, 40), (2, 30, 31)]):
            yield Sighting(0, offset, ("k",), "u", state, written * 1_000_000, seen_at=at)

    assert latencies(seen(), 0, 20_000_000) == {0: 2.0}
    assert latencies(seen(), 20_000_000, 90_000_000) == {0: 1.0}
    assert first_seen_after(seen(), 11_000_000) == {0: 31}
