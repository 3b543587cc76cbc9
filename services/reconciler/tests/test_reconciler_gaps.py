"""Gaps as the table has them; ranges of clustering keys as both sides are asked for them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid1

import pytest

from messina.kafka import Gap
from messina.reconciler.gaps.intake import Intake
from messina.reconciler.gaps.patience import Patience
from messina.reconciler.gaps.places import Stretch, stretch_of, values_of
from messina.reconciler.gaps.portions import portions
from messina.reconciler.gaps.service import all_taken
from messina.reconciler.gaps.tokens import token_of
from messina.reconciler.gaps.values import open_gap, rearmed, unknown_gap
from messina.scylla import Column, TableSchema, token
from messina.types import NO_USER_TYPES, ValueMismatch

SECOND = 1_000_000
CLUSTERING = (
    Column("a", "int", "clustering", 0),
    Column("b", "int", "clustering", 1, descending=True),
    Column("c", "text", "clustering", 2),
)


def gap_of(**fields: Any) -> Gap:
    document = {
        "id": "x",
        "keyspace": "ks",
        "table": "t",
        "slice": 0,
        "kind": "ttl",
        "partition_key": '{"id":7}',
        "from": {"key": '{"a":1}', "inclusive": True},
        "to": {"key": '{"a":1}', "inclusive": True},
        "write_ts_us": 0,
        "due_ts_us": 12 * SECOND,
        "offset": 0,
    }
    return Gap.model_validate({**document, **fields})


def test_of_a_key_each_five_seconds_have_one_gap() -> None:
    """Expiries of a key within five seconds are one gap; others, other keys and tables are not."""
    first = open_gap(gap_of())
    assert first.ident == open_gap(gap_of(due_ts_us=14 * SECOND)).ident
    others = [
        gap_of(due_ts_us=15 * SECOND),
        gap_of(partition_key='{"id":8}'),
        gap_of(table="u"),
        gap_of(kind="unreadable"),
        gap_of(**{"to": {"key": '{"a":2}', "inclusive": True}}),
        gap_of(**{"to": None}),
    ]
    assert len({first.ident, *(open_gap(other).ident for other in others)}) == 7
    assert first.key() == {"id": 7, "a": 1}


@pytest.mark.parametrize(
    ("fields", "work"),
    [
        ({}, "keys"),
        ({"kind": "range_delete"}, "range"),
        ({"kind": "partition_delete", "from": None, "to": None}, "range"),
        ({"kind": "unreadable"}, "range"),
        ({"kind": "unreadable", "partition_key": None, "from_token": 1, "to_token": 1}, "tokens"),
        ({"kind": "log_lost", "partition_key": None, "from_token": 1, "to_token": 9}, "tokens"),
        ({"kind": "table_recreated", "partition_key": None}, "person"),
    ],
)
def test_each_kind_has_its_way_of_healing(fields: dict[str, Any], work: str) -> None:
    """What names a row is signalled, a range compared; a table made anew is not tried at all."""
    found = open_gap(gap_of(**fields))
    assert found.work == work
    assert (found.next_us is None) == (work == "person")
    assert (found.error is None) == (work != "person")


def test_a_record_that_is_no_gap_is_for_a_person() -> None:
    """It is kept with where it lies and why it can't be read, once however often it is read."""
    found = unknown_gap("p.gaps", 0, 7, "no such schema", 5 * SECOND)
    assert (found.work, found.next_us, found.error) == ("person", None, "no such schema")
    assert found.ident == unknown_gap("p.gaps", 0, 7, "again", 600 * SECOND).ident


def test_a_row_that_lives_on_falls_due_again() -> None:
    """The later gap is about the same row, with no try in vain behind it."""
    before = replace(open_gap(gap_of()), attempts=3, error="e")
    after = rearmed(before, 90 * SECOND)
    assert (after.subject, after.slot, after.due_us) == (before.subject, 18, 90 * SECOND)
    assert (after.attempts, after.error, after.next_us) == (0, None, 90 * SECOND)


