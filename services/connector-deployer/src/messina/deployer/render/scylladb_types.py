"""What ScyllaDB's own connector makes of CQL types, and where the sink can't follow.

As it was found, with Debezium's JDBC sink behind it: docs/guarantees.md, "The official connector".
"""

from messina.scylla import Column
from messina.types import CqlType, parse_type
from messina.types import key_problem as exact_key_problem

_SCALARS = {
    "ascii": "text",
    "bigint": "bigint",
    "blob": "bytea",
    "boolean": "boolean",
    "date": "date",
    "decimal": "text",
    "double": "double precision",
    "duration": "text",
    "float": "real",
    "inet": "text",
    "int": "integer",
    "smallint": "smallint",
    "text": "text",
    "time": "bigint",
    "timestamp": "timestamp without time zone",
    "timeuuid": "text",
    "tinyint": "smallint",
    "uuid": "text",
    "varchar": "text",
    "varint": "text",
}

# Elements that an array of Postgres holds as they are.
_ELEMENTS = frozenset(
    "ascii bigint boolean decimal double duration float inet int smallint text timeuuid uuid"
    " varchar varint".split()
)


def postgres_type(cql_type: str) -> str:
    """Return the Postgres type that its values have when they come to the sink."""
    parsed = parse_type(cql_type)
    if parsed.scalar:
        return _SCALARS[parsed.name]
    (element,) = parsed.arguments
    return f"{_SCALARS[element.name]}[]"


def column_problem(column: Column) -> str | None:
    """Return why a column can't be carried, or None."""
    if column.kind == "static":
        return "the connector scylladb has no rows for static columns"
    return type_problem(parse_type(column.cql_type))


def type_problem(cql_type: CqlType) -> str | None:
    """Return why a type can't be carried, or None."""
    if cql_type.scalar and cql_type.name == "counter":
        return "counters have no change log in Scylla"
    if cql_type.scalar:
        return None if cql_type.name in _SCALARS else "its values are not known to the connector"
    if cql_type.name not in ("list", "set"):
        return "the sink fails on what the connector scylladb makes of it"
    if cql_type.name == "list" and not cql_type.frozen:
        return (
            "the connector scylladb brings the elements of lists that are not frozen out of order"
        )
    (element,) = cql_type.arguments
    if not (element.scalar and element.name in _ELEMENTS):
        return "the sink fails on, or mangles, what the connector scylladb makes of its elements"
    return None


def key_problem(column: Column) -> str | None:
    """Return why a column can't be part of the key, or None. A `time` is exact here: a bigint."""
    return None if column.cql_type == "time" else exact_key_problem(column.cql_type)
