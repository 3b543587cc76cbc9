"""A keyspace's user types, as `system_schema.types` has them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from messina.types.cql import CqlType, parse_type

Fields = tuple[tuple[str, CqlType], ...]


@dataclass(frozen=True)
class UserTypes:
    """By the type's name: names and types of its fields, in their order."""

    fields: Mapping[str, Fields] = field(default_factory=lambda: MappingProxyType({}))

    @staticmethod
    def of(types: Mapping[str, Iterable[tuple[str, str]]]) -> "UserTypes":
        """User types of texts: `UserTypes.of({"address": [("street", "text")]})`."""
        return UserTypes(
            {
                name: tuple((each, parse_type(cql_type)) for each, cql_type in fields)
                for name, fields in types.items()
            }
        )


NO_USER_TYPES = UserTypes()
