"""Types: what a CQL value becomes in Kafka Connect and in Postgres, and when two values are equal.

    parse_type("map<text, frozen<list<int>>>")    a CqlType
    postgres_type, connect_schema                 what it becomes
    key_problem, unsupported                      why it can't be a key, or not be carried
    to_json, from_json                            bytes of CQL as canonical JSON, and back
    key_json, key_of_json                         the same of a row's key
    key_of_event                                  a key's bytes, of what an event has
    canonical_source, canonical_wire              values of the source in the one form of both sides
    canonical_sink                                values of the sink in it
    form                                          columns of either side's bytes in one form, fast
    digest                                        16 bytes that stand for a row of canonical values
    hmac_text                                     what stands in a masked value's place

`vectors.json` and `masking.json` beside this package are the contract, with the Java connector too.
One family of types has one file, which registers what it knows.
"""

from messina.types.canonical import (
    Canonical,
    ValueMismatch,
    canonical_bytes,
    canonical_sink,
    canonical_source,
    canonical_wire,
    digest,
    from_json,
    show,
    sink_binary_reader,
    sink_reader,
    sink_text,
    source_reader,
    source_value,
    to_json,
    wire_reader,
)
from messina.types.cql import CqlType, TypeSyntaxError, parse_type
from messina.types.forms import Cells, Form, form, is_odd
from messina.types.keys import key_json, key_of_event, key_of_json
from messina.types.mapping import ConnectSchema, UnsupportedType
from messina.types.masking import hmac_text
from messina.types.registry import connect_schema, key_problem, postgres_type, unsupported
from messina.types.user_types import NO_USER_TYPES, UserTypes

__all__ = [
    "CqlType",
    "parse_type",
    "TypeSyntaxError",
    "UserTypes",
    "NO_USER_TYPES",
    "postgres_type",
    "ConnectSchema",
    "connect_schema",
    "key_problem",
    "unsupported",
    "UnsupportedType",
    "Canonical",
    "canonical_source",
    "canonical_wire",
    "canonical_bytes",
    "canonical_sink",
    "source_reader",
    "wire_reader",
    "sink_reader",
    "sink_binary_reader",
    "source_value",
    "sink_text",
    "ValueMismatch",
    "digest",
    "Cells",
    "Form",
    "form",
    "is_odd",
    "show",
    "to_json",
    "from_json",
    "key_json",
    "key_of_event",
    "key_of_json",
    "hmac_text",
]
