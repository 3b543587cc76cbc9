"""ascii and text: any text, except that Postgres has no NUL."""

from collections.abc import Callable

from messina.types.mapping import Canonical, ConnectSchema, ScalarMapping, refuse


def _text(value: object) -> Canonical:
    if not isinstance(value, str):
        raise refuse(value, "text")
    return value


def register(add: Callable[[ScalarMapping], None]) -> None:
    """Add ascii and text."""
    for cql in ("ascii", "text"):
        add(ScalarMapping(cql, ConnectSchema("STRING"), "text", _text, _text, repr, to_sink=str))
