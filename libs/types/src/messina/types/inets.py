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

from messina.types.codec import ScalarCodec, text_reader
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _inet(value: object) -> Canonical:
    if isinstance(value, str):
        value = ip_interface(value) if "/" in value else ip_address(value)
    if isinstance(value, IPv4Interface | IPv6Interface):
        return value.ip.compressed if value.network.num_addresses == 1 else value.compressed
    if isinstance(value, IPv4Address | IPv6Address):
        return value.compressed
    raise refuse(value, "an IP address")


def _binary(data: bytes) -> Canonical:
    """Behind the family, the bits of the network, a flag and the size: the address."""
    bits, address = data[1], data[4:]
    if bits == 8 * len(address):
        return _inet(_address(address))
    return _inet(f"{_address(address)}/{bits}")


def _bound(value: Canonical) -> object:
    if not isinstance(value, str) or "/" in value:
        raise refuse(value, "one address")
    return value


def _address(data: bytes) -> str:
    """As RFC 5952 writes it, an IPv4 address in IPv6 with dots, whatever Python's version does."""
    if len(data) == 4:
        return str(IPv4Address(data))
    if len(data) != 16:
        raise ValueError("no address")
    mapped = data[:10] == bytes(10) and data[10:12] == b"\xff\xff"
    return f"::ffff:{IPv4Address(data[12:])}" if mapped else IPv6Address(data).compressed


def _packed(text: str) -> bytes:
    if "%" in text:
        raise ValueError("an address with a zone")
    return ip_address(text).packed


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add inet."""
    schema = ConnectSchema("STRING", None, {"__debezium.source.column.type": "INET"})
    codec = ScalarCodec(
        _address,
        _packed,
        string,
        text_reader("an address", lambda text: _address(_packed(text))),
    )
    add(
        ScalarMapping(
            "inet", schema, "inet", _inet, _inet, to_source=_bound, codec=codec, binary=_binary
        )
    )
