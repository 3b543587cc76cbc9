"""The first pass over a table: which rows may differ.

The sink is held as 16 bytes for each key and 16 for the rest of its row; the source streams past.
Only rows that look different, the candidates, are held whole, as keys.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

from messina.reconciler.report import OnProgress, Progress
from messina.reconciler.sides import Key, Shape, Side
from messina.types import digest

ItemT = TypeVar("ItemT")
_EVERY = 500


@dataclass(frozen=True)
class Scanned:
    """What a pass over both sides saw."""

    rows_in_source: int
    rows_in_sink: int
    candidates: tuple[Key, ...]


def scan_table(shape: Shape, source: Side, sink: Side, progress: OnProgress) -> Scanned:
    """Read all rows of both sides once.

    Rows that change while they are read may be candidates without being different.
    """
    length = shape.key_length
    unmatched: dict[bytes, bytes] = {}
    for row in _counted(sink.rows(), shape, "sink", sink.estimate(), progress):
        unmatched[digest(row[:length])] = digest(row[length:])
    rows_in_sink = len(unmatched)
    rows_in_source = 0
    candidates: list[Key] = []
    expected = source.estimate() or rows_in_sink or None
    for row in _counted(source.rows(), shape, "source", expected, progress):
        rows_in_source += 1
        if unmatched.pop(digest(row[:length]), None) != digest(row[length:]):
            candidates.append(row[:length])
    if unmatched:
        # Only digests of these are known: another pass over the keys finds them.
        candidates += [key for key in sink.all_keys() if digest(key) in unmatched]
    return Scanned(rows_in_source, rows_in_sink, tuple(dict.fromkeys(candidates)))


def _counted(
    rows: Iterable[ItemT],
    shape: Shape,
    step: Literal["sink", "source"],
    total: int | None,
    progress: OnProgress,
) -> Iterator[ItemT]:
    done = 0
    for row in rows:
        yield row
        done += 1
        if done % _EVERY == 0:
            progress(Progress(shape.table, step, done, total))
    progress(Progress(shape.table, step, done, done))
