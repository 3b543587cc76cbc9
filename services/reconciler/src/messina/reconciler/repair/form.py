"""The form that a connector's rows have in a topic, as its schemas and records show it.

ScyllaDB's own connector can't be asked to read a row again, so a repair writes the row in its
place. What its records look like is not known here: it is read off those that are there. A column
is filled only where its schema leaves one way to write each value; all else is refused.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from messina.kafka import AvroEncoder, default_partition
from messina.types import CqlType, parse_type
from messina.types.registry import codec

Cell = bytes | None
_DATE = "org.apache.kafka.connect.data.Date"
_TIMESTAMP = "org.apache.kafka.connect.data.Timestamp"
_SMALLEST_PLAIN = -6
_GREGORIAN = -141_427
"""1582-10-15, in days since 1970."""


class FormUnknown(Exception):
    """What a topic has does not show how a row is to be written, and why."""


class ValueUnknown(Exception):
    """One value can be written in more than one way."""


@dataclass(frozen=True)
class _Way:
    """How values of a CQL type stand in Avro.

    Attributes:
        avro: Avro's type.
        connect: the name that Connect gave the type: `connect.name`, or else `connect.type`.
        write: from the exact value.
        only: whether what a record has is what would be written of it.
    """

    avro: str
    connect: str | None
    write: Callable[[Any], Any]
    only: Callable[[Any], bool]


def _same(value: Any) -> Any:
    return value


def _always(value: Any) -> bool:
    return True


def _plain(value: Decimal) -> str:
    """A decimal's text where Java has one only: with an exponent it has two."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent > 0 or _adjusted(value) < _SMALLEST_PLAIN:
        raise ValueUnknown("the text of a decimal with an exponent can't be told from its records")
    return f"{value:f}"


def _adjusted(value: Decimal) -> int:
    """The exponent of its first digit, as Java's BigDecimal counts it: of zero, too."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    return exponent + len(digits) - 1


def _normal(way: Callable[[str], str]) -> Callable[[Any], bool]:
    def only(value: Any) -> bool:
        try:
            return bool(way(value) == value)
        except (ValueError, ArithmeticError, ValueUnknown):
            return False

    return only


def _scalar(avro: str, connect: str | None = None) -> _Way:
    return _Way(avro, connect, _same, _always)


_TEXT = _scalar("string")
_UUID = _Way("string", None, str, _normal(lambda text: str(UUID(text))))
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?", re.ASCII)
_WAYS = {
    "ascii": _TEXT,
    "text": _TEXT,
    "varchar": _TEXT,
    "tinyint": _scalar("int", "int8"),
    "smallint": _scalar("int", "int16"),
    "int": _scalar("int"),
    "bigint": _scalar("long"),
    "boolean": _scalar("boolean"),
    "float": _scalar("float"),
    "double": _scalar("double"),
    "blob": _scalar("bytes"),
    "date": _scalar("int", _DATE),
    "timestamp": _scalar("long", _TIMESTAMP),
    "uuid": _UUID,
    "timeuuid": _UUID,
    "varint": _Way("string", None, str, _normal(lambda text: str(int(text)))),
    "decimal": _Way("string", None, _plain, lambda text: _DECIMAL.fullmatch(text) is not None),
}


@dataclass(frozen=True)
class Carried:
    """A column of the source that a table's topic has: its name and CQL type."""

    name: str
    cql_type: str


class Form:
    """How rows of one table are written.

    Args:
        key: the columns of its primary key.
        columns: all that are carried, the key's too.
        key_schema: the Avro schema of its newest record's key, with its id.
        value_schema: the same of its newest row.

    Raises:
        FormUnknown: if a column is missing, too many, or of a type with more than one form.
    """

    def __init__(
        self,
        key: Sequence[Carried],
        columns: Sequence[Carried],
        key_schema: tuple[int, Any],
        value_schema: tuple[int, Any],
    ) -> None:
        self._key = _Struct("key", key, *key_schema)
        known = {column.name for column in key}
        # where the spec names the columns that are carried, the key is not among the values
        self._value = _Struct("value", columns, *value_schema, may_lack=known)

    @property
    def ids(self) -> tuple[int, int]:
        """The ids of both schemas."""
        return self._key.number, self._value.number

    def key(self, cells: Sequence[Cell]) -> bytes:
        """A record's key, of the key's bytes in CQL's protocol.

        Raises:
            ValueUnknown: if one of its values can't be written in one way only.
        """
        return self._key.encode(cells)

    def value(self, cells: Sequence[Cell]) -> bytes:
        """A record's value, of all columns' bytes in CQL's protocol; `ValueUnknown` as of `key`."""
        return self._value.encode(cells)

    def check_key(self, data: bytes) -> None:
        """Raise FormUnknown if a key that the connector wrote would be another one of ours."""
        self._key.check(data)

    def check_value(self, data: bytes) -> None:
        """The same of a row."""
        self._value.check(data)


