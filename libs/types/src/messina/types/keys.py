"""A row's key as JSON: an object of its columns, as signals and gaps have it."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from messina.types import jsontext
from messina.types.canonical import to_json
from messina.types.cql import CqlType
from messina.types.mapping import ValueMismatch
from messina.types.registry import codec
from messina.types.user_types import NO_USER_TYPES, UserTypes

_DATE_EPOCH = 2**31
"""What stands for 1970-01-01 in CQL's bytes of a date."""

Columns = Sequence[tuple[str, CqlType]]
"""Names and types of a key's columns, partition key first."""


def key_json(
    columns: Columns, parts: Sequence[bytes], user_types: UserTypes = NO_USER_TYPES
) -> str:
    """The JSON of a key's bytes; fewer parts than columns are a prefix of the key."""
    return jsontext.members(
        (name, to_json(cql_type, part, user_types))
        for (name, cql_type), part in zip(columns, parts, strict=False)
    )


def key_of_json(
    columns: Columns, text: str, user_types: UserTypes = NO_USER_TYPES
) -> tuple[bytes, ...]:
    """The bytes of a key's JSON, in the order of the columns.

    An object of the first columns only is a prefix of the key.

    Raises:
        ValueMismatch: if it is no key of these columns.
    """
    found = jsontext.parse(text)
    if not isinstance(found, dict) or not found:
        raise ValueMismatch("a key is an object of its columns")
    names = [name for name, _ in columns]
    if set(found) != set(names[: len(found)]):
        raise ValueMismatch(f"a key has the columns {', '.join(names)}, from the first on")
    parts = []
    for name, cql_type in columns[: len(found)]:
        road = codec(cql_type, user_types)
        try:
            if found[name] is None:
                raise ValueMismatch("null where a value is due")
            parts.append(road.encode(road.read(found[name])))
        except ValueMismatch as error:
            raise ValueMismatch(f"{name} ({cql_type}): {error}") from None
    return tuple(parts)


def key_of_event(
    columns: Columns, values: Mapping[str, Any], user_types: UserTypes = NO_USER_TYPES
) -> tuple[bytes, ...]:
    """The bytes of a change event's key, in the order of the columns.

    Args:
        columns: those of the key; of types that can be keys.
        values: by column what the event's key has, as Avro gives it: a date as days, a varint as a
            struct, a uuid as text.
        user_types: those of the keyspace.

    Raises:
        ValueMismatch: if it is no key of these columns.
    """
    if set(values) != {name for name, _ in columns}:
        names = ", ".join(name for name, _ in columns)
        raise ValueMismatch(f"a key has the columns {names}; got {', '.join(values) or 'none'}")
    return tuple(_event_bytes(t, values[name], name, user_types) for name, t in columns)


def _event_bytes(cql_type: CqlType, value: Any, name: str, user_types: UserTypes) -> bytes:
    road = codec(cql_type, user_types)
    try:
        match value:
            case bytes():
                return value
            case {"scale": 0, "value": bytes(unscaled)}:
                return road.encode(int.from_bytes(unscaled, "big", signed=True))
            case bool():
                return road.encode(value)
            case int() if cql_type.name == "date":
                return (value + _DATE_EPOCH).to_bytes(4, "big")
            case int() | float():
                return road.encode(value)
            case str():
                return road.encode(road.read(value))
    except (ValueError, TypeError, OverflowError, struct.error):
        pass
    raise ValueMismatch(f"{name} ({cql_type}): {str(value)[:60]!r} is none of its values")
