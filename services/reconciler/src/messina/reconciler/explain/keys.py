"""A key as people type it."""

import json

from messina.reconciler.errors import KeyNotRead
from messina.reconciler.parts import Part
from messina.reconciler.sides import Key
from messina.types import ValueMismatch, key_of_json, parse_type, wire_reader


def typed_key(part: Part, text: str) -> tuple[Key, tuple[bytes, ...]]:
    """Return the key that a text means, in canonical values and in CQL's bytes.

    A text is a JSON object of the key's columns, a JSON array of their values in order, or the
    bare value of a key of one column. Values are canonical JSON: a uuid, a date or a timestamp is
    a string; a number may be one.

    Raises:
        KeyNotRead: if it is no key of the table.
    """
    columns = [(column.name, parse_type(column.cql_type)) for column in part.key]
    names = [name for name, _ in columns]
    reasons = []
    for document in _readings(text, names):
        try:
            data = key_of_json(columns, json.dumps(document), part.schema.user_types)
        except ValueMismatch as error:
            reasons.append(str(error))
            continue
        if len(data) < len(columns):
            reasons.append(f"the whole key is {', '.join(names)}")
            continue
        values = (
            wire_reader(cql_type, part.schema.user_types)(value)
            for (_, cql_type), value in zip(columns, data, strict=True)
        )
        return tuple(values), data
    shown = ", ".join(f"{column.name} {column.cql_type}" for column in part.key)
    raise KeyNotRead(text, part.schema.name, shown, reasons[0])


def _readings(text: str, names: list[str]) -> list[dict[str, object]]:
    """What a text may mean: the likeliest first."""
    try:
        document = json.loads(text)
    except ValueError:
        return [dict(zip(names, [text], strict=False))]
    if isinstance(document, dict):
        return [document]
    values = document if isinstance(document, list) else [document]
    if len(values) > len(names):
        return [{f"column {place}": value for place, value in enumerate(values, 1)}]
    if len(values) < len(names):
        return [dict(zip(names, values, strict=False))]
    # 7 typed for a column of text is the text 7
    bare = [] if isinstance(document, list) else [dict(zip(names, [text], strict=False))]
    return [dict(zip(names, values, strict=True)), *bare]
