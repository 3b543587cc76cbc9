"""The value of a secret, which shows itself only when asked by name."""

import hmac
from typing import Any, Final, Never

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

MASK: Final = "***"
"""What stands in the place of a value."""


class SecretValue:
    """A value that str, repr, format, JSON and logs show as `***`; `reveal` gives it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself: for the one call that needs it."""
        return self.__value

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"SecretValue({MASK})"

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretValue):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    def __hash__(self) -> int:
        return hash((SecretValue, self.__value))

    def __reduce_ex__(self, protocol: object) -> Never:
        raise TypeError("a secret's value is not to be pickled or copied")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.is_instance_schema(cls, serialization=core_schema.to_string_ser_schema())
