"""blob: bytes of any length."""

from collections.abc import Callable

from messina.types.codec import ScalarCodec, text_reader
from messina.types.jsontext import string
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


def _hexadecimal(text: str) -> bytes:
    if not text.startswith("0x") or " " in text:
        raise ValueError("not hexadecimal")
    return bytes.fromhex(text[2:])


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add blob."""
    codec = ScalarCodec(
        bytes, bytes, lambda value: string(_show(value)), text_reader("a blob", _hexadecimal), True
    )
    schema = ConnectSchema("BYTES")
    add(
        ScalarMapping(
            "blob",
            schema,
            "bytea",
            _source,
            _sink,
            _show,
            to_sink=_text,
            codec=codec,
            binary=bytes,
        )
    )
