"""Which ranges of tokens are compared: sized from estimates, or a sample of them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from messina.reconciler.scanning.options import Options
from messina.scylla import MAX_TOKEN, MIN_TOKEN, TokenRange, token_ranges

ROWS = 50_000
BYTES = 32 * 2**20
_PER_PROCESS = 4
_STRATA = 32
_RING = 2**64


@dataclass(frozen=True)
class Estimated:
    """About how large a part of a table is; 0 where nobody knows."""

    rows: int
    bytes: int


def plan_ranges(estimated: Estimated, options: Options) -> tuple[TokenRange, ...]:
    """Cut what is looked at into ranges of about 50,000 rows or 32 MiB, whichever is less.

    There are some for each process at least. A sample is of whole ranges, each at a place of its
    own in equal pieces of what is looked at.
    """
    looked_at = _merged(options.token_ranges) or token_ranges(1)
    width = sum(each.upto - each.after for each in looked_at)
    share = width / _RING * min(options.sample, 1.0)
    wanted = max(
        _PER_PROCESS * options.processes,
        -(-int(estimated.rows * share) // ROWS),
        -(-int(estimated.bytes * share) // BYTES),
    )
    if options.sample < 1:
        return _sample(looked_at, options.sample, max(wanted, _STRATA), options.seed)
    return tuple(
        piece
        for each in looked_at
        for piece in _cut(each, max(1, round(wanted * (each.upto - each.after) / width)))
    )


def share_of(ranges: Sequence[TokenRange]) -> float:
    """Return which share of the ring the ranges are."""
    return min(1.0, sum(each.upto - each.after for each in ranges) / (_RING - 1))


def _merged(ranges: Sequence[TokenRange]) -> tuple[TokenRange, ...]:
    """The same tokens in order, each once, however the ranges lie."""
    merged: list[TokenRange] = []
    for each in sorted(ranges, key=lambda one: one.after):
        if merged and each.after <= merged[-1].upto:
            merged[-1] = TokenRange(merged[-1].after, max(merged[-1].upto, each.upto))
        else:
            merged.append(each)
    return tuple(merged)


def _cut(whole: TokenRange, pieces: int) -> tuple[TokenRange, ...]:
    if whole == TokenRange(MIN_TOKEN, MAX_TOKEN):
        return token_ranges(pieces)
    return whole.split(pieces)


def _sample(
    looked_at: Sequence[TokenRange], share: float, pieces: int, seed: int
) -> tuple[TokenRange, ...]:
    """One range of each of so many equal pieces, at a place that the seed chooses."""
    chance = random.Random(seed)
    chosen = []
    for each in looked_at:
        for piece in each.split(max(1, round(pieces / len(looked_at)))):
            width = max(1, round((piece.upto - piece.after) * share))
            after = chance.randint(piece.after, piece.upto - width)
            chosen.append(TokenRange(after, after + width))
    return tuple(chosen)