@pytest.mark.parametrize(
    ("lower", "upper", "expected"),
    [
        ((), (), Stretch((1,))),
        ((5,), (9,), Stretch((1,), 5, 9)),
        ((5,), (), Stretch((1,), 5, None)),
        ((), (9,), Stretch((1,), None, 9)),
        ((5,), (5,), Stretch((1, 5))),
        # behind what is the same, the second column descends: it begins with the greatest
        ((5, 9), (5, 2), Stretch((1, 5), 2, 9)),
        ((5, 9), (5,), Stretch((1, 5), None, 9)),
        ((5,), (5, 9), Stretch((1, 5), 9, None)),
        ((5, 9, "a"), (6, 1), Stretch((1,), 5, 6)),
        ((5, 9, "a"), (5, 9, "b"), Stretch((1, 5, 9), "a", "b")),
        ((5, 9, "a"), (5, 9, "a"), Stretch((1, 5, 9, "a"))),
        # however the bounds came
        ((9,), (5,), Stretch((1,), 5, 9)),
    ],
)
def test_a_stretch_holds_all_rows_between_two_bounds(
    lower: tuple[Any, ...], upper: tuple[Any, ...], expected: Stretch
) -> None:
    """The first columns that both bounds share, and the next between the two, in either order."""
    assert stretch_of((1,), CLUSTERING, lower, upper) == expected


@pytest.mark.parametrize(
    ("cql_type", "ascending"),
    [
        (
            "uuid",
            [UUID(int=2**70), UUID(int=(1 << 76)), UUID(int=(4 << 76)), UUID(int=4 << 76 | 1)],
        ),
        ("inet", ["::1", "0.0.0.1", "2::", "ff::", "1.2.3.4", "200.0.0.1"]),
        ("text", ["", "A", "Z", "a", "é", "\U0001f600"]),
        ("blob", [b"", b"\x00", b"\x7f", b"\x80\x00", b"\xff"]),
        ("int", [-5, 0, 7]),
    ],
)
def test_values_are_between_as_cql_has_it(cql_type: str, ascending: list[Any]) -> None:
    """Each value lies between its neighbours, and not beyond them."""
    for place in range(1, len(ascending) - 1):
        low, value, high = ascending[place - 1 : place + 2]
        assert Stretch((), low, high).holds(cql_type, value)
        assert not Stretch((), value, high).holds(cql_type, low)
        assert not Stretch((), low, value).holds(cql_type, high)


def test_times_in_uuids_are_what_is_compared() -> None:
    """A timeuuid lies between two others by its time, whatever its bytes are."""
    first, second, third = uuid1(), uuid1(), uuid1()
    assert Stretch((), first, third).holds("timeuuid", second)
    assert not Stretch((), second, third).holds("timeuuid", first)


def test_keys_of_another_table_are_refused() -> None:
    """A gap from before a column was renamed names no row of the table as it is now."""
    assert values_of(CLUSTERING, '{"a":1,"b":2}', NO_USER_TYPES) == (1, 2)
    with pytest.raises(ValueMismatch, match="a key has the columns a, b, c"):
        values_of(CLUSTERING, '{"z":1}', NO_USER_TYPES)


def test_signals_have_bounded_portions() -> None:
    """A thousand keys at most, and less than half a megabyte."""
    small = [f'{{"id":{number}}}' for number in range(2_500)]
    assert [len(part) for part in portions(small)] == [1_000, 1_000, 500]
    large = [f'{{"id":"{"x" * 150_000}{number}"}}' for number in range(5)]
    assert [len(part) for part in portions(large)] == [2, 2, 1]


def test_pauses_grow_and_end_growing() -> None:
    """Each try in vain doubles the pause, with some chance in it, up to a bound."""
    patience = Patience(first=1.0, longest=100.0)
    gap = open_gap(gap_of())
    for attempts, bound in ((0, 1.0), (3, 8.0), (60, 100.0)):
        pause = patience.pause_us(replace(gap, attempts=attempts))
        assert bound / 2 * SECOND <= pause <= bound * SECOND


def test_a_token_is_computed_from_bytes() -> None:
    """Of one column and of several it is what the ring says."""
    one = TableSchema("ks", "t", (Column("a", "int", "partition_key", 0),))
    both = TableSchema("ks", "t", (*one.columns, Column("b", "text", "partition_key", 1)))
    data = (7).to_bytes(4, "big")
    assert token_of([data]) == token(one, [7])
    assert token_of([data, b"seven"]) == token(both, [7, "seven"])


@pytest.mark.parametrize(
    ("at_end", "assigned", "seconds", "expected"),
    [
        (True, True, 1, True),
        # a backlog that takes its time
        (False, True, 600, False),
        (False, False, 1, False),
        # another process stores it
        (False, False, 11, True),
    ],
)
def test_who_stores_the_topic_does_so_to_its_end(
    at_end: bool, assigned: bool, seconds: float, expected: bool
) -> None:
    """--once: a process with the topic's partition is not done before that is in the table."""
    intake = SimpleNamespace(at_end=at_end, assigned=assigned)
    assert all_taken(cast(Intake, intake), seconds) is expected
