"""Telemetry: JSON logs with correlation IDs, free of secrets.

Every service calls `configure_logging` once, at its start; everything else asks `get_logger` and,
where work begins, opens a `correlation`.
"""

from messina.telemetry.correlation import correlation, correlation_id, new_correlation_id
from messina.telemetry.logs import configure_logging, get_logger, logs_are_json
from messina.telemetry.redaction import redact

__all__ = [
    "configure_logging",
    "get_logger",
    "logs_are_json",
    "correlation",
    "correlation_id",
    "new_correlation_id",
    "redact",
]
