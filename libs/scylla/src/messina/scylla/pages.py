"""Reading a token range in bulk: the next page is on its way while one is worked on."""

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cassandra import ConsistencyLevel

from messina.scylla.errors import QueryFailed
from messina.scylla.ring import TokenRange
from messina.scylla.scans import select_range
from messina.scylla.schema import TableSchema
from messina.scylla.session import PLAIN, Session, reason_of

_FIRST = 500
_SEEN = 25
Rows = list[tuple[Any, ...]]
Pace = Callable[[int, float], float]
"""Told how many rows a page had and how many seconds the server took for it; returns the seconds
to wait before the next is asked for."""


def unhurried(rows: int, seconds: float) -> float:
    """The pace of who needs none: the next page at once."""
    return 0.0


def pages(
    session: Session,
    table: TableSchema,
    token_range: TokenRange,
    columns: Sequence[str],
    *,
    shared: bool = False,
    page_size: int = 4_000,
    page_bytes: int = 2**20,
    consistency: int | None = None,
    pace: Pace = unhurried,
) -> Iterator[Rows]:
    """Yield the pages of a token range, by token and clustering key; none of them is empty.

    Two pages are held in memory, no more.

    Args:
        session: where to read.
        table: what to read.
        token_range: the part of the ring.
        columns: what to read of each row, in this order.
        shared: whether to read what each partition shares, once: partition key and statics only.
        page_size: rows fetched at once; fewer in the first page.
        page_bytes: about how large a page may become; where rows are large, it has fewer.
        consistency: a `cassandra.ConsistencyLevel`; None reads at LOCAL_QUORUM.
        pace: how fast to go on.

    Raises:
        QueryFailed: if a page can't be had. The pages before it were yielded.
    """
    statement = session.prepare(select_range(table, columns, shared=shared))
    bound = statement.bind((token_range.after, token_range.upto))
    bound.fetch_size = min(page_size, _FIRST)
    bound.consistency_level = consistency or ConsistencyLevel.LOCAL_QUORUM
    arrived: queue.SimpleQueue[tuple[Any, Exception | None, float]] = queue.SimpleQueue()
    asked = time.monotonic()
    future = session.driver.execute_async(bound, execution_profile=PLAIN)
    future.add_callbacks(
        lambda rows: arrived.put((rows, None, time.monotonic())),
        lambda error: arrived.put((None, error, time.monotonic())),
    )
    while True:
        rows, error, answered = arrived.get()
        if error is not None:
            raise QueryFailed(
                f"scanning {table.name} behind token {token_range.after} up to {token_range.upto}",
                reason_of(error),
            ) from error
        rows = list(rows or ())
        if rows:
            seen = rows[:: len(rows) // _SEEN + 1]
            mean = 1 + sum(len(data) for row in seen for data in row if data) // len(seen)
            asked_for = max(1, min(page_size, 4 * len(rows), page_bytes // mean))
            future.message.fetch_size = asked_for
        more = future.has_more_pages
        pause = pace(len(rows), answered - asked)
        due = time.monotonic() + pause
        if more and pause <= 0:
            asked = time.monotonic()
            future.start_fetching_next_page()
        if rows:
            yield rows
        if not more:
            return
        if pause > 0:
            time.sleep(max(0.0, due - time.monotonic()))
            asked = time.monotonic()
            future.start_fetching_next_page()
