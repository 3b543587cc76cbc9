"""Work is done by the workers of a dask cluster: on other machines, if that is where they are.

What one of them lays down on disk another reads: they share the folder. What a worker holds, its
session with the source above all, it keeps until the run ends. One that dies takes the run with it
where it was reading the sink; a range of the source is read by another.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

from distributed import Client, KilledWorker, fire_and_forget
from distributed import Future as Promise

from messina.reconciler.errors import ReconcilerError
from messina.reconciler.scanning.matching import Matched
from messina.reconciler.scanning.pace import Ceiling, Pace
from messina.reconciler.scanning.pool import SENT, Failure, WorkerLost
from messina.reconciler.scanning.worker import Work, Worker

_CONNECT_S = 10
_BEGUN = "begun"
_LOOK_S = 5.0
_ALONE_S = 60.0
"""So long a scheduler may be without workers, or say nothing: it waits for new ones for ever."""


class SchedulerLost(ReconcilerError):
    """The cluster's scheduler does not answer, or has no workers that could read."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(
            f"the dask scheduler at {address}: {reason}; no row was changed; next: start it, and "
            "workers with the same Messina (dask worker ADDRESS), or go without --scheduler"
        )


class Cluster:
    """A dask cluster. Close it, or use it in a `with`.

    Args:
        address: of its scheduler, such as `tcp://10.0.0.5:8786`. How TLS is spoken stands in dask's
            own configuration.

    Raises:
        SchedulerLost: if nobody answers there, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        try:
            self.client = _connected(address)
        except (OSError, ValueError, TimeoutError) as error:
            reason = str(error) or f"no answer within {2 * _CONNECT_S} s"
            raise SchedulerLost(address, reason) from error
        try:
            self.width = len(self.workers())
        except (OSError, TimeoutError) as error:
            self.close()
            reason = f"it took the connection, and has not answered within {_CONNECT_S} s"
            raise SchedulerLost(address, reason) from error
        if not self.width:
            self.close()
            raise SchedulerLost(address, "it has no workers")

    def workers(self) -> list[str]:
        """The addresses of the workers that there are now.

        Raises:
            OSError, TimeoutError: if the scheduler does not say, within ten seconds.
        """
        scheduler = self.client.scheduler
        if scheduler is None:
            raise OSError("not connected")
        # `Client.scheduler_info` waits for ever
        known = self.client.sync(scheduler.identity, n_workers=-1, callback_timeout=_CONNECT_S)
        return list(known["workers"])

    def pool(self, work: Work, opened: ExitStack) -> "Scheduled":
        """Its workers, for a run."""
        return Scheduled(work, self, opened)

    def close(self) -> None:
        """Leave the cluster as it was."""
        self.client.close()

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _connected(address: str) -> Client:
    """A client; what takes connections and says nothing would be waited for without end."""
    made: Future[Client] = Future()

    def connect() -> None:
        try:
            made.set_result(Client(address, timeout=_CONNECT_S, set_as_default=False))
        except BaseException as error:  # noqa: BLE001  # whoever waits raises it
            made.set_exception(error)

    threading.Thread(target=connect, name="dask-connect", daemon=True).start()
    return made.result(2 * _CONNECT_S)


class Scheduled:
    """The workers of a cluster; each does one piece of work at a time.

    Attributes:
        width: how many there are, as of a few seconds ago.
    """

    def __init__(self, work: Work, cluster: Cluster, opened: ExitStack) -> None:
        self.width = cluster.width
        self._cluster = cluster
        self._counts = [[0, 0] for _ in work.tasks]
        self._running: dict[Promise[Any], Future[Any]] = {}
        self._looked = self._seen = time.monotonic()
        try:
            self._work = cluster.client.scatter(work, broadcast=True, hash=False)
        except (OSError, TimeoutError) as error:
            said = str(error) or "no answer"
            reason = f"what there is to do could not be handed to its workers: {said}"
            raise SchedulerLost(cluster.address, reason) from error
        opened.callback(self._end, work.folder.name)

    def read_sink(self, number: int) -> "Future[int]":
        """Read it at one of the workers."""

        def count(rows: int) -> None:
            self._counts[number][0] += rows

        return self._submit(count, _read_sink, number)

    def compare(self, number: int, place: int) -> "Future[Matched]":
        """Compare it at one of the workers."""

        def count(found: Matched) -> None:
            self._counts[number][1] += found.rows_in_source

        return self._submit(count, _compare, number, place)

    def rows(self, number: int) -> tuple[int, int]:
        """How many rows were read, of what is done; who waits fails once nobody is there."""
        self._look()
        sink, source = self._counts[number]
        return sink, source

    def _submit(
        self, count: Callable[[Any], None], work: Callable[..., Any], *numbers: int
    ) -> "Future[Any]":
        promise = self._cluster.client.submit(work, self._work, self.width, *numbers, pure=False)
        future: Future[Any] = Future()
        self._running[promise] = future
        promise.add_done_callback(partial(self._done, future, count))
        return future

    def _done(
        self, future: "Future[Any]", count: Callable[[Any], None], promise: Promise[Any]
    ) -> None:
        self._running.pop(promise, None)
        if future.done():
            return
        try:
            found = promise.result()
            if not isinstance(found, Failure):
                count(found)
            future.set_result(found)
        except KilledWorker:
            future.set_exception(WorkerLost())
        except BaseException as error:  # noqa: BLE001  # whatever it is, somebody waits for it
            reason = f"{type(error).__name__}: {error}"
            future.set_exception(SchedulerLost(self._cluster.address, reason))

    def _look(self) -> None:
        """Look now and then whether there are workers."""
        now = time.monotonic()
        if now - self._looked < _LOOK_S:
            return
        self._looked = now
        with suppress(OSError, TimeoutError):
            if there := len(self._cluster.workers()):
                # those that came meanwhile get work, and all of them their part of the ceiling
                self.width, self._seen = there, time.monotonic()
        now = time.monotonic()
        if now - self._seen > _ALONE_S:
            reason = f"no worker was seen for {now - self._seen:.0f} s"
            for future in list(self._running.values()):
                with suppress(InvalidStateError):  # it was done at this very moment
                    future.set_exception(SchedulerLost(self._cluster.address, reason))

    def _end(self, run: str) -> None:
        client = self._cluster.client
        with suppress(OSError, TimeoutError):  # who is gone has nothing to forget
            client.cancel(list(self._running))
            for worker in self._cluster.workers():
                # behind what it is doing
                forgets = client.submit(_forget, run, workers=[worker], pure=False)
                fire_and_forget(forgets)


_busy = threading.Lock()
_held: dict[str, tuple[Worker, Ceiling | None, ExitStack]] = {}


def _worker(work: Work, width: int) -> Worker:
    """This worker's own, with its session, for as long as the run lasts."""
    run, limit = work.folder.name, work.options.max_rows_per_second
    # no clock is common to all: each has its part of the ceiling, of how many there are by now
    share = None if limit is None else max(1, limit // width)
    if run not in _held:
        opened = ExitStack()
        made = None if share is None else Ceiling.of(share)
        _held[run] = Worker(work, opened, Pace(made)), made, opened
    worker, ceiling, _ = _held[run]
    if ceiling is not None and share is not None:
        ceiling.become(share)
    return worker


def _forget(run: str) -> None:
    with _busy:
        *_, opened = _held.pop(run, (None, None, None))
        if opened is not None:
            opened.close()


def _read_sink(work: Work, width: int, number: int) -> "int | Failure":
    with _busy:
        try:
            if not work.spill(number).first(_BEGUN):
                # a worker that died had begun it: what it wrote is not whole
                return Failure.of(WorkerLost())
            return _worker(work, width).read_sink(number, _nothing)
        except SENT as error:
            return Failure.of(error)


def _compare(work: Work, width: int, number: int, place: int) -> "Matched | Failure":
    with _busy:
        try:
            return _worker(work, width).compare(number, place, _nothing)
        except SENT as error:
            return Failure.of(error)


def _nothing(_: int) -> None:
    pass
