"""Plays the changes against the CQL server at a steady rate."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cassandra.cluster import ResponseFuture

from messina.cli.demo.tables import Statements, add_column
from messina.cli.demo.timetable import Change, FlightKey
from messina.scylla import QueryFailed, Session
from messina.scylla.session import reason_of

_IN_FLIGHT = 64


@dataclass(frozen=True, slots=True)
class Played:
    """What was written.

    Attributes:
        writes: CQL statements that were acknowledged.
        rows: which rows they touched, in both tables: a flight, and perhaps one of its events.
        seconds: from the first write to the last acknowledgement.
    """

    writes: int
    rows: frozenset[tuple[FlightKey, object]]
    seconds: float


def play(
    session: Session,
    changes: tuple[Change, ...],
    rate: float,
    progress: Callable[[int], None],
    *,
    alter_at: int | None,
) -> Played:
    """Writes all changes at `rate` writes a second.

    Args:
        session: where to write.
        changes: what to write, in order.
        rate: CQL writes a second.
        progress: told the number of writes sent.
        alter_at: before which change (by number) a column is added to `flights`, if any.

    Raises:
        QueryFailed: a write failed, after the driver's own retries; the first that did.
    """
    statements = Statements(session, with_new_column=False)
    slots = threading.Semaphore(_IN_FLIGHT)
    failures: list[BaseException] = []
    rows: set[tuple[FlightKey, object]] = set()
    sent = 0
    started = time.monotonic()
    for number, change in enumerate(changes):
        if number == alter_at:
            add_column(session)
            statements = Statements(session, with_new_column=True)
        for write in statements.writes(change, datetime.now(UTC).replace(tzinfo=None)):
            _pace(started, sent, rate)
            slots.acquire()
            future = session.execute_async(write.statement, write.values)
            _release_when_done(future, slots, failures)
            sent += 1
        rows |= {(change.flight.key, None), (change.flight.key, (change.at, change.kind))}
        if failures:
            break
        progress(sent)
    for _ in range(_IN_FLIGHT):
        slots.acquire()
    if failures:
        raise QueryFailed("writing the changes", reason_of(failures[0])) from failures[0]
    return Played(sent, frozenset(rows), time.monotonic() - started)


def _pace(started: float, sent: int, rate: float) -> None:
    # The next write is due on a fixed timetable: a late one does not delay those after it.
    ahead = started + sent / rate - time.monotonic()
    if ahead > 0:
        time.sleep(ahead)


def _release_when_done(
    future: ResponseFuture, slots: threading.Semaphore, failures: list[BaseException]
) -> None:
    def failed(error: BaseException) -> None:
        failures.append(error)
        slots.release()

    future.add_callbacks(lambda _: slots.release(), failed)
