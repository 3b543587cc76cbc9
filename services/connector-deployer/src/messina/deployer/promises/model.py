"""Promises as values."""

from collections.abc import Mapping
from typing import Literal

from messina.deployer.resources import Value

Basis = Literal["computed", "measured", "estimate"]
"""Where a figure comes from: out of the spec and the source alone, with a factor that was measured,
or with one that was guessed."""

BASIS: Mapping[str, Basis] = {
    "latency_floor_ms": "computed",
    "latency_ms": "measured",
    "log_queries_per_second": "computed",
    "row_reads_per_second": "computed",
    "connect_tasks": "computed",
    "connect_memory_bytes": "measured",
    "postgres_connections": "computed",
    "kafka_bytes_per_day": "estimate",
    "log_rows_kept": "computed",
    "log_bytes_kept": "estimate",
}
"""The basis of each figure of `Promises`."""


class TablePromise(Value):
    """What one table costs, and how fast it can be."""

    table: str
    window_ms: int
    confidence_ms: int
    streams: int
    latency_floor_ms: int
    log_queries_per_second: float
    row_reads_per_second: float | None
    """None where the spec does not say how many rows change."""
    kafka_bytes_per_day: int
    log_rows_kept: int | None
    """Rows of the CDC log that the source keeps at a time; None where no rate is stated."""
    log_bytes_kept: int | None


class Promises(Value):
    """What a pipeline costs, and how fast it can be."""

    latency_floor_ms: int
    """The longest that a change waits before it is read, of the slowest table: its window and
    confidence."""
    latency_ms: int
    """The floor and the road: within this 95 of 100 changes are in Postgres, where nothing else
    holds them up."""
    log_queries_per_second: float
    """Reads of the log: streams × tables ÷ window, of both looks."""
    row_reads_per_second: float
    """Reads of rows that changed, at the stated rates."""
    connect_tasks: int
    connect_memory_bytes: int
    """Resident memory of the workers, together."""
    postgres_connections: int
    """The most that the sinks' pools hold."""
    kafka_bytes_per_day: int
    """Records of tables whose rate is stated, and what is written when nothing changes; once,
    before replication."""
    log_rows_kept: int
    log_bytes_kept: int
    log_kept_for_ever: tuple[str, ...] = ()
    """Tables whose log has no TTL."""
    unstated: tuple[str, ...] = ()
    """Tables of which the spec does not say how many rows change: their rows are in no figure."""
    tables: tuple[TablePromise, ...] = ()
    basis: Mapping[str, Basis] = BASIS

    @property
    def queries_per_second(self) -> float:
        """All that the source is asked in a second."""
        return self.log_queries_per_second + self.row_reads_per_second
