"""Which limits of a spec a plan can't keep, and what to change."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from messina.deployer.promises import factors
from messina.deployer.promises.computing import log_queries
from messina.deployer.promises.model import Promises
from messina.deployer.promises.words import count, size, span
from messina.pipeline import PipelineSpec, Problem, milliseconds

At = tuple[str | int, ...]
KEPT = 3
"""Connections that Postgres keeps for superusers, unless it was told otherwise."""
ROOM = 20
"""Connections that others want: the reconciler, people, monitoring."""


def broken(spec: PipelineSpec, promised: Promises) -> Iterator[Problem]:
    """Return which of the spec's limits can't be kept, each at the place of its value.

    Args:
        spec: the pipeline, with every table by its name.
        promised: what was computed for it.
    """
    yield from _latency(spec, promised)
    yield from _ceilings(spec, promised)


def crowded(promised: Promises, allowed: int) -> Iterator[str]:
    """Return that a Postgres server may run out of connections.

    Args:
        promised: what was computed.
        allowed: the server's `max_connections`, of which it keeps a few for itself.
    """
    if promised.postgres_connections > allowed - KEPT:
        yield (
            f"the sinks may hold {promised.postgres_connections:,} connections, and Postgres takes "
            f"{allowed:,}, of which others want some: max_connections should be "
            f"{promised.postgres_connections + ROOM:,} or more"
        )


def _latency(spec: PipelineSpec, promised: Promises) -> Iterator[Problem]:
    if spec.latency_target is None:
        return
    target = milliseconds(spec.latency_target)
    told: set[At] = set()
    for index, (table, one) in enumerate(zip(spec.tables, promised.tables, strict=True)):
        total = one.latency_floor_ms + factors.ROAD_MS
        at = _stated_at(spec, index)
        if total <= target or at in told:
            continue
        told.add(at)
        left = target - factors.ROAD_MS
        way = (
            f"window and confidence of {span(left)} together, or a latency_target of {span(total)}"
            if left > 1
            else f"a latency_target of {span(factors.ROAD_MS + 2)} or more: that is the road alone"
        )
        yield spec.problem(
            f"latency_target {span(target)} can't be kept by table {table.name}: "
            f"window {span(one.window_ms)}, confidence {span(one.confidence_ms)} and the road to "
            f"Postgres, {span(factors.ROAD_MS)}, are {span(total)}",
            *at,
            expected=way,
        )


def _stated_at(spec: PipelineSpec, index: int) -> At:
    """Where the longer of window and confidence was stated, of those that were."""
    table = spec.tables[index]
    stated: dict[At, timedelta] = {}
    for name in ("window", "confidence"):
        if (own := getattr(table, name)) is not None:
            stated["tables", index, name] = own
        elif (general := getattr(spec.source, name)) is not None:
            stated["source", name] = general
    return max(stated, key=lambda at: stated[at], default=("latency_target",))


def _ceilings(spec: PipelineSpec, promised: Promises) -> Iterator[Problem]:
    limits = spec.ceilings
    queries = promised.queries_per_second
    if limits.source_queries_per_second is not None and queries > limits.source_queries_per_second:
        yield _over(
            spec,
            "source_queries_per_second",
            f"{count(queries)} CQL queries a second",
            f"{limits.source_queries_per_second:,}",
            _fewer_queries(spec, promised, limits.source_queries_per_second),
        )
    if limits.connect_tasks is not None and promised.connect_tasks > limits.connect_tasks:
        yield _over(
            spec,
            "connect_tasks",
            f"{promised.connect_tasks:,} tasks in Kafka Connect",
            f"{limits.connect_tasks:,}",
            _fewer_tasks(spec),
        )
    memory = promised.connect_memory_bytes
    if limits.connect_memory is not None and memory > limits.connect_memory:
        yield _over(
            spec,
            "connect_memory",
            f"{size(memory)} of memory in Kafka Connect",
            size(limits.connect_memory),
            _fewer_tasks(spec),
        )
    connections = promised.postgres_connections
    if limits.postgres_connections is not None and connections > limits.postgres_connections:
        yield _over(
            spec,
            "postgres_connections",
            f"{connections:,} connections to Postgres",
            f"{limits.postgres_connections:,}",
            _fewer_tasks(spec),
        )
    daily = promised.kafka_bytes_per_day
    if limits.kafka_bytes_per_day is not None and daily > limits.kafka_bytes_per_day:
        yield _over(
            spec,
            "kafka_bytes_per_day",
            f"{size(daily)} a day in Kafka",
            size(limits.kafka_bytes_per_day),
            "fewer tables, partitions or columns",
        )


def _over(spec: PipelineSpec, name: str, what: str, limit: str, way: str) -> Problem:
    return spec.problem(
        f"the pipeline would take {what}, and its ceiling is {limit}",
        *("ceilings", name),
        expected=f"{way}, or a higher ceiling",
    )


def _fewer_queries(spec: PipelineSpec, promised: Promises, limit: int) -> str:
    """The window with which all tables together stay below the limit."""
    streams = sum(one.streams for one in promised.tables)
    left = limit - promised.row_reads_per_second
    if left <= 0:
        return "fewer tables, as reading the rows alone takes as many"
    two_looks = spec.source.connector == "messina"
    # both looks have the same window from a second on
    window = ceil(1_000 * streams * (2 if two_looks else 1) / left)
    if two_looks and window < factors.SECOND_LOOK_MS:
        window = ceil(1_000 * streams / max(left - streams, 1))
    if log_queries(streams, window, two_looks=two_looks) > left:
        window += 1
    return (
        f"a window of {span(window)} (and latency_target {span(2 * window + factors.ROAD_MS)}), "
        "tablets or fewer vnodes"
    )


def _fewer_tasks(spec: PipelineSpec) -> str:
    if spec.bulkhead == "pipeline":
        return "fewer tasks"
    return "bulkhead: pipeline (one source and one sink for all), or fewer tasks"
