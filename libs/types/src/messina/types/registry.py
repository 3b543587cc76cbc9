"""All types, each registered by its family's file."""

from messina.types import (
    blobs,
    booleans,
    dates,
    decimals,
    durations,
    floats,
    inets,
    integers,
    texts,
    times,
    timestamps,
    uuids,
)
from messina.types.cql import CqlType, parse_type
from messina.types.mapping import ConnectSchema, ScalarMapping, UnsupportedType

_SCALARS: dict[str, ScalarMapping] = {}


def register(mapping: ScalarMapping) -> None:
    """Add a scalar type."""
    if mapping.cql in _SCALARS:
        raise ValueError(f"{mapping.cql} is registered already")
    _SCALARS[mapping.cql] = mapping


for _family in (
    texts,
    integers,
    floats,
    decimals,
    booleans,
    blobs,
    uuids,
    timestamps,
    dates,
    times,
    inets,
    durations,
):
    _family.register(register)


def unsupported(cql_type: CqlType | str) -> str | None:
    """Why a column of this type can't be carried, or None."""
    cql_type = _parsed(cql_type)
    if cql_type.name == "counter" and cql_type.scalar:
        return "counters have no change log in Scylla"
    if cql_type.kind == "custom":
        return "a custom type's values are not known to Messina"
    if not cql_type.scalar:
        return f"{cql_type}: only scalar types are carried so far"
    return None


def scalar_mapping(cql_type: CqlType | str) -> ScalarMapping:
    """All that is known of a scalar type; `UnsupportedType` for what can't be carried."""
    cql_type = _parsed(cql_type)
    if (reason := unsupported(cql_type)) is not None:
        raise UnsupportedType(reason)
    return _SCALARS[cql_type.name]


def postgres_type(cql_type: CqlType | str) -> str:
    """The Postgres type, in the words of Postgres' `format_type`."""
    return scalar_mapping(cql_type).postgres


def connect_schema(cql_type: CqlType | str) -> ConnectSchema:
    """The schema of its values in Kafka Connect."""
    return scalar_mapping(cql_type).connect


def key_problem(cql_type: CqlType | str) -> str | None:
    """Why a column of this type can't be part of a key, or None."""
    cql_type = _parsed(cql_type)
    if (reason := unsupported(cql_type)) is not None:
        return reason
    return scalar_mapping(cql_type).key_problem


def _parsed(cql_type: CqlType | str) -> CqlType:
    return parse_type(cql_type) if isinstance(cql_type, str) else cql_type
