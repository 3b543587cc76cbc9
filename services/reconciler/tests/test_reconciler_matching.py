"""Frames of both sides: what differs is found, however they are cut, and however large they are."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.reconciler.errors import NotWritten
from messina.reconciler.scanning import Options, Task
from messina.reconciler.scanning.engine import _lead
from messina.reconciler.scanning.frames import Frames, empty
from messina.reconciler.scanning.matching import Matched, SinkRows, _windows, match
from messina.reconciler.scanning.pool import Failure, Processes, WorkerLost
from messina.reconciler.scanning.scheduled import _read_sink
from messina.reconciler.scanning.spill import Spill, forget_dead, spill_folder
from messina.reconciler.scanning.worker import Work
from messina.reconciler.sides import Shape
from messina.scylla import MAX_TOKEN, MIN_TOKEN, TokenRange
from messina.types import Canonical, parse_type

RING = TokenRange(MIN_TOKEN, MAX_TOKEN)
SHAPE = Shape("k.t", ("p", "c", "v"), tuple(map(parse_type, ("int", "int", "text"))), 2)
FRAMES = Frames(SHAPE, 1)
PATIENT = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    max_examples=25,
)
Rows = dict[tuple[int, int], str | None]
TABLES = st.dictionaries(
    st.tuples(st.integers(0, 6), st.integers(0, 8)), st.none() | st.sampled_from(["", "a"])
)


def pages(rows: Rows, size: int) -> Iterator[pl.DataFrame]:
    """Rows as the source gives them: by token, some at once."""
    if rows:
        whole = FRAMES.of_values([(*key, value) for key, value in rows.items()]).sort("token")
        for at in range(0, whole.height, size):
            yield whole.slice(at, size)


@PATIENT
@given(TABLES, TABLES, st.integers(1, 5), st.integers(1, 8), st.booleans(), st.integers(1, 4))
def test_what_differs_is_found_however_it_is_cut(
    tmp_path: Path, source: Rows, sink: Rows, page: int, rows_held: int, held: bool, cuts: int
) -> None:
    """Pages, pieces that are held, partitions larger than that, ranges: the outcome is the same."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    spill = Spill(folder / "sink")
    for frame in pages(sink, 3):
        spill.append(0, frame)
    rows = SinkRows(spill, 0, 10**9 if held else -1)
    found = []
    counts = [0, 0]
    for each in RING.split(cuts):
        within = (
            frame.filter((frame["token"] > each.after) & (frame["token"] <= each.upto))
            for frame in pages(source, page)
        )
        some = (frame for frame in within if frame.height)
        matched = match(each, some, rows, rows_held, folder / "scratch")
        found += FRAMES.keys(matched.keys)
        counts[0] += matched.rows_in_source
        counts[1] += matched.rows_in_sink
    missing = object()
    expected = {k for k in source.keys() | sink.keys()
                if source.get(k, missing) != sink.get(k, missing)}  # fmt: skip
    assert sorted(found) == sorted(expected)
    assert counts == [len(source), len(sink)]


def test_keys_of_any_length_stay_apart() -> None:
    """Where one part of a key ends and the next begins is part of the key."""
    shape = Shape("k.t", ("a", "b"), tuple(map(parse_type, ("text", "text"))), 2)
    frames = Frames(shape, 1)
    rows: list[tuple[Canonical, ...]] = [("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", "")]
    made = frames.of_values(rows)
    assert made["key"].n_unique() == 4
    assert frames.keys(made["key"].to_list()) == rows
    assert made["one"].unique().to_list() == [0]


def test_hashes_are_the_same_in_every_process() -> None:
    """Frames are made in several processes, and compared across them."""
    script = (
        "from messina.reconciler.scanning.frames import Frames\n"
        "from messina.reconciler.sides import Shape\n"
        "from messina.types import parse_type\n"
        "shape = Shape('t', ('k', 'v', 'w'), tuple(map(parse_type, ('int', 'text', 'int'))), 1)\n"
        "made = Frames(shape, 1).of_values([(1, 'a', None), (2, None, 7)])\n"
        "print(made['one'].to_list(), made['two'].to_list())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ).stdout
        for _ in range(2)
    }
    assert len(said) == 1
    first, second = next(iter(said)).strip().strip("[]").split("] [")
    assert len({*first.split(", "), *second.split(", ")}) == 4


def test_a_null_is_not_an_empty_text_nor_in_another_column() -> None:
    """Rows that differ in what is null, or where it is, have different hashes."""
    shape = Shape("t", ("k", "v", "w"), tuple(map(parse_type, ("int", "text", "text"))), 1)
    values: list[tuple[Canonical, Canonical]] = [
        (None, None), ("", None), (None, ""), ("", ""), ("a", None), (None, "a"),
        ("a", "b"), ("b", "a"), ("ab", ""),
    ]  # fmt: skip
    made = Frames(shape, 1).of_values([(1, *each) for each in values])
    assert made["one"].n_unique() == made["two"].n_unique() == len(values)


