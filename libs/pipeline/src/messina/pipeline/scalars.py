"""The small types a spec is made of: durations, names, addresses. Each says what it expected."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?(ms|s|m|h)")
_DURATION_EXPECTED = "a duration such as 300ms, 2s or 1m"


def _refuse(kind: str, what: str, expected: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{what}", {"what": what, "expected": expected})


def parse_duration(text: str) -> timedelta:
    """Read `300ms`, `1.5s`, `2m` or `1h`: whole milliseconds, one at least."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a duration (got {text!r}; expected {_DURATION_EXPECTED})")
    whole, fraction, unit = match.groups()
    thousandths = (int(whole) * 1_000 + int((fraction or "").ljust(3, "0"))) * _UNITS[unit]
    if thousandths % 1_000 or not thousandths:
        raise ValueError(f"not whole milliseconds (got {text!r}; expected at least 1ms)")
    try:
        return timedelta(milliseconds=thousandths // 1_000)
    except OverflowError:
        raise ValueError("not a duration (too long)") from None


def format_duration(duration: timedelta) -> str:
    """Write a duration as `parse_duration` reads it, in the largest unit that keeps it whole."""
    total = milliseconds(duration)
    for unit in ("h", "m", "s"):
        if total % _UNITS[unit] == 0 and total:
            return f"{total // _UNITS[unit]}{unit}"
    return f"{total}ms"


def milliseconds(duration: timedelta) -> int:
    """A duration in whole milliseconds."""
    return duration // timedelta(milliseconds=1)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or _DURATION.fullmatch(value) is None:
        raise _refuse("duration", "not a duration", _DURATION_EXPECTED)
    try:
        return parse_duration(value)
    except ValueError:
        raise _refuse("duration", "not whole milliseconds, or too long", "1ms or more") from None


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": rf"^{_DURATION.pattern}$"}),
]
"""A length of time, written `300ms`, `2s`, `1m`."""


def _named(kind: str, pattern: str, expected: str, refused: Callable[[str], bool]) -> Any:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None or refused(value):
            raise _refuse(kind, f"not a {kind}", expected)
        return value

    return AfterValidator(check), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


_PIPELINE = _named(
    "pipeline name",
    "[a-z][a-z0-9-]{0,62}",
    "a small letter, then small letters, digits and dashes, 63 at most",
    lambda name: False,
)
_CQL = _named(
    "CQL name",
    "[A-Za-z0-9_]{1,48}",
    "letters, digits and underscores, 48 at most",
    lambda name: False,
)
_SCHEMA = _named(
    "Postgres schema",
    "[A-Za-z_][A-Za-z0-9_]{0,62}",
    "letters, digits and underscores, 63 at most; not pg_…, information_schema, messina or "
    "messina_claims",
    lambda name: name.startswith("pg_")
    or name in ("information_schema", "messina", "messina_claims"),
)

_PATTERN = _named(
    "pattern",
    r"[A-Za-z0-9_*?\[\]!-]{1,200}",
    "a table's name in which * is any text, ? any letter and [abc] one of these",
    lambda name: False,
)
_GROUP = _named(
    "group",
    "[A-Za-z0-9_]{1,48}",
    "letters, digits and underscores, 48 at most, and not …__static",
    lambda name: name.endswith("__static"),
)
_SYSTEM_COLUMNS = frozenset(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])
_POSTGRES_TABLE = _named(
    "Postgres table",
    "[A-Za-z_][A-Za-z0-9_]{0,49}",
    "letters, digits and underscores, 50 at most",
    lambda name: False,
)
_POSTGRES_COLUMN = _named(
    "Postgres column",
    "[A-Za-z_][A-Za-z0-9_]{0,62}",
    "letters, digits and underscores, 63 at most; none that Postgres keeps for itself",
    lambda name: name in _SYSTEM_COLUMNS,
)

