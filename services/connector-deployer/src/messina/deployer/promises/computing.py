"""The formulae."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from messina.deployer.promises import factors
from messina.deployer.promises.model import Promises, TablePromise
from messina.deployer.resources import ConnectorResource
from messina.pipeline import PipelineSpec, TableSpec

_POOL = "connection.pool.max_size"


@dataclass(frozen=True)
class SourceFacts:
    """What is known of a source table.

    Attributes:
        streams: the streams of its log now: vnodes × shards × nodes, or its tablets.
        log_ttl: seconds that its log is kept; 0 is for ever.
    """

    streams: int
    log_ttl: int


def promises(
    spec: PipelineSpec,
    sources: Mapping[str, SourceFacts],
    connectors: Sequence[ConnectorResource],
) -> Promises:
    """Compute what a pipeline costs and how fast it can be.

    Args:
        spec: the pipeline, with every table by its name.
        sources: what is known of each source table.
        connectors: those that the pipeline is to have.
    """
    tables = tuple(table_promise(spec, table, sources[table.name]) for table in spec.tables)
    floor = max(one.latency_floor_ms for one in tables)
    sinks = [one for one in connectors if one.role == "sink"]
    return Promises(
        latency_floor_ms=floor,
        latency_ms=floor + factors.ROAD_MS,
        log_queries_per_second=sum(one.log_queries_per_second for one in tables),
        row_reads_per_second=sum(one.row_reads_per_second or 0.0 for one in tables),
        connect_tasks=sum(one.tasks for one in connectors),
        connect_memory_bytes=memory(connectors),
        postgres_connections=sum(pool(one) for one in sinks),
        kafka_bytes_per_day=sum(one.kafka_bytes_per_day for one in tables),
        log_rows_kept=sum(one.log_rows_kept or 0 for one in tables),
        log_bytes_kept=sum(one.log_bytes_kept or 0 for one in tables),
        log_kept_for_ever=tuple(t.name for t in spec.tables if sources[t.name].log_ttl == 0),
        unstated=tuple(t.name for t in spec.tables if t.expect.rows_per_second is None),
        tables=tables,
    )


def table_promise(spec: PipelineSpec, table: TableSpec, source: SourceFacts) -> TablePromise:
    """Compute what one table costs."""
    windows = spec.windows_of(table)
    own = spec.source.connector == "messina"
    rate = table.expect.rows_per_second
    size = table.expect.row_bytes or factors.ROW_BYTES
    idle = factors.IDLE_BYTES_PER_SECOND * spec.partitions_of(table) if own else 0
    data = (rate or 0.0) * (size + factors.RECORD_BYTES)
    kept = None if rate is None else round(rate * source.log_ttl)
    return TablePromise(
        table=table.name,
        window_ms=windows.window_ms,
        confidence_ms=windows.confidence_ms,
        streams=source.streams,
        latency_floor_ms=windows.floor_ms,
        log_queries_per_second=log_queries(source.streams, windows.window_ms, two_looks=own),
        # each look reads the row; ScyllaDB's own connector takes it out of the log
        row_reads_per_second=None if rate is None else (2 * rate if own else 0.0),
        kafka_bytes_per_day=round((idle + data) * factors.DAY_SECONDS),
        log_rows_kept=kept,
        log_bytes_kept=None if kept is None else kept * (size + factors.LOG_ROW_BYTES),
    )


def log_queries(streams: int, window_ms: int, *, two_looks: bool) -> float:
    """Return the queries a second that a table's log costs.

    Args:
        streams: each is asked once a look.
        window_ms: what the first look reads at once.
        two_looks: whether there is a second look, which reads a second or a window at once.
    """
    looks = 1_000 / window_ms
    if two_looks:
        looks += 1_000 / max(window_ms, factors.SECOND_LOOK_MS)
    return streams * looks


def memory(connectors: Sequence[ConnectorResource]) -> int:
    """Return the bytes that the workers take."""
    sources = sum(one.tasks for one in connectors if one.role == "source")
    sinks = sum(one.tasks for one in connectors if one.role == "sink")
    return (
        factors.WORKER_BYTES + sources * factors.SOURCE_TASK_BYTES + sinks * factors.SINK_TASK_BYTES
    )


def pool(sink: ConnectorResource) -> int:
    """Return the connections that a sink may hold: each task has a pool of its own."""
    return sink.tasks * int(sink.config.get(_POOL, "1"))
