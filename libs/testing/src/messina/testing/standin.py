"""The levers of the CQL stand-in: what tests ask of it that ScyllaDB does by itself, or never."""

from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

_CONTROLS = "messina_standin"
_AHEAD = timedelta(seconds=2)
_NONE = timedelta(0)


class Executes(Protocol):
    """A session: the driver's own, or `messina.scylla.Session`."""

    def execute(self, statement: Any, values: Any = ..., /) -> Any:
        """Run a statement."""


class Standin:
    """The running stand-in that a session is connected to.

    Every method returns when what it asks for is done. What can't be done raises the driver's
    `InvalidRequest`. A real ScyllaDB has none of these levers, and answers the same way.
    """

    def __init__(self, session: Executes) -> None:
        self._session = session

    def new_generation(
        self,
        vnodes: int,
        shards: int = 1,
        *,
        ahead: timedelta = _AHEAD,
        keyspace: str = "",
        table: str = "",
    ) -> datetime:
        """Begin a CDC generation, and return from when it is in use.

        It is announced at once; writes go to it whose timestamps are not before its start. Without
        names it is one of the ring, for all tables without tablets; a table with tablets is named,
        and its tablets are split or merged.

        Args:
            vnodes: the ranges that the ring is cut into, or the tablets of the table.
            shards: the streams of each range; a tablet has one.
            ahead: how long after now it begins; nothing begins it with the next write.
            keyspace: the keyspace of a table with tablets.
            table: a table with tablets.
        """
        self._session.execute(
            f"INSERT INTO {_CONTROLS}.generations"
            " (keyspace_name, table_name, vnodes, shards, ahead_ms) VALUES (%s, %s, %s, %s, %s)",
            (keyspace, table, vnodes, shards, _millis(ahead)),
        )
        rows = self._session.execute(
            f"SELECT starts FROM {_CONTROLS}.generations"
            " WHERE keyspace_name = %s AND table_name = %s",
            (keyspace, table),
        )
        starts: datetime = next(iter(rows))[0]
        return starts.replace(tzinfo=UTC)

    def delay(
        self,
        keyspace: str,
        table: str,
        *,
        log: timedelta = _NONE,
        base: timedelta = _NONE,
    ) -> None:
        """Make the writes to a table from now on visible later than they are acknowledged.

        Their timestamps are those of the write. Writes to one key become visible in their order,
        also after the delay was made shorter or switched off: a write waits for those before it.

        Args:
            keyspace: the table's keyspace.
            table: the table; it has CDC.
            log: how much later the log rows are there.
            base: how much later the rows themselves are there (not those of conditional writes),
                as a reader sees it whose replica is slow.
        """
        self._session.execute(
            f"INSERT INTO {_CONTROLS}.delays (keyspace_name, table_name, log_ms, base_ms)"
            " VALUES (%s, %s, %s, %s)",
            (keyspace, table, _millis(log), _millis(base)),
        )

    def expire_log(self, keyspace: str, table: str, before: datetime) -> None:
        """Take away the rows of a log whose `cdc$time` is before a time, as its TTL would.

        Args:
            keyspace: the table's keyspace.
            table: the table whose log it is.
            before: the time, with its zone.
        """
        self._session.execute(
            f"INSERT INTO {_CONTROLS}.expiries (keyspace_name, table_name, before)"
            " VALUES (%s, %s, %s)",
            (keyspace, table, before),
        )


def _millis(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)
