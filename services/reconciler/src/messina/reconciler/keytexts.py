"""Keys as texts that are kept and sent: canonical JSON, and back.

A key that only the sink can have, such as an infinite timestamp or a network where an address is
due, has the sink's text in that column's place: nothing that the source would take for its own.
"""

from messina.reconciler.sides import Key, Shape
from messina.reconciler.unread import is_unread
from messina.types import (
    Canonical,
    CqlType,
    ValueMismatch,
    canonical_bytes,
    canonical_sink,
    sink_text,
    to_json,
    wire_reader,
)
from messina.types.jsontext import members, parse, string
from messina.types.registry import codec


def key_text(shape: Shape, key: Key) -> str:
    """Return a key's JSON: an object of its columns, as signals have it."""
    columns = zip(shape.key_names, shape.types, key, strict=False)
    return members((name, _text(shape, cql_type, value)) for name, cql_type, value in columns)


def key_of_text(shape: Shape, text: str) -> tuple[Key, bool]:
    """Return the key of a text, and whether the source can have it.

    Raises:
        ValueMismatch: if it is no key of this table.
    """
    found = parse(text)
    if not isinstance(found, dict) or set(found) != set(shape.key_names):
        raise ValueMismatch(f"a key of {shape.table} has {', '.join(shape.key_names)}")
    values: list[Canonical] = []
    possible = True
    for name, cql_type in zip(shape.key_names, shape.types, strict=False):
        if is_unread(found[name]):
            possible = False
            values.append(found[name])
            continue
        road = codec(cql_type, shape.user_types)
        try:
            data = road.encode(road.read(found[name]))
            values.append(wire_reader(cql_type, shape.user_types)(data))
        except (ValueError, TypeError, OverflowError):
            possible = False
            values.append(canonical_sink(cql_type, found[name], shape.user_types))
    return tuple(values), possible


def _text(shape: Shape, cql_type: CqlType, value: Canonical) -> str:
    if is_unread(value):
        return string(str(value))
    try:
        return to_json(cql_type, canonical_bytes(cql_type, value), shape.user_types)
    except ValueMismatch:
        return string(sink_text(cql_type, value) or "")
