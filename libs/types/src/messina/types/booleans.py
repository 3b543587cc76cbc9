"""boolean."""

from collections.abc import Callable

from messina.types.codec import ScalarCodec, fixed
from messina.types.jsontext import Json, mismatch
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_TEXTS = {"t": True, "true": True, "f": False, "false": False}


def _boolean(value: object) -> Canonical:
    if isinstance(value, str):
        return _TEXTS[value] if value in _TEXTS else _fail(value)
    return value if isinstance(value, bool) else _fail(value)


def _fail(value: object) -> bool:
    raise refuse(value, "true or false")


def _show(value: Canonical) -> str:
    return "true" if value else "false"


def _read(value: Json) -> bool:
    if not isinstance(value, bool):
        raise mismatch(value, "true or false")
    return value


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add boolean."""
    codec = ScalarCodec(
        lambda data: fixed(1, data) != b"\0", lambda value: bytes([value]), _show, _read
    )
    schema = ConnectSchema("BOOLEAN")
    add(
        ScalarMapping(
            "boolean",
            schema,
            "boolean",
            _boolean,
            _boolean,
            _show,
            codec=codec,
            binary=codec.decoder,
        )
    )
