"""uuid and timeuuid."""

from collections.abc import Callable
from uuid import UUID

from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _uuid(value: object) -> Canonical:
    if isinstance(value, str):
        return UUID(value)
    if not isinstance(value, UUID):
        raise refuse(value, "a UUID")
    return value


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add uuid and timeuuid."""
    for cql in ("uuid", "timeuuid"):
        schema = ConnectSchema("STRING", "io.debezium.data.Uuid")
        add(ScalarMapping(cql, schema, "uuid", _uuid, _uuid))
