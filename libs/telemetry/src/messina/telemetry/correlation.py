"""One ID for all that belongs to one piece of work, across functions, logs and Kafka headers."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

_KEY = "correlation_id"


def new_correlation_id() -> str:
    """An ID that nobody has yet."""
    return uuid.uuid4().hex


def correlation_id() -> str | None:
    """The ID of the work that is being done, if any."""
    found = structlog.contextvars.get_contextvars().get(_KEY)
    return found if isinstance(found, str) else None


@contextmanager
def correlation(given: str | None = None) -> Iterator[str]:
    """All that is logged inside carries one ID: `given`, or the one already open, or a new one."""
    chosen = given or correlation_id() or new_correlation_id()
    with structlog.contextvars.bound_contextvars(**{_KEY: chosen}):
        yield chosen