PipelineName = Annotated[str, _PIPELINE[0], _PIPELINE[1]]
"""The name of a pipeline, which is the prefix of its topics and connectors."""
CqlName = Annotated[str, _CQL[0], _CQL[1]]
"""A keyspace or table, in its exact case."""
SchemaName = Annotated[str, _SCHEMA[0], _SCHEMA[1]]
"""A Postgres schema that tables may be made in."""
TableGlob = Annotated[str, _PATTERN[0], _PATTERN[1]]
"""Names of tables: `*` is any text, `?` any letter, `[abc]` one of these."""
GroupName = Annotated[str, _GROUP[0], _GROUP[1]]
"""What the connectors of a group of tables are named by."""
PostgresTable = Annotated[str, _POSTGRES_TABLE[0], _POSTGRES_TABLE[1]]
"""A Postgres table, short enough for what is put behind it."""
PostgresColumn = Annotated[str, _POSTGRES_COLUMN[0], _POSTGRES_COLUMN[1]]
"""A Postgres column."""

_SIZE = re.compile(r"([1-9][0-9]{0,12})(B|KiB|MiB|GiB|TiB)")
_SIZE_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def _size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _refuse("size", "not a size", "a size such as 200B, 64KiB, 512MiB, 2GiB or 1TiB")
    return int(match.group(1)) * _SIZE_UNITS[match.group(2)]


def format_size(size: int) -> str:
    """Write a number of bytes as a spec does, in the largest unit that keeps it whole."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if size % _SIZE_UNITS[unit] == 0 and size:
            return f"{size // _SIZE_UNITS[unit]}{unit}"
    return f"{size}B"


Size = Annotated[
    int,
    BeforeValidator(_size),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "pattern": rf"^{_SIZE.pattern}$"}),
]
"""A number of bytes, written `64KiB`, `2GiB` or as a plain number."""

_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|\[[0-9A-Fa-f:.]+\])"


def _host_port(default_port: int | None, expected: str) -> Callable[[str], str]:
    pattern = re.compile(rf"({_HOST})(?::([0-9]{{1,5}}))?")

    def check(value: str) -> str:
        match = pattern.fullmatch(value)
        port = None if match is None else match.group(2) or default_port
        if match is None or port is None or not 0 < int(port) < 65_536:
            raise _refuse("address", "not an address", expected)
        return f"{match.group(1)}:{int(port)}"

    return check


ContactPoint = Annotated[str, AfterValidator(_host_port(9042, "host or host:port"))]
"""The address of a CQL node, always with its port once read."""

_broker = _host_port(None, "host:port, or several with commas between")

BootstrapServers = Annotated[
    str, AfterValidator(lambda text: ",".join(_broker(one.strip()) for one in text.split(",")))
]
"""The brokers to begin with, as Kafka's clients take them."""


def _host(value: str) -> str:
    if re.fullmatch(_HOST, value) is None and re.fullmatch("[0-9A-Fa-f:.]+", value) is None:
        raise _refuse("host", "not a host", "a host name or an IP address")
    return value


Host = Annotated[str, AfterValidator(_host)]
"""A host name or an IP address."""


def _url(value: str) -> str:
    expected = "http://host:port or https://host:port, without a user or a query"
    try:
        parts = urlsplit(value)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in parts.netloc or parts.query or parts.fragment or " " in value:
        raise PydanticCustomError(
            "url", "not a URL", {"expected": expected, "got": "something else, which is not shown"}
        )
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]
"""Where an HTTP API is, without a slash at the end."""


def _file_path(value: str) -> str:
    # As in a secret's reference: colons and braces are syntax where such a path ends up.
    if re.fullmatch(r"/[^\x00-\x1f:{}]*[^\x00-\x1f:{}/]", value) is None:
        raise _refuse("path", "not a file's path", "an absolute path without colons and braces")
    return value


FilePath = Annotated[str, AfterValidator(_file_path)]
"""The absolute path of a file."""
