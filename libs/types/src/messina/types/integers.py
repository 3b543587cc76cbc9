"""tinyint, smallint, int, bigint. Postgres has no single byte: tinyint takes two."""

import re
from collections.abc import Callable

from messina.types.codec import ScalarCodec, signed, to_signed
from messina.types.jsontext import Json, mismatch, whole_of
from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse

_TEXT = re.compile(r"-?[0-9]{1,19}")


def _integer(bits: int) -> Callable[[object], Canonical]:
    limit = 2 ** (bits - 1)

    def read(value: object) -> Canonical:
        if isinstance(value, str) and _TEXT.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not -limit <= value < limit:
            raise refuse(value, f"a whole number of {bits} bits")
        return value

    return read


def _read(bits: int) -> Callable[[Json], int]:
    limit = 2 ** (bits - 1)

    def read(value: Json) -> int:
        number = whole_of(value)
        if not -limit <= number < limit:
            raise mismatch(value, f"a whole number of {bits} bits")
        return number

    return read


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add tinyint, smallint, int and bigint."""
    for cql, bits, connect, postgres in (
        ("tinyint", 8, "INT16", "smallint"),
        ("smallint", 16, "INT16", "smallint"),
        ("int", 32, "INT32", "integer"),
        ("bigint", 64, "INT64", "bigint"),
    ):
        exact = _integer(bits)
        wide = _integer(max(bits, 16))
        codec = ScalarCodec(signed(bits // 8), to_signed(bits // 8), str, _read(bits))
        schema = ConnectSchema(connect)
        add(
            ScalarMapping(
                cql,
                schema,
                postgres,
                exact,
                wide,
                to_source=exact,
                codec=codec,
                binary=signed(max(bits, 16) // 8),
            )
        )