class _Struct:
    """A record's key or value."""

    def __init__(
        self,
        what: str,
        columns: Sequence[Carried],
        number: int,
        schema: Any,
        may_lack: Collection[str] = (),
    ) -> None:
        self.number = number
        self._what = what
        fields = {field["name"]: field["type"] for field in _record(schema, what)["fields"]}
        where = f"the newest schema of its {what}s ({number})"
        names = [column.name for column in columns]
        if missing := [name for name in names if name not in fields and name not in may_lack]:
            raise FormUnknown(f"{where} lacks {_list(missing)}")
        if unknown := [name for name in fields if name not in names]:
            raise FormUnknown(f"{where} has {_list(unknown)}, which the table does not have")
        self._places = tuple(place for place, name in enumerate(names) if name in fields)
        self._columns = tuple(columns[place] for place in self._places)
        self._ways: dict[str, _Way] = {}
        self._codecs = {}
        for column in self._columns:
            self._ways[column.name] = _way(column, fields[column.name], where)
            self._codecs[column.name] = codec(parse_type(column.cql_type))
        try:
            self._avro = AvroEncoder(number, schema)
        except Exception as error:  # fastavro raises classes of its own, and others
            raise FormUnknown(f"{where} can't be read: {error}") from error

    def encode(self, cells: Sequence[Cell]) -> bytes:
        record: dict[str, Any] = {}
        for place, column in zip(self._places, self._columns, strict=True):
            data = cells[place]
            try:
                exact = None if data is None else self._codecs[column.name].decode(data)
                if exact is None and self._what == "key":
                    raise ValueUnknown("it is null, in a key")
                if exact is not None and self._what == "key" and _shifted(column, exact):
                    raise ValueUnknown("the connector shifts dates before 1582-10-15, in a key")
                record[column.name] = (
                    None if exact is None else self._ways[column.name].write(exact)
                )
            except ValueUnknown as error:
                raise ValueUnknown(f"{column.name}: {error}") from None
            except (ValueError, ArithmeticError) as error:
                reason = f"{column.name}: its bytes are no {column.cql_type}"
                raise ValueUnknown(reason) from error
        try:
            return self._avro.encode(record)
        except ValueError as error:  # which says what the values are
            raise ValueUnknown(f"it is no record of schema {self.number}") from error

    def check(self, data: bytes) -> None:
        record = self._avro.decode(data)
        for column in self._columns:
            value = record[column.name]
            if value is not None and not self._ways[column.name].only(value):
                raise FormUnknown(
                    f"a record's {self._what} has {column.name} ({column.cql_type}) in a form that "
                    "would be written otherwise here"
                )
        if self._avro.encode(record) != data:
            raise FormUnknown(f"a record's {self._what} has other bytes than its values have here")


def _shifted(column: Carried, exact: Any) -> bool:
    """Whether the connector writes another day than the source has: it counts by two calendars."""
    return column.cql_type == "date" and bool(exact < _GREGORIAN)


def _record(schema: Any, what: str) -> Mapping[str, Any]:
    """The struct of a schema, which may be optional."""
    found = schema["type"] if isinstance(schema, dict) and "name" not in schema else schema
    branches = found if isinstance(found, list) else [found]
    records = [each for each in branches if isinstance(each, dict) and each.get("type") == "record"]
    if len(records) != 1:
        raise FormUnknown(f"the newest schema of its {what}s is no struct")
    return records[0]


def _way(column: Carried, avro: Any, where: str) -> _Way:
    parsed: CqlType = parse_type(column.cql_type)
    way = _WAYS.get(parsed.name) if parsed.scalar else None
    if way is None:
        raise FormUnknown(
            f"{column.name} is a {column.cql_type}, of which nobody can say from records how each "
            "value is written, or the comparison can't read what the sink makes of it"
        )
    branches = [each for each in (avro if isinstance(avro, list) else [avro]) if each != "null"]
    kind = branches[0] if len(branches) == 1 else None
    details = kind if isinstance(kind, dict) else {"type": kind}
    connect = details.get("connect.name", details.get("connect.type"))
    if (details.get("type"), connect) != (way.avro, way.connect):
        raise FormUnknown(
            f"{where} has {column.name} as {avro}, not as a {column.cql_type} is known"
        )
    return way


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


@dataclass(frozen=True)
class Sample:
    """A record that the connector wrote, as bytes."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None


def misplaced(samples: Iterable[Sample], partitions: int) -> Sample | None:
    """The first record that Kafka's default partitioner would have put elsewhere, if any."""
    for each in samples:
        if each.key is not None and default_partition(each.key, partitions) != each.partition:
            return each
    return None
