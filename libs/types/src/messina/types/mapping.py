"""What a family of types knows about each of its types."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from messina.types.codec import Codec

Canonical = None | bool | int | float | str | bytes | Decimal | UUID | tuple[int, int, int]
"""A value that no longer knows which side it came from."""

Reader = Callable[[object], Canonical]
"""Makes a driver's value canonical; raises ValueError or TypeError when it is none of the type."""


class UnsupportedType(Exception):
    """A column's type can't be carried; the message says why."""


class ValueMismatch(ValueError):
    """A value is none of its column's type."""


@dataclass(frozen=True)
class ConnectSchema:
    """A Kafka Connect schema: `Schema.Type`, logical name, parameters."""

    type: str
    name: str | None = None
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def _same(value: Canonical) -> object:
    return value


@dataclass(frozen=True)
class ScalarMapping:
    """A scalar CQL type, what it becomes, and how the values of both sides are read and written.

    `to_source` makes what scylla-driver binds, `to_sink` the text that Postgres reads (`show`, when
    left out): a value found on one side can be looked up on the other. `to_exact` makes what the
    codec encodes (`to_source`, when left out). `binary` reads the bytes that Postgres sends.
    """

    cql: str
    connect: ConnectSchema
    postgres: str
    source: Reader
    sink: Reader
    show: Callable[[Canonical], str] = str
    to_source: Callable[[Canonical], object] = _same
    to_sink: Callable[[Canonical], str] | None = None
    key_problem: str | None = None
    to_exact: Callable[[Canonical], object] | None = None
    codec: "Codec" = field(kw_only=True)
    binary: Callable[[bytes], Canonical] = field(kw_only=True)


def refuse(value: object, expected: str) -> ValueMismatch:
    """The error of a value that is none of its type; the value may be large and is not shown."""
    return ValueMismatch(f"a {type(value).__name__} where {expected} is due")
