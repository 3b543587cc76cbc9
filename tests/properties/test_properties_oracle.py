"""What judges can fail: planted differences, gaps that are missing or lie elsewhere."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from property_gaps import Bound, Place, Seen, Told, compare, covers
from property_plan import Step, drawn
from property_statements import Statement
from property_tables import KEY_TYPES, Column, Key, Table, canonical
from property_types import SHAPES
from property_values import SCALARS, literal, values
from property_verdict import Row, differences, unexplained, untold
from property_writers import Done

from messina.types import NO_USER_TYPES, CqlType, key_problem

_INT: Final = CqlType("int")
_TEXTS: Final = CqlType("list", "list", (CqlType("text"),))
TABLE: Final = Table(
    "t",
    (Column("pk0", _INT),),
    (Column("ck0", _INT), Column("Ck1", _INT, descending=True)),
    (Column("v0", _INT),),
    (Column("v1", _INT), Column("v2", _TEXTS)),
    ((1,), (2,)),
    ((1, 1), (1, 2), (2, 1)),
    NO_USER_TYPES,
)
SECOND: Final = 1_000_000
NOW: Final = 100 * SECOND
KEY: Final[Key] = (1, 1, 2)
ROW: Final[Row] = (5, '["a"]')


def _gap(kind: str, place: Place, *, due: int = NOW - SECOND) -> Seen:
    return Seen(kind, place, NOW - 2 * SECOND, due)


def _left(source: Row | None, sink: Row | None, *gaps: Seen, static: bool = False) -> int:
    key = KEY[:1] if static else KEY
    found = differences(
        TABLE,
        static,
        {} if source is None else {key: source},
        {} if sink is None else {key: sink},
    )
    return len(unexplained(found, gaps, NOW))


PARTITION: Final = _gap("partition_delete", Place("t", (1,)))
ROWS_BOUND: Final = Bound((1, 2), True)
EXPIRED: Final = _gap("ttl", Place("t", (1,), ROWS_BOUND, ROWS_BOUND))


def test_equal_rows_are_no_difference() -> None:
    """What is the same on both sides needs no gap."""
    assert _left(ROW, ROW) == 0


@pytest.mark.parametrize(
    ("source", "sink"),
    [
        pytest.param(None, ROW, id="a_row_too_many"),
        pytest.param(ROW, None, id="a_row_that_is_missing"),
        pytest.param(ROW, (6, '["a"]'), id="another_value"),
        pytest.param((None, '["a"]'), ROW, id="a_value_too_many"),
    ],
)
def test_a_difference_without_a_gap_is_found(source: Row | None, sink: Row | None) -> None:
    """Whatever differs is a fault where no gap speaks of the row."""
    assert _left(source, sink) == 1
    elsewhere = (
        replace(PARTITION, place=Place("t", (2,))),
        replace(PARTITION, place=Place("other", (1,))),
        replace(EXPIRED, place=Place("t", (1,), Bound((1, 1), True), Bound((1, 1), True))),
    )
    assert _left(source, sink, *elsewhere) == 1


@pytest.mark.parametrize("gap", [PARTITION, EXPIRED])
def test_a_gap_explains_what_was_taken_away(gap: Seen) -> None:
    """A row too many, or a value too many, may be there where a gap is due."""
    assert _left(None, ROW, gap) == 0
    assert _left((None, '["a"]'), ROW, gap) == 0
    assert _left((5, "[]"), ROW, gap) == 0


@pytest.mark.parametrize("gap", [PARTITION, EXPIRED])
def test_a_gap_does_not_explain_what_is_lost(gap: Seen) -> None:
    """Deletes and expiry take away: a row that is missing, or an old value, is a fault still."""
    assert _left(ROW, None, gap) == 1
    assert _left(ROW, (6, '["a"]'), gap) == 1
    assert _left(ROW, (None, '["a"]'), gap) == 1


def test_a_gap_explains_nothing_before_it_is_due() -> None:
    """What lives on for a while is the same on both sides until then."""
    assert _left(None, ROW, replace(EXPIRED, due_us=NOW + SECOND)) == 1


def test_statics_are_not_explained_by_deletes() -> None:
    """After a delete of a partition its statics are read: only their expiry is a gap of theirs."""
    expired = _gap("ttl", Place("t", (1,), static=True))
    assert _left(None, (5,), PARTITION, static=True) == 1
    assert _left(None, (5,), EXPIRED, static=True) == 1
    assert _left(None, (5,), expired, static=True) == 0
    assert _left(None, ROW, expired) == 1


def _done(told: Told, applied: bool | None = True) -> Done:
    statement = Statement("", "t", told.place.partition, (told,))
    return Done(Step((statement,), 0), 0, "", NOW, NOW + 1000, None, applied)


RANGE: Final = Place("t", (1,), Bound((1,), True), Bound((1,), True))
TOLD: Final = [
    Told("range_delete", RANGE),
    Told("partition_delete", Place("t", (1,))),
    Told("ttl", Place("t", (1,), ROWS_BOUND, ROWS_BOUND), ttl=3),
    Told("ttl", Place("t", (1,), static=True), ttl=3),
]


@pytest.mark.parametrize("told", TOLD)
def test_what_no_gap_tells_is_found(told: Told) -> None:
    """For a delete of a range or partition, and for expiry, there is the gap, there and then."""
    seen = Seen(told.kind, told.place, NOW, NOW + told.ttl * SECOND)
    assert untold([_done(told)], [seen], {"t": TABLE}) == []
    others = [
        replace(seen, place=replace(told.place, partition=(2,))),
        replace(seen, place=replace(told.place, end=Bound((9,), False))),
        replace(seen, kind="unreadable"),
        replace(seen, written_us=NOW - 5 * SECOND, due_us=NOW - 5 * SECOND),
    ]
    for gaps in ([], others):
        assert len(untold([_done(told)], gaps, {"t": TABLE})) == 1


@pytest.mark.parametrize("told", TOLD)
def test_what_was_not_done_needs_no_gap(told: Told) -> None:
    """A condition that did not hold, a statement that was refused or may not be done: no gap."""
    for applied in (False, None):
        assert untold([_done(told, applied)], [], {"t": TABLE}) == []


def test_ranges_of_one_batch_may_become_one_gap() -> None:
    """In a batch a range counts as told when gaps cover the rows in it, and only then."""
    told = Told("range_delete", RANGE, exact=False)
    wide = Seen("range_delete", Place("t", (1,), None, Bound((1,), True)), NOW, NOW)
    half = replace(wide, place=Place("t", (1,), Bound((1, 1), True), None))
    assert untold([_done(told)], [wide], {"t": TABLE}) == []
    assert len(untold([_done(told)], [half], {"t": TABLE})) == 1
    assert (
        untold(
            [_done(told)],
            [half, replace(half, place=Place("t", (1,), None, Bound((1, 2), True)))],
            {"t": TABLE},
        )
        == []
    )


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        (None, None, [(1, 2), (1, 1), (2, 1)]),
        (Bound((1,), True), Bound((1,), True), [(1, 2), (1, 1)]),
        (Bound((1,), False), None, [(2, 1)]),
        (Bound((1, 2), False), Bound((1,), True), [(1, 1)]),
        (Bound((1, 2), True), Bound((1, 1), False), [(1, 2)]),
        (None, Bound((2,), False), [(1, 2), (1, 1)]),
    ],
)
def test_a_range_is_in_the_order_of_the_table(
    start: Bound | None, end: Bound | None, inside: list[Key]
) -> None:
    """Bounds are prefixes, and follow the order that the table says: here the second descends."""
    place = Place("t", (1,), start, end)
    rows = [canonical(TABLE.clustering, row) for row in TABLE.rows]
    found = [row for row in rows if covers(TABLE, place, (1,), row, False)]
    assert sorted(found) == sorted(inside)


@pytest.mark.parametrize(
    ("name", "ascending"),
    [
        ("text", ["", "a", "b", "é", "\U0001f6eb"]),
        ("inet", ["1.2.3.4", "10.0.0.1", "2001:db8::1"]),
        ("boolean", [False, True]),
        ("varint", [-(10**40), -1, 0, 10**40]),
        ("blob", [b"", b"\x00", b"\x7f", b"\x80"]),
    ],
)
def test_keys_are_ordered_as_cql_orders_them(name: str, ascending: list[object]) -> None:
    """Texts by their bytes, addresses byte by byte, numbers by size."""
    column = Column("ck0", CqlType(name))
    keys = [canonical((column,), (value,)) for value in ascending]
    for one, other in pairwise(keys):
        assert compare((column,), one, other) < 0 < compare((column,), other, one)
        assert compare((replace(column, descending=True),), one, other) > 0


def test_a_scene_is_the_same_for_the_same_seed() -> None:
    """A run can be repeated: the seed says all of a scene, another one says another."""
    first = drawn("ks", 0, 5, 1).script("ks")
    assert first == drawn("ks", 0, 5, 1).script("ks")
    assert first != drawn("ks", 0, 5, 2).script("ks")


def test_every_type_is_a_column_sooner_or_later() -> None:
    """Scenes have columns of every scalar type and of every kind of value with parts."""
    seen = set()
    for number in range(40):
        for table in drawn("ks", number, 0, 1).tables:
            seen |= {(c.cql_type.name, c.cql_type.kind) for c in (*table.regular, *table.statics)}
    kinds = {kind for _, kind in seen}
    assert kinds == {"scalar", "list", "set", "map", "tuple", "vector", "udt"}
    assert {name for name, kind in seen if kind == "scalar"} >= SCALARS.keys() & {
        n for n, _ in SHAPES
    }


def test_every_type_that_can_be_a_key_is_one() -> None:
    """Keys are of all the types that a plan takes, but for durations, which CQL refuses."""
    assert set(KEY_TYPES) == {n for n in SCALARS if key_problem(n) is None} - {"duration"}
    assert len(KEY_TYPES) > 10


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_value_has_a_null_character(data: st.DataObject) -> None:
    """U+0000, which Postgres has not, is in no text that is written."""
    for name in ("text", "ascii"):
        value = data.draw(values(CqlType(name), NO_USER_TYPES))
        assert "\0" not in literal(CqlType(name), value, NO_USER_TYPES)
