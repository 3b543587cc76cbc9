"""Which rows of two frames differ, and what a range of tokens holds of both sides."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from messina.reconciler.scanning.frames import HASHES, empty
from messina.reconciler.scanning.spill import Spill
from messina.scylla import TokenRange

ROW_BYTES = 160
"""What a row of a frame takes while it is joined, about, with a short key."""
_PIECES = 64
_MORE = 4
"""How many times the rows of the source that are held, of the sink may be."""


@dataclass(frozen=True)
class Matched:
    """What a range holds: how many rows, and the keys of those that differ, as frames have them."""

    rows_in_source: int
    rows_in_sink: int
    keys: tuple[bytes, ...]


def differing(source: pl.DataFrame, sink: pl.DataFrame) -> list[bytes]:
    """The keys of rows that only one side has, or that differ."""
    on = ["key", *HASHES]
    lost = source.join(sink, on=on, how="anti").get_column("key")
    new = sink.join(source, on=on, how="anti").get_column("key")
    return lost.append(new).unique(maintain_order=True).to_list()


class SinkRows:
    """The sink's rows of one bucket: held, if they are few enough, or read again for each piece."""

    def __init__(self, spill: Spill, bucket: int, held: int) -> None:
        self._spill = spill
        self._bucket = bucket
        self._whole: pl.DataFrame | None = None
        if spill.size(bucket) <= held:
            self._whole = _concat(spill.chunks(bucket))

    def within(self, after: int, upto: int, most: int) -> pl.DataFrame | None:
        """The rows behind one token, up to and with another; None if they are too many to hold."""
        kept: list[pl.DataFrame] = []
        count = 0
        for chunk in self.chunks():
            kept.append(chunk.filter(_between(after, upto)))
            count += _held(kept[-1])
            if count > most:
                return None
        return _concat(kept)

    def chunks(self) -> Iterable[pl.DataFrame]:
        """All rows, chunk by chunk."""
        return self._spill.chunks(self._bucket) if self._whole is None else (self._whole,)


def match(
    token_range: TokenRange,
    source: Iterable[pl.DataFrame],
    sink: SinkRows,
    rows_held: int,
    scratch: Path,
) -> Matched:
    """Compare a range.

    Args:
        token_range: the range.
        source: its rows in the source, in the order of their tokens.
        sink: the sink's rows, of this range and others.
        rows_held: how many rows of the source are held at once; a few more where a page ends, and
            fewer where keys are long.
        scratch: where folders begin for what has more.
    """
    total = Matched(0, 0, ())
    after = token_range.after
    for window, upto in _windows(source, rows_held, scratch):
        end = token_range.upto if upto is None else upto
        rows = None
        if not isinstance(window, Spill):
            rows = sink.within(after, end, _MORE * rows_held)
            if rows is None:
                large = Spill(_beside(scratch, "source"))
                _spread(large, window)
                window = large
        if isinstance(window, Spill):
            matched = _match_pieces(window, after, end, sink, _beside(scratch, "sink"))
            _forget(window)
        else:
            assert rows is not None
            matched = Matched(window.height, rows.height, tuple(differing(window, rows)))
        total = Matched(
            total.rows_in_source + matched.rows_in_source,
            total.rows_in_sink + matched.rows_in_sink,
            total.keys + matched.keys,
        )
        after = end
    return total


def _windows(
    source: Iterable[pl.DataFrame], rows_held: int, scratch: Path
) -> Iterator[tuple[pl.DataFrame | Spill, int | None]]:
    """Cut rows in the order of tokens between tokens; the last piece's end is None.

    A partition that has more rows than are held is spilled in pieces by the key's hash.
    """
    held: list[pl.DataFrame] = []
    count = 0
    large: Spill | None = None
    token = 0
    for page in source:
        rest = page
        if large is not None:
            same = rest.filter(pl.col("token") == token)
            _spread(large, same)
            rest = rest.filter(pl.col("token") != token)
            if not rest.height:
                continue
            yield large, token
            large = None
        held.append(rest)
        count += _held(rest)
        if count < rows_held:
            continue
        whole = _concat(held)
        token = int(whole.get_column("token")[-1])
        done = whole.filter(pl.col("token") != token)
        if done.height:
            yield done, int(done.get_column("token")[-1])
        last = whole.filter(pl.col("token") == token)
        held, count = [last], _held(last)
        if count >= rows_held:
            large = Spill(_beside(scratch, "source"))
            _spread(large, last)
            held, count = [], 0
    if large is not None:
        yield large, token
    yield _concat(held), None


def _held(frame: pl.DataFrame) -> int:
    """For how many rows a frame's count, by what they take: keys may be long."""
    size = int(frame.get_column("key").bin.size().sum())
    return frame.height + size // ROW_BYTES


def _match_pieces(source: Spill, after: int, upto: int, sink: SinkRows, scratch: Path) -> Matched:
    """Compare a partition that is too large to be held; what lies before it comes along."""
    other = Spill(scratch)
    for chunk in sink.chunks():
        _spread(other, chunk.filter(_between(after, upto)))
    in_source = in_sink = 0
    keys: list[bytes] = []
    for piece in range(_PIECES):
        one, two = _concat(source.chunks(piece)), _concat(other.chunks(piece))
        in_source, in_sink = in_source + one.height, in_sink + two.height
        keys += differing(one, two)
    _forget(other)
    return Matched(in_source, in_sink, tuple(keys))


def _beside(scratch: Path, side: str) -> Path:
    return scratch.with_name(f"{scratch.name}-{side}")


def _between(after: int, upto: int) -> pl.Expr:
    return pl.col("token").is_between(after, upto, closed="right")


def _spread(spill: Spill, frame: pl.DataFrame) -> None:
    pieces = frame.with_columns(piece=pl.col("key").hash(0) % _PIECES)
    for (piece,), part in pieces.partition_by("piece", as_dict=True, include_key=False).items():
        spill.append(int(piece), part)


def _forget(spill: Spill) -> None:
    for piece in range(_PIECES):
        spill.drop(piece)


def _concat(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    kept = [frame for frame in frames if frame.height]
    return pl.concat(kept) if kept else empty()
