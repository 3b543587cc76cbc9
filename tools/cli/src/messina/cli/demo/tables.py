"""The demo's two tables, and the CQL that each change becomes."""

from dataclasses import dataclass
from datetime import datetime

from cassandra.query import PreparedStatement

from messina.cli.demo.timetable import Change
from messina.scylla import Session

KEYSPACE = "ops"

_DDL = (
    f"""CREATE KEYSPACE IF NOT EXISTS {KEYSPACE} WITH replication =
        {{'class': 'NetworkTopologyStrategy', '%(datacenter)s': 1}}""",
    f"""CREATE TABLE IF NOT EXISTS {KEYSPACE}.flights (
        flight_date date, carrier text, flight int, origin text,
        record_id uuid, dest text, tail_number text, status text, on_time boolean,
        scheduled_at timestamp, dep_delay_min smallint, arr_delay_min smallint,
        distance_miles double, speed_mph decimal, updated_at timestamp,
        PRIMARY KEY ((flight_date, carrier, flight, origin))
    ) WITH cdc = {{'enabled': true}}""",
    f"""CREATE TABLE IF NOT EXISTS {KEYSPACE}.flight_events (
        flight_date date, carrier text, flight int, origin text, at timestamp, kind text,
        delay_min smallint,
        PRIMARY KEY ((flight_date, carrier, flight, origin), at, kind)
    ) WITH cdc = {{'enabled': true}}""",
)
NEW_COLUMN = "air_time_min"
_KEY = "flight_date = ? AND carrier = ? AND flight = ? AND origin = ?"
_KEY_COLUMNS = "flight_date, carrier, flight, origin"


def create(session: Session, datacenter: str) -> None:
    """Makes the demo's keyspace and tables, empty."""
    session.execute(f"DROP KEYSPACE IF EXISTS {KEYSPACE}")
    for statement in _DDL:
        session.execute(statement.replace("%(datacenter)s", datacenter))


def add_column(session: Session) -> None:
    """The schema change that comes while changes flow."""
    session.execute(f"ALTER TABLE {KEYSPACE}.flights ADD {NEW_COLUMN} smallint")


@dataclass(frozen=True, slots=True)
class Write:
    """A bound statement's parts."""

    statement: PreparedStatement
    values: tuple[object, ...]


class Statements:
    """Turns changes into CQL writes; after the schema change, landings carry the new column."""

    def __init__(self, session: Session, with_new_column: bool) -> None:
        table = f"{KEYSPACE}.flights"
        self._new = with_new_column
        extra = f", {NEW_COLUMN} = ?" if with_new_column else ""
        self._post = session.prepare(
            f"INSERT INTO {table} ({_KEY_COLUMNS}, record_id, dest, tail_number, status, "
            "scheduled_at, distance_miles, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        self._depart = session.prepare(
            f"UPDATE {table} SET status = ?, dep_delay_min = ?, updated_at = ? WHERE {_KEY}"
        )
        self._land = session.prepare(
            f"UPDATE {table} SET status = ?, arr_delay_min = ?, on_time = ?, speed_mph = ?, "
            f"updated_at = ?{extra} WHERE {_KEY}"
        )
        self._cancel = session.prepare(f"DELETE FROM {table} WHERE {_KEY}")
        self._event = session.prepare(
            f"INSERT INTO {KEYSPACE}.flight_events ({_KEY_COLUMNS}, at, kind, delay_min) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        for statement in (self._post, self._depart, self._land, self._cancel, self._event):
            statement.is_idempotent = True

    def writes(self, change: Change, now: datetime) -> tuple[Write, Write]:
        """The change to the flight's row, and the event that tells of it."""
        key = tuple(change.flight.key)
        event = Write(self._event, (*key, change.at, change.kind, change.delay_minutes))
        return self._row(change, key, now), event

    def _row(self, change: Change, key: tuple[object, ...], now: datetime) -> Write:
        flight = change.flight
        if change.kind == "posted":
            entry = (flight.record_id, flight.dest, flight.tail_number, change.kind)
            return Write(
                self._post, (*key, *entry, flight.scheduled_at, flight.distance_miles, now)
            )
        if change.kind == "departed":
            return Write(self._depart, (change.kind, change.delay_minutes, now, *key))
        if change.kind == "landed":
            delay = change.delay_minutes
            on_time = None if delay is None else delay <= 15
            new = (change.air_minutes,) if self._new else ()
            values = (change.kind, delay, on_time, change.speed_mph, now, *new, *key)
            return Write(self._land, values)
        return Write(self._cancel, key)
