"""Writers at full speed, and what they were acknowledged."""

import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from cassandra import DriverException, OperationTimedOut, RequestExecutionException
from cassandra.cluster import NoHostAvailable, Session
from cassandra.query import BatchStatement, BatchType

from messina.testing.audit import Key

BATCH_ROWS = 50
_PASSING = (DriverException, OperationTimedOut, RequestExecutionException, NoHostAvailable)

TABLES = (
    "CREATE TABLE {keyspace}.batches (part bigint, row int, mark bigint, note text, "
    "PRIMARY KEY ((part), row)) WITH cdc = {{'enabled': true}}",
    "CREATE TABLE {keyspace}.steps (id int PRIMARY KEY, n int) WITH cdc = {{'enabled': true}}",
)


class Writers:
    """Some threads write batches of 50 new rows in a partition each, one counts keys up.

    What a server did not acknowledge is written again until it does, so at the end what was meant
    is what was acknowledged.

    Args:
        threads: how many write batches.
        step_keys: how many keys are counted up.
        behind: how many rows are written and not yet seen in Kafka; where there are more than
            `most_behind`, the writers of batches wait: nobody here measures how long a
            backlog can grow.
    """

    def __init__(
        self,
        session: Session,
        keyspace: str,
        *,
        threads: int,
        step_keys: int,
        behind: Callable[[int], int],
        most_behind: int,
    ) -> None:
        self._session = session
        self._insert = session.prepare(
            f"INSERT INTO {keyspace}.batches (part, row, mark, note) VALUES (?, ?, ?, ?)"
        )
        self._step = session.prepare(f"UPDATE {keyspace}.steps SET n = ? WHERE id = ?")
        self._step_keys = step_keys
        self._behind = behind
        self._most_behind = most_behind
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._failure: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._guarded, args=(self._write_batches, number), daemon=True)
            for number in range(threads)
        ] + [threading.Thread(target=self._guarded, args=(self._count_up, 0), daemon=True)]
        self.batches: dict[int, int] = {}
        self.steps: dict[Key, int] = {}
        self.step_writes = 0
        self.repeated = 0
        self.waited = 0.0

    def __enter__(self) -> Self:
        # All keys are there before anybody asks for one: of one that is not, a signal is a delete.
        for key in range(self._step_keys):
            self._until_acknowledged(self._step, (1, key))
            self.steps[(key,)] = 1
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=90)
        if error is None and self._failure is not None:
            raise self._failure
        assert not any(thread.is_alive() for thread in self._threads), "a write did not go through"

    @property
    def rows(self) -> int:
        """How many rows were acknowledged in batches."""
        return len(self.batches) * BATCH_ROWS

    def expected(self) -> dict[Key, int]:
        """What the table of batches must hold."""
        return {
            (batch, row): mark + row
            for batch, mark in self.batches.items()
            for row in range(BATCH_ROWS)
        }

    def _guarded(self, work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            self._failure = failure

    def _write_batches(self, number: int) -> None:
        chance = random.Random()
        while not self._stop.is_set():
            self._wait_for_readers()
            # A hash of its own for every batch: they lie all over the ring.
            batch, mark = chance.getrandbits(62), chance.getrandbits(40)
            statement = BatchStatement(BatchType.UNLOGGED)
            for row in range(BATCH_ROWS):
                statement.add(self._insert, (batch, row, mark + row, f"writer {number}"))
            self._until_acknowledged(statement)
            with self._lock:
                self.batches[batch] = mark

    def _count_up(self, _number: int) -> None:
        chance = random.Random()
        while not self._stop.is_set():
            key = chance.randrange(self._step_keys)
            number = self.steps.get((key,), 0) + 1
            self._until_acknowledged(self._step, (number, key))
            self.steps[(key,)] = number
            self.step_writes += 1
            time.sleep(0.002)

    def _wait_for_readers(self) -> None:
        begun = time.monotonic()
        while self._behind(self.rows) > self._most_behind and not self._stop.wait(0.05):
            pass
        with self._lock:
            self.waited += time.monotonic() - begun

    def _until_acknowledged(self, statement: object, values: object = None) -> None:
        while True:
            try:
                self._session.execute(statement, values)
            except _PASSING:
                self.repeated += 1
                time.sleep(0.2)
            else:
                return
