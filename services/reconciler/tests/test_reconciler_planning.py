"""Which token ranges are compared: all that is looked at, once, in pieces that memory can hold."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.reconciler.scanning.options import LEAST_MEMORY, Options
from messina.reconciler.scanning.planning import Estimated, plan_ranges, share_of
from messina.scylla import MAX_TOKEN, MIN_TOKEN, Estimate, TokenRange

RING = TokenRange(MIN_TOKEN, MAX_TOKEN)


@given(st.integers(0, 10**7), st.integers(0, 10**10), st.integers(1, 4))
def test_the_ranges_are_the_ring_and_none_is_too_large(rows: int, size: int, parallel: int) -> None:
    """Each token is in one range; a range has about 50,000 rows or 32 MiB at most."""
    options = Options(parallel, memory=2**40)
    ranges = plan_ranges(Estimated(rows, size), options)
    assert ranges[0].after == MIN_TOKEN and ranges[-1].upto == MAX_TOKEN
    assert all(a.upto == b.after for a, b in pairwise(ranges))
    assert len(ranges) >= max(4 * parallel, rows // 50_000, size // 2**25)
    assert share_of(ranges) == 1


def test_what_is_named_is_all_that_is_looked_at() -> None:
    """--token-range: the ranges are cut, and nothing beside them is read."""
    asked = (TokenRange(-1_000, 1_000), TokenRange(5_000, 9_000))
    ranges = plan_ranges(Estimated(0, 0), Options(2, memory=2**40, token_ranges=asked))
    assert sum(each.upto - each.after for each in ranges) == 6_000
    assert all(any(a.after <= r.after and r.upto <= a.upto for a in asked) for r in ranges)


def test_ranges_that_overlap_are_one() -> None:
    """--token-range: each token is looked at once, however the ranges that were named lie."""
    asked = tuple(TokenRange(*each) for each in ((120, 261), (64, 782), (782, 800), (-9, 3)))
    ranges = plan_ranges(Estimated(0, 0), Options(1, token_ranges=asked))
    assert all(a.upto <= b.after for a, b in pairwise(ranges))
    for token in range(-20, 820):
        assert sum(token in each for each in ranges) == any(token in each for each in asked)


@given(st.floats(0.0001, 0.5), st.integers(0, 1_000))
def test_a_sample_is_spread_and_can_be_repeated(share: float, seed: int) -> None:
    """--sample: the same seed takes the same ranges; they are the share, one in each piece."""
    options = Options(1, sample=share, seed=seed)
    ranges = plan_ranges(Estimated(10**6, 0), options)
    assert ranges == plan_ranges(Estimated(10**6, 0), options)
    assert share_of(ranges) == pytest.approx(share, rel=1e-6)
    pieces = RING.split(len(ranges))
    assert all(p.after <= r.after and r.upto <= p.upto for p, r in zip(pieces, ranges, strict=True))
    if share < 0.4:
        assert ranges != plan_ranges(Estimated(10**6, 0), Options(1, sample=share, seed=seed + 1))


def test_the_memory_bounds_the_processes() -> None:
    """With little memory fewer processes read; each may hold some rows, however little there is."""
    assert Options(8, memory=LEAST_MEMORY).processes == 1
    assert Options(2, memory=512 * 2**20).processes == 2
    assert Options(64, memory=2**40).processes == 64
    for size in range(LEAST_MEMORY, 2**31, 2**26):
        options = Options(16, memory=size)
        assert 2**24 <= options.held < size


def test_a_cluster_s_estimate_is_of_the_whole_ring() -> None:
    """A node that knows a quarter of the ring stands for the rest; its last range wraps."""
    quarter = 2**62
    ranges = [
        (str(MAX_TOKEN - quarter // 2), str(MIN_TOKEN), 10, 100),
        (str(0), str(quarter // 2), 30, 200),
    ]
    found = Estimate.of(ranges)
    assert 155 <= found.partitions <= 165
    assert found.mean_bytes == 175
    assert Estimate.of([]) == Estimate.of([("0", "9", 0, 0)]) == Estimate(0, 0)
