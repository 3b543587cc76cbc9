"""inet: an address. Postgres' inet can also hold a network, which the source never has."""

from collections.abc import Callable
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv6Address,
    IPv6Interface,
    ip_address,
    ip_interface,
)

from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _inet(value: object) -> Canonical:
    if isinstance(value, str):
        value = ip_interface(value) if "/" in value else ip_address(value)
    if isinstance(value, IPv4Interface | IPv6Interface):
        return value.ip.compressed if value.network.num_addresses == 1 else value.compressed
    if isinstance(value, IPv4Address | IPv6Address):
        return value.compressed
    raise refuse(value, "an IP address")


def _bound(value: Canonical) -> object:
    if not isinstance(value, str) or "/" in value:
        raise refuse(value, "one address")
    return value


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add inet."""
    schema = ConnectSchema("STRING", None, {"__debezium.source.column.type": "INET"})
    add(ScalarMapping("inet", schema, "inet", _inet, _inet, to_source=_bound))
