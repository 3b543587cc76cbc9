"""What must not be in a log: the values of secrets."""

import re
from collections.abc import Mapping

from structlog.typing import EventDict, WrappedLogger

from messina.secrets import MASK, SecretValue

_SECRET_KEY = re.compile(r"passw(or)?d|secret|(^|_)token$|api_?key|credential", re.I)
_IN_URL = re.compile(r"(?<=://)([^\s/:@]*):([^\s/@]+)(?=@)")


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """A structlog processor: masks SecretValues, keys that name secrets, and passwords in URLs."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(key: object, value: object) -> object:
    if isinstance(value, SecretValue):
        return MASK
    if isinstance(value, Mapping):
        return {name: _clean(name, inner) for name, inner in value.items()}
    if isinstance(key, str) and _SECRET_KEY.search(key) and isinstance(value, str | bytes):
        return MASK
    if isinstance(value, str):
        return _IN_URL.sub(rf"\1:{MASK}", value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(key, inner) for inner in value]
    return value