def fail_within(base: Path) -> None:
    with spill_folder(str(base)) as folder:
        Spill(folder / "0").append(3, FRAMES.of_values([(1, 1, "a")]))
        forget_dead(base)
        assert Spill(folder / "0").size(3) > 0
        raise RuntimeError("on purpose")


def test_temporary_files_go_with_the_block_that_made_them(tmp_path: Path) -> None:
    """Also when it fails, nothing is left on disk; who is alive keeps what is its own."""
    with pytest.raises(RuntimeError, match="on purpose"):
        fail_within(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_at_the_next_start(tmp_path: Path) -> None:
    """kill -9 leaves a folder; the next run takes it away."""
    script = (
        "import os, signal, sys\n"
        "from messina.reconciler.scanning.spill import spill_folder\n"
        "with spill_folder(sys.argv[1]) as folder:\n"
        "    (folder / 'rows.arrow').write_bytes(b'x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert len(list(tmp_path.iterdir())) == 1
    with spill_folder(str(tmp_path)) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_full_disk_is_said_with_what_helps(tmp_path: Path) -> None:
    """What does not fit is one error, of this process or of another; its folder is named."""
    spill = Spill(tmp_path / "s")
    (tmp_path / "s" / "3.arrow").symlink_to("/dev/full")
    frame = pl.DataFrame({"token": range(100_000)})
    with pytest.raises(NotWritten, match="No space left on device; no row was .* --spill folder"):
        spill.append(3, frame)
    with pytest.raises(NotWritten, match="can't be written to /proc/nothing"):
        Spill(Path("/proc/nothing"))


def test_work_for_processes_that_are_gone_is_one_line() -> None:
    """A process that was killed between two pieces of work is told as one that had some."""
    pool = Processes.__new__(Processes)
    pool._executor = ProcessPoolExecutor(1)
    with pytest.raises(BrokenProcessPool):
        pool._executor.submit(os._exit, 1).result()
    for ask in (lambda: pool.read_sink(0), lambda: pool.compare(0, 0)):
        with pytest.raises(WorkerLost, match="smaller --memory"):
            ask()
    pool._executor.shutdown()


def test_fewer_rows_are_held_where_keys_are_long(tmp_path: Path) -> None:
    """What is held is bounded by its bytes: a thousand keys of 16 kB are no thousand short ones."""
    frames = Frames(Shape("k.t", ("p",), (parse_type("text"),), 1), 1)

    def held(length: int) -> int:
        rows = [(f"{number:0{length}}",) for number in range(300)]
        whole = frames.of_values(rows).sort("token")
        cut = _windows((whole.slice(at, 5) for at in range(0, 300, 5)), 200, tmp_path / "s")
        windows = [window for window, _ in cut if isinstance(window, pl.DataFrame)]
        assert sum(window.height for window in windows) == 300
        return max(window.height for window in windows)

    assert held(3) > 150
    assert held(16_000) <= 10


class _Pool:
    """Does nothing, at once; and tells it to nobody."""

    width = 1

    def read_sink(self, number: int) -> "Future[int]":
        return _done(0)

    def compare(self, number: int, place: int) -> "Future[Matched]":
        return _done(Matched(0, 0, ()))

    def rows(self, number: int) -> tuple[int, int]:
        return 0, 0

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


def _done(found: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(found)
    return future


def test_what_is_compared_leaves_the_disk(tmp_path: Path) -> None:
    """The sink's rows of ranges that share a file go once the last of them was compared."""
    task = Task(cast(Any, None), RING.split(4), 2)
    work = Work((task,), cast(Any, None), "s", Options(1), tmp_path)
    for bucket in range(2):
        work.spill(0).append(bucket, empty())
    seen: list[tuple[int, int]] = []

    def finished(number: int, place: int, found: Matched) -> None:
        seen.append((place, len(list((tmp_path / "0").iterdir()))))

    pool = _Pool()
    _lead(work, pool, cast(Any, pool), finished)
    assert sorted(place for place, _ in seen) == [0, 1, 2, 3]
    assert seen[0][1] == 2 and list((tmp_path / "0").iterdir()) == []
    assert sorted(files for _, files in seen) == [1, 1, 2, 2]


def test_a_sink_that_a_worker_left_half_read_is_not_read_on(tmp_path: Path) -> None:
    """A scheduler gives the work of a worker that died to another: its files are not whole."""
    work = Work((Task(cast(Any, None), (RING,), 1),), cast(Any, None), "s", Options(1), tmp_path)
    assert work.spill(0).first("begun")
    found = _read_sink(work, 1, 0)
    assert isinstance(found, Failure) and isinstance(found.error(), WorkerLost)
