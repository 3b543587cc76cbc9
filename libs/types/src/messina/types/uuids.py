"""uuid and timeuuid."""

from collections.abc import Callable
from uuid import UUID

from messina.types.codec import ScalarCodec, text_reader
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _uuid(value: object) -> Canonical:
    if isinstance(value, str):
        return UUID(value)
    if not isinstance(value, UUID):
        raise refuse(value, "a UUID")
    return value


def _parse(text: str) -> UUID:
    if len(text) != 36:  # Python takes other spellings too
        raise ValueError("not a UUID")
    return UUID(text)


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add uuid and timeuuid."""
    codec = ScalarCodec(
        lambda data: UUID(bytes=data),
        lambda value: value.bytes,
        lambda value: string(str(value)),
        text_reader("a UUID", _parse),
    )
    for cql in ("uuid", "timeuuid"):
        schema = ConnectSchema("STRING", "io.debezium.data.Uuid")
        add(ScalarMapping(cql, schema, "uuid", _uuid, _uuid, codec=codec, binary=codec.decoder))
