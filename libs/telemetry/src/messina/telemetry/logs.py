"""Logs as one JSON object a line on stderr."""

import logging
import sys
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from messina.telemetry.redaction import redact

LEVELS: Final = ("debug", "info", "warning", "error", "critical")


def configure_logging(
    service: str, version: str, level: str = "info", stream: TextIO | None = None
) -> None:
    """Log as JSON lines from here on, the standard library's loggers too.

    A line has `timestamp` (ISO, UTC), `level`, `event`, `service`, `version` and, inside a
    `correlation`, `correlation_id`. Secrets are masked.
    """
    if level not in LEVELS:
        raise ValueError(f"not a log level (got {level!r}; expected one of {', '.join(LEVELS)})")

    def identity(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {**event, "service": service, "version": version}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        identity,
        redact,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `log.info("what happened", key=value)`."""
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(name))
