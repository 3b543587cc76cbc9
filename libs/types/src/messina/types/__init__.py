"""Types: what a CQL value becomes in Kafka Connect and in Postgres, and when two values are equal.

    parse_type("map<text, frozen<list<int>>>")    a CqlType
    postgres_type, connect_schema                 what it becomes
    key_problem, unsupported                      why it can't be a key, or not be carried
    canonical_source, canonical_sink              values of both sides in one form
    digest                                        16 bytes that stand for a row of canonical values

`vectors.json` beside this package is the contract, with the Java connector too. One family of
types has one file, which registers what it knows.
"""

from messina.types.canonical import (
    Canonical,
    ValueMismatch,
    canonical_sink,
    canonical_source,
    digest,
    show,
    sink_reader,
    sink_text,
    source_reader,
    source_value,
)
from messina.types.cql import CqlType, TypeSyntaxError, parse_type
from messina.types.mapping import ConnectSchema, UnsupportedType
from messina.types.registry import connect_schema, key_problem, postgres_type, unsupported

__all__ = [
    "CqlType",
    "parse_type",
    "TypeSyntaxError",
    "postgres_type",
    "ConnectSchema",
    "connect_schema",
    "key_problem",
    "unsupported",
    "UnsupportedType",
    "Canonical",
    "canonical_source",
    "canonical_sink",
    "source_reader",
    "sink_reader",
    "source_value",
    "sink_text",
    "ValueMismatch",
    "digest",
    "show",
]
