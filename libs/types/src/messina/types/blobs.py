"""blob: bytes of any length."""

from collections.abc import Callable

from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _source(value: object) -> Canonical:
    if not isinstance(value, bytes | bytearray | memoryview):
        raise refuse(value, "bytes")
    return bytes(value)


def _sink(value: object) -> Canonical:
    if isinstance(value, str):
        if not value.startswith("\\x"):
            raise refuse(value, "bytea's hexadecimal form")
        return bytes.fromhex(value[2:])
    return _source(value)


def _show(value: Canonical) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _text(value: Canonical) -> str:
    assert isinstance(value, bytes)
    return f"\\x{value.hex()}"


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add blob."""
    add(
        ScalarMapping("blob", ConnectSchema("BYTES"), "bytea", _source, _sink, _show, to_sink=_text)
    )
