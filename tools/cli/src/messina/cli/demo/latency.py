"""How long a change takes from the CQL write until it is visible in Postgres.

Each write carries the time at which it was sent (`updated_at`); Postgres knows when the row's
newest version was committed (`pg_xact_commit_timestamp`, with track_commit_timestamp on). Both
clocks are one: everything runs on this machine. What cannot be seen so: deletes, and versions
that were overwritten before the sampler's next look.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg import sql

from messina.postgres import Connection, PostgresError
from messina.postgres.errors import explained

_EVERY_SECONDS = 0.25
# Commits become visible nearly in the order of their timestamps; looked at again for that long.
_OVERLAP = timedelta(seconds=2)
_QUERY: LiteralString = """
    SELECT flight_date, carrier, flight, origin, updated_at, committed
    FROM (SELECT *, pg_xact_commit_timestamp(xmin) AS committed FROM {}.flights) AS versions
    WHERE committed > %s AND updated_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Latency:
    """Quantiles in milliseconds over `samples` row versions."""

    p50: float
    p95: float
    max: float
    samples: int


@dataclass(slots=True)
class Samples:
    """Latencies so far, in milliseconds."""

    values: list[float] = field(default_factory=list)

    def quantiles(self) -> Latency | None:
        """None while there is nothing."""
        ordered = sorted(self.values)
        if not ordered:
            return None

        def at(share: float) -> float:
            return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

        return Latency(round(at(0.5), 1), round(at(0.95), 1), round(ordered[-1], 1), len(ordered))


class Sampler:
    """Watches `flights` in Postgres from a thread of its own.

    When Postgres goes away it ends, and forgets: half of the latencies would mislead.

    Attributes:
        samples: the latencies so far.
        newest: when the newest visible change was written.
        error: why it ended before its time, if it did.
    """

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        self._query = sql.SQL(_QUERY).format(sql.Identifier(schema))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="latency", daemon=True)
        self._seen: set[tuple[object, ...]] = set()
        self.samples = Samples()
        self.newest: datetime | None = None
        self.error: PostgresError | None = None

    def forget(self) -> None:
        """Drops the latencies so far; versions that were seen stay seen."""
        self.samples = Samples()

    def __enter__(self) -> "Sampler":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)
        self._connection.close()

    def _run(self) -> None:
        since = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        try:
            with explained("measuring the latency"):
                while not self._stop.wait(_EVERY_SECONDS):
                    since = self._look(since)
                self._look(since)
        except PostgresError as error:
            self.error = error
            self.newest = None
            self.forget()

    def _look(self, since: datetime) -> datetime:
        newest = since
        with self._connection.transaction():
            for *key, updated, committed in self._connection.execute(self._query, (since,)):
                newest = max(newest, committed - _OVERLAP)
                self.newest = max(self.newest or updated, updated)
                version = (*key, updated)
                if version not in self._seen:
                    self._seen.add(version)
                    self.samples.values.append((committed - updated).total_seconds() * 1000)
        return newest
