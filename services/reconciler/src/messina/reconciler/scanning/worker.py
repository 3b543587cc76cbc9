"""What reads: one side's rows of one part, in this process or in one of several."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from messina import postgres, scylla
from messina.pipeline import Endpoints
from messina.reconciler.opening import open_source
from messina.reconciler.parts import Part
from messina.reconciler.scanning.frames import Frames, weight
from messina.reconciler.scanning.matching import ROW_BYTES, Matched, SinkRows, match
from messina.reconciler.scanning.options import Options
from messina.reconciler.scanning.pace import Pace
from messina.reconciler.scanning.spill import Spill
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide, level_of
from messina.scylla import TokenRange

Count = Callable[[int], None]
"""Told of rows that were read since it was last told."""


@dataclass(frozen=True)
class Task:
    """A part of a table that is compared: where its ranges begin and end, in order.

    Attributes:
        part: what is compared.
        ranges: those of the ring that are compared, none with another's tokens.
        buckets: into how many files the sink's rows go: consecutive ranges share one.
    """

    part: Part
    ranges: tuple[TokenRange, ...]
    buckets: int

    def bucket(self, place: int) -> int:
        """The bucket of a range."""
        return place * self.buckets // len(self.ranges)


@dataclass(frozen=True)
class Work:
    """All that a process must know.

    Attributes:
        schema: the sink's.
        folder: where frames are spilled.
    """

    tasks: tuple[Task, ...]
    endpoints: Endpoints
    schema: str
    options: Options
    folder: Path

    def spill(self, number: int) -> Spill:
        """Where the sink's rows of a task are."""
        return Spill(self.folder / str(number))


class Worker:
    """Reads both sides; what it opens is closed by `opened`.

    Args:
        work: what there is to do.
        opened: closes what is opened.
        pace: how fast the source may be read.
        session: an open session with the source; without, one is opened on first use.
    """

    def __init__(
        self,
        work: Work,
        opened: ExitStack,
        pace: Pace,
        session: scylla.Session | None = None,
    ) -> None:
        self._work = work
        self._opened = opened
        self._session = session
        self.pace = pace
        self._loaded: tuple[int, int, SinkRows] | None = None

    def read_sink(self, number: int, count: Count) -> int:
        """Read all of a part's rows in the sink into buckets; return how many are in its ranges."""
        task, options = self._work.tasks[number], self._work.options
        frames = _frames(task.part)
        spill = self._work.spill(number)
        with postgres.connect(
            self._work.endpoints.postgres, application_name="messina-reconciler"
        ) as connection:
            side = PostgresSide(connection, self._work.schema, task.part.target, task.part.shape())
            kept: list[pl.DataFrame] = []
            size = rows = 0
            place = _placed(task)
            for columns, as_text in side.columns():
                frame = frames.of_sink(columns, as_text)
                count(frame.height)
                frame = place(frame)
                rows += frame.height
                kept.append(frame)
                size += weight(frame)
                if size > options.held // 4:
                    _flush(spill, kept)
                    kept, size = [], 0
            _flush(spill, kept)
        return rows

    def compare(self, number: int, place: int, count: Count) -> Matched:
        """Compare a range of a part, whose sink was read before."""
        task, options = self._work.tasks[number], self._work.options
        # of its own, as a worker that died may have left another
        scratch = self._work.folder / f"{number}-{place}-{secrets.token_hex(4)}"
        return match(
            task.ranges[place],
            self._source(task, place, count),
            self._bucket(number, task.bucket(place)),
            max(1_000, options.held // 4 // ROW_BYTES),
            scratch,
        )

    def _source(self, task: Task, place: int, count: Count) -> Iterator[pl.DataFrame]:
        frames = _frames(task.part)
        if self._session is None:
            self._session = open_source(self._work.endpoints, self._opened)
        side = ScyllaSide(self._session, task.part)
        name = self._work.options.consistency
        level = None if name is None else level_of(name)
        for columns, read in side.columns(task.ranges[place], level, self.pace):
            count(read)
            yield frames.of_source(columns)

    def _bucket(self, number: int, bucket: int) -> SinkRows:
        if self._loaded is None or self._loaded[:2] != (number, bucket):
            self._loaded = None  # the last one's memory first
            rows = SinkRows(self._work.spill(number), bucket, self._work.options.held // 4)
            self._loaded = (number, bucket, rows)
        return self._loaded[2]


def _frames(part: Part) -> Frames:
    return Frames(part.shape(), len(part.schema.partition_key), part.hidden())


def _placed(task: Task) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Rows with their bucket; those of no range are left out."""
    order = sorted(range(len(task.ranges)), key=lambda place: task.ranges[place])
    uptos = pl.Series([task.ranges[place].upto for place in order], dtype=pl.Int64)
    afters = pl.Series([task.ranges[place].after for place in order], dtype=pl.Int64)
    buckets = pl.Series([task.bucket(place) for place in order], dtype=pl.UInt32)
    last = len(order) - 1

    def place(frame: pl.DataFrame) -> pl.DataFrame:
        found = uptos.search_sorted(frame.get_column("token"), side="left")
        near = found.clip(0, last)
        inside = (found <= last) & (frame.get_column("token") > afters.gather(near))
        return frame.with_columns(bucket=buckets.gather(near)).filter(inside)

    return place


def _flush(spill: Spill, kept: Sequence[pl.DataFrame]) -> None:
    if not kept:
        return
    parts = pl.concat(kept).partition_by("bucket", as_dict=True, include_key=False)
    for (bucket,), frame in parts.items():
        spill.append(int(bucket), frame)
