"""Values of every CQL type: exact ones, as `messina.types` has them, and CQL's text for them.

Left out is what the documentation says is not carried: U+0000 in texts, dates and timestamps beyond
Postgres' years, numbers beyond Postgres' digits.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Final

from hypothesis import strategies as st

from messina.scylla import identifier
from messina.types import CqlType, UserTypes, to_json
from messina.types.codec import Exact
from messina.types.registry import codec

# What the sink's driver takes for finite, from 4713-01-01 BC; Postgres' last: 5874897-12-31 and
# 294276-12-31.
_DATES: Final = (-2_440_550, 2_145_031_948)
_MILLIS: Final = (-210_863_520_000_000, 9_224_318_015_999_999)
_NANOS_A_DAY: Final = 86_400 * 10**9
_ODD_TEXTS: Final = (
    "",
    "'",
    '"',
    "\\",
    "%s ?",
    "a\nb",
    "\u2028",
    "\U0001f6eb",
    "é\u0301",
    "x" * 5000,
)
_ODD_BLOBS: Final = (b"", b"\0", b"\xff" * 3, b"\x5a" * 70_000)


# As far as the stand-in reads a number in CQL's text: it makes a double of it on its way.
_SCALES: Final = (-270, 270)


def _whole(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _scaled(unscaled: int, scale: int) -> Decimal:
    return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


def _duration(sign: int, months: int, days: int, nanos: int) -> tuple[int, int, int]:
    return sign * months, sign * days, sign * nanos


_CHARACTERS: Final = st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")

SCALARS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "ascii": st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=6),
    "text": st.text(_CHARACTERS, max_size=6) | st.sampled_from(_ODD_TEXTS),
    "tinyint": _whole(8),
    "smallint": _whole(16),
    "int": _whole(32),
    "bigint": _whole(64),
    "varint": _whole(64) | st.integers(-(10**70), 10**70),
    "float": st.floats(width=32),
    "double": st.floats(),
    "boolean": st.booleans(),
    "blob": st.binary(max_size=6) | st.sampled_from(_ODD_BLOBS),
    "decimal": st.builds(
        _scaled,
        st.integers(-(10**25), 10**25) | st.sampled_from([0, 1, 10, 100, -100]),
        st.integers(-40, 40) | st.sampled_from(_SCALES),
    ),
    "uuid": st.uuids(version=4),
    "timeuuid": st.uuids(version=1),
    "timestamp": st.integers(*_MILLIS) | st.integers(-(10**12), 10**12),
    "date": st.integers(*_DATES) | st.integers(-200_000, 40_000),
    "time": st.integers(0, _NANOS_A_DAY - 1) | st.sampled_from([0, _NANOS_A_DAY - 1]),
    "inet": st.ip_addresses().map(lambda one: codec("inet").decode(one.packed)),
    "duration": st.builds(
        _duration,
        st.sampled_from([1, -1]),
        st.integers(0, 2**31 - 1) | st.just(0),
        st.integers(0, 2**31 - 1) | st.just(0),
        st.integers(0, 2**63 - 1) | st.just(0),
    ),
}


def values(cql_type: CqlType, user_types: UserTypes) -> st.SearchStrategy[Exact]:
    """Exact values of a type; a null only where CQL takes one inside of a value."""
    inner = [values(argument, user_types) for argument in cql_type.arguments]
    if cql_type.kind == "scalar":
        return SCALARS[cql_type.name]
    if cql_type.kind == "map":
        return st.lists(st.tuples(*inner), max_size=3, unique_by=lambda p: repr(p[0])).map(tuple)
    if cql_type.kind == "set":
        return st.lists(inner[0], max_size=3, unique_by=repr).map(tuple)
    if cql_type.kind == "list":
        return st.lists(inner[0], max_size=3).map(tuple)
    if cql_type.kind == "vector":
        return st.tuples(*inner * (cql_type.dimension or 0))
    if cql_type.kind == "udt":
        inner = [values(each, user_types) for _, each in user_types.fields[cql_type.name]]
    return st.tuples(*(st.none() | each for each in inner))


def literal(cql_type: CqlType, value: Exact, user_types: UserTypes) -> str:
    """CQL's text for an exact value."""
    if value is None:
        return "null"
    if cql_type.kind == "scalar":
        return _LITERALS.get(cql_type.name, str)(value)
    if cql_type.kind == "udt":
        fields = user_types.fields[cql_type.name]
        parts = [
            f"{identifier(name)}: {literal(each, part, user_types)}"
            for (name, each), part in zip(fields, value, strict=True)
        ]
        return "{" + ", ".join(parts) + "}"
    if cql_type.kind == "map":
        key, each = cql_type.arguments
        pairs = [f"{literal(key, k, user_types)}: {literal(each, v, user_types)}" for k, v in value]
        return "{" + ", ".join(pairs) + "}"
    types = cql_type.arguments if cql_type.kind == "tuple" else cql_type.arguments * len(value)
    text = ", ".join(literal(t, part, user_types) for t, part in zip(types, value, strict=True))
    brackets = {"tuple": "()", "set": "{}"}.get(cql_type.kind, "[]")
    return f"{brackets[0]}{text}{brackets[1]}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _float(value: float) -> str:
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(value), repr(value))


def _json_text(name: str) -> Callable[[Exact], str]:
    """The type's JSON, which is a string of ISO's, in CQL's quotes."""

    def text(value: Exact) -> str:
        return "'" + to_json(name, codec(name).encode(value))[1:-1] + "'"

    return text


def _date(days: int) -> str:
    # Years beyond 9999 and before 0 are written as CQL's count of days, whose middle is 1970.
    return _json_text("date")(days) if -719_000 < days < 2_900_000 else str(days + 2**31)


def _cql_duration(value: tuple[int, int, int]) -> str:
    months, days, nanos = value
    sign = "-" if min(value) < 0 else ""
    return f"{sign}{abs(months)}mo{abs(days)}d{abs(nanos)}ns"


_LITERALS: Final[Mapping[str, Callable[[Any], str]]] = {
    "ascii": _quoted,
    "text": _quoted,
    "float": _float,
    "double": _float,
    "boolean": lambda value: str(value).lower(),
    "blob": lambda value: f"0x{value.hex()}",
    "date": _date,
    "time": _json_text("time"),
    "inet": lambda value: _quoted(str(ip_address(value))),
    "duration": _cql_duration,
}
