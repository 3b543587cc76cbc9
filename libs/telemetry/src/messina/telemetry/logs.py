"""Logs on stderr: one JSON object a line, or a line of text."""

import logging
import sys
from typing import Final, TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from messina.telemetry.redaction import redact

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
FORMS: Final = ("json", "text")


class _Handler(logging.StreamHandler[TextIO]):
    """Ours. Without a stream it writes to what stderr is at the time, not when it was made."""

    def __init__(self, given: TextIO | None) -> None:
        super().__init__(given)
        self._given = given

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = self._given or sys.stderr
        super().emit(record)


def configure_logging(
    service: str,
    version: str,
    level: str = "info",
    stream: TextIO | None = None,
    form: str = "json",
) -> None:
    """Log as JSON lines, or as text, from here on, the standard library's loggers too.

    A line has `timestamp` (ISO, UTC), `level`, `event` and, inside a `correlation`,
    `correlation_id`; in JSON also `service` and `version`. Secrets are masked.

    Args:
        service: whose lines these are.
        version: of the service.
        level: the least that is logged: one of `LEVELS`.
        stream: where lines go; to stderr if None.
        form: one of `FORMS`.
    """
    if level not in LEVELS:
        raise ValueError(f"not a log level (got {level!r}; expected one of {', '.join(LEVELS)})")
    if form not in FORMS:
        raise ValueError(f"not a form of logs (got {form!r}; expected {' or '.join(FORMS)})")

    def identity(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return {**event, "service": service, "version": version}

    json = form == "json"
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        *([identity] if json else []),
        redact,
    ]
    handler = _Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                (
                    structlog.processors.JSONRenderer(default=str, ensure_ascii=False)
                    if json
                    else structlog.dev.ConsoleRenderer(
                        colors=False,
                        pad_event_to=0,
                        exception_formatter=structlog.dev.plain_traceback,
                    )
                ),
            ],
        )
    )
    root = logging.getLogger()
    for former in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level.upper())
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def logs_are_json() -> bool:
    """Whether lines are JSON: then what else a program says on stderr should be a line too."""
    return any(
        isinstance(one, _Handler)
        and isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
        and isinstance(one.formatter.processors[-1], structlog.processors.JSONRenderer)
        for one in logging.getLogger().handlers
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `log.info("what happened", key=value)`."""
    return cast(structlog.stdlib.BoundLogger, structlog.get_logger(name))
