"""Writers that go on whatever happens to the server, for tests that break things meanwhile."""

import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cassandra import DriverException, OperationTimedOut, RequestExecutionException
from cassandra.cluster import NoHostAvailable, Session

Operation = Callable[[Session, random.Random], None]

_PASSING = (DriverException, OperationTimedOut, RequestExecutionException, NoHostAvailable)


class Traffic:
    """Calls an operation at a steady rate from a thread of its own until it is left.

    An operation that fails because the server is away is tried again, itself and not another
    one, until it goes through: every write that was meant is made. So an operation must do no
    harm when it is repeated.

    Attributes:
        done: operations that went through.
    """

    def __init__(self, session: Session, operation: Operation, rate: float, seed: int = 0) -> None:
        self._session = session
        self._operation = operation
        self._rate = rate
        self._seed = seed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        self._failure: BaseException | None = None
        self.done = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=90)
        if error is None and self._failure is not None:
            raise self._failure
        assert not self._thread.is_alive(), "a write did not go through within 90 s"

    def _run(self) -> None:
        started = time.monotonic()
        try:
            while not self._stop.is_set():
                self._write(random.Random(f"{self._seed}/{self.done}"))
                self.done += 1
                ahead = started + self.done / self._rate - time.monotonic()
                if ahead > 0:
                    self._stop.wait(ahead)
                else:
                    started -= ahead  # after an outage: go on at the rate, do not catch up
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            self._failure = failure

    def _write(self, chance: random.Random) -> None:
        state = chance.getstate()
        while True:
            try:
                self._operation(self._session, chance)
            except _PASSING:
                time.sleep(0.2)
                chance.setstate(state)
            else:
                return
