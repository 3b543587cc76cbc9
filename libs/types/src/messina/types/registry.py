"""All types, each registered by its family's file."""

from functools import lru_cache

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
from messina.types.codec import Codec
from messina.types.cql import CqlType, parse_type
from messina.types.lists import ListCodec
from messina.types.mapping import ConnectSchema, ScalarMapping, UnsupportedType
from messina.types.maps import ObjectCodec, PairsCodec
from messina.types.structures import StructureCodec
from messina.types.tuples import TupleCodec
from messina.types.user_types import NO_USER_TYPES, UserTypes
from messina.types.vectors import VectorCodec, size_of

JSON = ConnectSchema("STRING", "io.debezium.data.Json")
_KEY_OF_PARTS = "Postgres' jsonb takes 1 and 1.0 for one value: two keys could become one"
_TEXTS = ("ascii", "text")
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


def unsupported(cql_type: CqlType | str, user_types: UserTypes | None = None) -> str | None:
    """Why a column of this type can't be carried, or None.

    Without `user_types`, what is inside of user types is not looked at.
    """
    cql_type = _parsed(cql_type)
    if cql_type.name == "counter" and cql_type.scalar:
        return "counters have no change log in Scylla"
    if cql_type.kind == "custom":
        return "a custom type's values are not known to Messina"
    parts = list(cql_type.arguments)
    if cql_type.kind == "udt" and user_types is not None:
        if cql_type.name not in user_types.fields:
            return f"the keyspace has no type {cql_type.name}"
        parts = [part for _, part in user_types.fields[cql_type.name]]
    return next(filter(None, (unsupported(part, user_types) for part in parts)), None)


def scalar_mapping(cql_type: CqlType | str) -> ScalarMapping:
    """All that is known of a scalar type; `UnsupportedType` for what can't be carried."""
    cql_type = _parsed(cql_type)
    if (reason := unsupported(cql_type)) is not None:
        raise UnsupportedType(reason)
    if not cql_type.scalar:
        raise UnsupportedType(f"{cql_type} is no scalar type")
    return _SCALARS[cql_type.name]


def codec(cql_type: CqlType | str, user_types: UserTypes = NO_USER_TYPES) -> Codec:
    """The codec of a type; `UnsupportedType` for what can't be carried."""
    cql_type = _parsed(cql_type)
    if (reason := unsupported(cql_type, user_types)) is not None:
        raise UnsupportedType(reason)
    return _codec(cql_type, user_types)


def _codec(cql_type: CqlType, user_types: UserTypes) -> Codec:
    if cql_type.scalar:
        return _SCALARS[cql_type.name].codec
    if cql_type.kind == "udt":
        fields = user_types.fields[cql_type.name]
        return StructureCodec(tuple((name, _codec(each, user_types)) for name, each in fields))
    inner = tuple(_codec(argument, user_types) for argument in cql_type.arguments)
    if cql_type.kind == "map":
        is_object = cql_type.arguments[0].name in _TEXTS
        return ObjectCodec(*inner) if is_object else PairsCodec(*inner)
    if cql_type.kind == "tuple":
        return TupleCodec(inner)
    if cql_type.kind == "vector":
        return VectorCodec(inner[0], cql_type.dimension or 0, size_of(cql_type.arguments[0]))
    return ListCodec(inner[0])


def postgres_type(cql_type: CqlType | str) -> str:
    """The Postgres type, in the words of Postgres' `format_type`."""
    return "jsonb" if _has_parts(cql_type) else scalar_mapping(cql_type).postgres


def connect_schema(cql_type: CqlType | str) -> ConnectSchema:
    """The schema of its values in Kafka Connect."""
    return JSON if _has_parts(cql_type) else scalar_mapping(cql_type).connect


def key_problem(cql_type: CqlType | str) -> str | None:
    """Why a column of this type can't be part of a key, or None."""
    if (reason := unsupported(cql_type)) is not None:
        return reason
    return _KEY_OF_PARTS if _has_parts(cql_type) else scalar_mapping(cql_type).key_problem


def _has_parts(cql_type: CqlType | str) -> bool:
    """Whether it is a type with parts that can be carried; `UnsupportedType` where it can't."""
    cql_type = _parsed(cql_type)
    if (reason := unsupported(cql_type)) is not None:
        raise UnsupportedType(reason)
    return not cql_type.scalar


@lru_cache(maxsize=1_000)
def _of_text(text: str) -> CqlType:
    return parse_type(text)


def _parsed(cql_type: CqlType | str) -> CqlType:
    return _of_text(cql_type) if isinstance(cql_type, str) else cql_type
