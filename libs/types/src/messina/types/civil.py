"""Days and dates of the proleptic Gregorian calendar, in any year."""

import re

_ISO = re.compile(r"([0-9]{4,7})-([0-9]{2})-([0-9]{2})", re.ASCII)
_YEAR = r"([0-9]{4}|\+[0-9]{5,9}|-[0-9]{4,9})"
ISO_DAY = rf"{_YEAR}-([0-9]{{2}})-([0-9]{{2}})"
"""A day as ISO 8601 has it, in three groups: a sign before a year that has not four digits."""
_ISO_DAY = re.compile(ISO_DAY, re.ASCII)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. The year 0 is 1 BC."""
    if not 1 <= month <= 12 or not 1 <= day <= _days_in(year, month):
        raise ValueError("no such day")
    shifted = year - (month <= 2)
    era, year_of_era = divmod(shifted, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (
        era * 146_097
        + year_of_era * 365
        + year_of_era // 4
        - year_of_era // 100
        + day_of_year
        - 719_468
    )


def civil_from_days(days: int) -> tuple[int, int, int]:
    """The year, month and day of a day since 1970-01-01."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return era * 400 + year_of_era + (month <= 2), month, day


def parse_date(text: str) -> int:
    """The day of Postgres' text `2013-01-01` or `0001-12-31 BC`."""
    bare = text.removesuffix(" BC")
    match = _ISO.fullmatch(bare)
    if match is None:
        raise ValueError("not a date")
    year, month, day = map(int, match.groups())
    return days_from_civil(year if bare == text else 1 - year, month, day)


def format_date(days: int) -> str:
    """A day as Postgres writes it."""
    year, month, day = civil_from_days(days)
    era = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04}-{month:02}-{day:02}{era}"


def parse_iso_date(text: str) -> int:
    """The day of `2013-01-01`, `-0001-12-31` or `+10000-01-01`; the year 0 is 1 BC."""
    match = _ISO_DAY.fullmatch(text)
    if match is None or text.startswith("-0000"):
        raise ValueError("not a date")
    return days_from_civil(*map(int, match.groups()))


def format_iso_date(days: int) -> str:
    """A day as ISO 8601 has it."""
    year, month, day = civil_from_days(days)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month:02}-{day:02}"


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTH_DAYS[month - 1] + (leap and month == 2)
