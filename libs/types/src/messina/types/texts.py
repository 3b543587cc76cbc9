"""ascii and text: any text, except that Postgres has no NUL, nor CQL's ascii an é."""

from collections.abc import Callable

from messina.types.codec import ScalarCodec, text_reader
from messina.types.jsontext import string
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _text(value: object) -> Canonical:
    if not isinstance(value, str):
        raise refuse(value, "text")
    return value


def _bound_ascii(value: Canonical) -> object:
    if not isinstance(value, str) or not value.isascii():
        raise refuse(value, "ASCII text")
    return value


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add ascii and text."""
    schema = ConnectSchema("STRING")
    codec = ScalarCodec(bytes.decode, str.encode, string, text_reader("a text", str), True)
    add(
        ScalarMapping(
            "ascii",
            schema,
            "text",
            _text,
            _text,
            repr,
            _bound_ascii,
            to_sink=str,
            codec=codec,
            binary=bytes.decode,
        )
    )
    add(
        ScalarMapping(
            "text",
            schema,
            "text",
            _text,
            _text,
            repr,
            to_sink=str,
            codec=codec,
            binary=bytes.decode,
        )
    )
