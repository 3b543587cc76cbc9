"""float and double, with NaN and the infinities."""

import math
import struct
from collections.abc import Callable

from messina.types import jsontext
from messina.types.codec import ScalarCodec, fixed
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_KEY_PROBLEM = "0.0 and -0.0 are two keys in CQL and one in Postgres"


def _double(value: object) -> Canonical:
    if isinstance(value, str):
        value = float(value)
    if not isinstance(value, float):
        raise refuse(value, "a floating-point number")
    return "NaN" if math.isnan(value) else value + 0.0  # -0.0 + 0.0 is 0.0


def _single(value: object) -> Canonical:
    """Both sides' nearest 32-bit number: 0.1 as text and as a widened float are the same."""
    wide = _double(value)
    if not isinstance(wide, float) or math.isinf(wide):
        return wide
    if isinstance(value, str):
        return jsontext.nearest_single(value) + 0.0
    (single,) = struct.unpack(">f", struct.pack(">f", wide))
    assert isinstance(single, float)
    return single + 0.0


def _binary(
    codec: ScalarCodec, read: Callable[[object], Canonical]
) -> Callable[[bytes], Canonical]:
    return lambda data: read(codec.decoder(data))


def _bound(value: Canonical) -> object:
    return float(value) if isinstance(value, str | float) else _double(value)


def _codec(
    size: int, write: Callable[[float], str], read: Callable[[object], float]
) -> ScalarCodec:
    form = ">f" if size == 4 else ">d"
    return ScalarCodec(
        lambda data: struct.unpack(form, fixed(size, data))[0],
        lambda value: struct.pack(form, value),
        write,
        read,
    )


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add float and double."""
    for cql, connect, postgres, read, codec in (
        ("float", "FLOAT32", "real", _single, _codec(4, jsontext.single, jsontext.single_of)),
        (
            "double",
            "FLOAT64",
            "double precision",
            _double,
            _codec(8, jsontext.double, jsontext.double_of),
        ),
    ):
        schema = ConnectSchema(connect)
        add(
            ScalarMapping(
                cql,
                schema,
                postgres,
                read,
                read,
                to_source=_bound,
                key_problem=_KEY_PROBLEM,
                codec=codec,
                binary=_binary(codec, read),
            )
        )
