"""The token ring."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.scylla import (
    MAX_TOKEN,
    MIN_TOKEN,
    Column,
    ScyllaError,
    TableSchema,
    TokenRange,
    slice_of,
    slices_of,
    token,
    token_ranges,
)

TOKENS = st.integers(MIN_TOKEN + 1, MAX_TOKEN)


def table(*key_types: str) -> TableSchema:
    columns = [Column(f"k{i}", kind, "partition_key", i) for i, kind in enumerate(key_types)]
    return TableSchema("ks", "t", tuple(columns))


@given(TOKENS, st.integers(1, 512))
def test_every_token_lies_in_exactly_one_piece(where: int, pieces: int) -> None:
    """Every token lies in exactly one of the equal pieces of the ring: that of `slice_of`."""
    holding = [i for i, part in enumerate(token_ranges(pieces)) if where in part]
    assert holding == [slice_of(where, pieces)]


@given(st.integers(1, 512), st.sampled_from([-1, 0, 1]))
def test_slice_of_agrees_at_the_cuts(pieces: int, beside: int) -> None:
    """`slice_of` agrees with `token_ranges` at the cuts and beside them, where one rounds."""
    ranges = token_ranges(pieces)
    for part in ranges:
        where = max(MIN_TOKEN + 1, min(MAX_TOKEN, part.upto + beside))
        assert where in ranges[slice_of(where, pieces)]


@given(TOKENS, TOKENS, st.integers(1, 64))
def test_slices_of_a_range_are_those_it_meets(one: int, other: int, pieces: int) -> None:
    """The slices of a range of tokens are just those that share a token with it."""
    first, last = sorted((one, other))
    meeting = [
        i for i, part in enumerate(token_ranges(pieces)) if part.after < last and first <= part.upto
    ]
    assert list(slices_of(first, last, pieces)) == meeting


def test_cuts_are_those_of_the_source_connector() -> None:
    """A ring of seven pieces is cut where the connector cuts it (its SlicesTest has the same)."""
    assert [part.upto for part in token_ranges(7)] == [
        -6588122883467697006,
        -3952873730080618204,
        -1317624576693539402,
        1317624576693539401,
        3952873730080618203,
        6588122883467697005,
        MAX_TOKEN,
    ]


@given(st.integers(1, 1000))
def test_pieces_are_equal_and_leave_nothing_out(pieces: int) -> None:
    """The pieces follow each other from start to end and differ by a token at most."""
    ranges = token_ranges(pieces)
    assert (ranges[0].after, ranges[-1].upto) == (MIN_TOKEN, MAX_TOKEN)
    assert all(a.upto == b.after for a, b in pairwise(ranges))
    widths = {part.upto - part.after for part in ranges}
    assert max(widths) - min(widths) <= 1


def test_a_narrow_range_is_cut_into_fewer_pieces() -> None:
    """A range of three tokens gives three pieces, however many are asked for."""
    assert len(TokenRange(0, 3).split(10)) == 3


def test_no_piece_is_refused() -> None:
    """Cutting a range into no piece is a mistake."""
    with pytest.raises(ValueError, match="1 piece or more"):
        token_ranges(0)


@pytest.mark.parametrize(
    ("types", "key", "expected"),
    [
        (["int"], [1], -4069959284402364209),
        (["bigint"], [0], 2945182322382062539),
        (["text"], [""], 0),
        (["uuid"], [UUID("00000000-0000-0000-0000-000000000000")], None),
        (["int", "text"], [1, "a"], None),
    ],
)
def test_token_is_murmur3_of_the_routing_key(
    types: list[str], key: list[object], expected: int | None
) -> None:
    """A token is the server's Murmur3 of the key; composite keys are framed part by part."""
    where = token(table(*types), key)
    assert MIN_TOKEN < where <= MAX_TOKEN
    if expected is not None:
        assert where == expected


def test_token_wants_every_part_of_the_key() -> None:
    """A key with a part missing has no token."""
    with pytest.raises(ScyllaError, match=r"partition key of ks\.t is \(k0, k1\); got 1 values"):
        token(table("int", "int"), [1])


def test_token_of_a_collection_is_refused() -> None:
    """A key of a collection type is refused rather than hashed wrongly."""
    with pytest.raises(ScyllaError, match="only scalar types"):
        token(table("frozen<list<int>>"), [[1]])
