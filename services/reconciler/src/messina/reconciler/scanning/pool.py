"""Where work is done: in this process, or in several, which end with it."""

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar, cast

from messina import scylla
from messina.postgres import PostgresError
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.scanning.matching import Matched
from messina.reconciler.scanning.pace import Ceiling, Pace
from messina.reconciler.scanning.worker import Work, Worker
from messina.secrets import SecretsError

ResultT = TypeVar("ResultT")
_SINK, _SOURCE = 0, 1
_WATCH_S = 0.2


class WorkerLost(ReconcilerError):
    """A process that read was killed."""

    def __init__(self) -> None:
        super().__init__(
            "a process that read rows was killed, maybe for want of memory; nothing was changed; "
            "next: the same command again, with a smaller --memory or --parallel"
        )


def result(future: "Future[ResultT]") -> ResultT:
    """What a piece of work came to; its error is raised here, in whatever process it happened."""
    try:
        found = future.result()
    except BrokenProcessPool:
        raise WorkerLost from None
    if isinstance(found, Failure):
        raise found.error()
    return found


class Pool(Protocol):
    """Does work, and knows how many rows were read for it."""

    width: int
    """How many pieces of work are done at once."""

    def read_sink(self, number: int) -> "Future[int]":
        """`Worker.read_sink`, sooner or later."""

    def compare(self, number: int, place: int) -> "Future[Matched]":
        """`Worker.compare`, sooner or later."""

    def rows(self, number: int) -> tuple[int, int]:
        """How many rows of a part were read so far: of the sink, of the source."""


class Cluster(Protocol):
    """Makes pools of what is not this machine alone."""

    @property
    def width(self) -> int:
        """How many pieces of work are done at once."""

    def pool(self, work: Work, opened: ExitStack) -> Pool:
        """What does the work, until `opened` is closed."""


class Here:
    """Everything in this process, when it is asked for.

    Args:
        work: what there is to do.
        session: with the source.
        opened: closes what is opened.
        tick: called now and then while work is done.
    """

    width = 1

    def __init__(
        self,
        work: Work,
        session: scylla.Session,
        opened: ExitStack,
        tick: Callable[[], None],
    ) -> None:
        limit = work.options.max_rows_per_second
        ceiling = None
        if limit is not None:
            context = get_context("spawn")
            ceiling = Ceiling(limit, context.Value("d", 0.0, lock=False), context.Lock())
        self._worker = Worker(work, opened, Pace(ceiling), session)
        self._counts = [[0, 0] for _ in work.tasks]
        self._tick = tick

    def read_sink(self, number: int) -> "Future[int]":
        """Read it now."""
        return _done(self._worker.read_sink(number, self._count(number, _SINK)))

    def compare(self, number: int, place: int) -> "Future[Matched]":
        """Compare it now."""
        return _done(self._worker.compare(number, place, self._count(number, _SOURCE)))

    def rows(self, number: int) -> tuple[int, int]:
        """How many rows were read so far."""
        sink, source = self._counts[number]
        return sink, source

    def _count(self, number: int, side: int) -> Callable[[int], None]:
        def count(rows: int) -> None:
            self._counts[number][side] += rows
            self._tick()

        return count


class Processes:
    """Several processes; they end with the block that this is made in, or with this process."""

    def __init__(self, work: Work, opened: ExitStack) -> None:
        context = get_context("spawn")
        self.width = work.options.processes
        self._counts = context.Array("q", 2 * len(work.tasks))
        clock, lock = context.Value("d", 0.0, lock=False), context.Lock()
        self._executor = ProcessPoolExecutor(
            self.width,
            mp_context=context,
            initializer=_start,
            initargs=(work, self._counts, clock, lock, os.getpid()),
        )
        opened.callback(self._end)

    def read_sink(self, number: int) -> "Future[int]":
        """Read it in one of the processes."""
        return cast("Future[int]", self._submit(_read_sink, number))

    def compare(self, number: int, place: int) -> "Future[Matched]":
        """Compare it in one of the processes."""
        return cast("Future[Matched]", self._submit(_compare, number, place))

    def _submit(self, work: Callable[..., Any], *numbers: int) -> "Future[Any]":
        try:
            return self._executor.submit(work, *numbers)
        except BrokenProcessPool:
            raise WorkerLost from None

    def rows(self, number: int) -> tuple[int, int]:
        """How many rows were read so far."""
        return self._counts[2 * number], self._counts[2 * number + 1]

    def _end(self) -> None:
        running = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.terminate()
        for process in running:
            process.join(5)


_worker: Worker
_counts: Any


def _start(work: Work, counts: Any, clock: Any, lock: Any, parent: int) -> None:
    """Make a fresh process ready: it ends with its parent, and leaves Ctrl-C to it."""
    global _worker, _counts
    os.environ["POLARS_MAX_THREADS"] = "1"  # each process has a CPU; read at the first use
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    limit = work.options.max_rows_per_second
    ceiling = None if limit is None else Ceiling(limit, clock, lock)
    _worker, _counts = Worker(work, ExitStack(), Pace(ceiling)), counts


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def _nothing(_: int) -> None:
    pass


@dataclass(frozen=True)
class Failure:
    """An error that can be sent to another process: most classes of ours can't be."""

    kind: type[Exception]
    text: str

    @staticmethod
    def of(error: Exception) -> "Failure":
        """What can be sent of an error."""
        return Failure(type(error), str(error))

    def error(self) -> Exception:
        """The error itself."""
        error = self.kind.__new__(self.kind)
        Exception.__init__(error, self.text)
        return error


SENT = (ReconcilerError, scylla.ScyllaError, PostgresError, SecretsError)


def _read_sink(number: int) -> "int | Failure":
    try:
        return _worker.read_sink(number, _counter(2 * number + _SINK))
    except SENT as error:
        return Failure.of(error)


def _compare(number: int, place: int) -> "Matched | Failure":
    try:
        return _worker.compare(number, place, _counter(2 * number + _SOURCE))
    except SENT as error:
        return Failure.of(error)


def _counter(index: int) -> Callable[[int], None]:
    def count(rows: int) -> None:
        with _counts.get_lock():
            _counts[index] += rows

    return count


def _done(result: ResultT) -> "Future[ResultT]":
    future: Future[ResultT] = Future()
    future.set_result(result)
    return future
