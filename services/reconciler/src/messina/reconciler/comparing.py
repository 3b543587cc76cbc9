"""From a spec to a report: the tables of a pipeline, both sides opened, both passes made."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

from messina import postgres, scylla
from messina.kafka import Target
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.reconciler import recheck
from messina.reconciler.checkpoints import Checkpoints, Which, which
from messina.reconciler.errors import TableNotInSpec
from messina.reconciler.opening import mask_key, open_source, resolved, source_table
from messina.reconciler.parts import Part, parts_of
from messina.reconciler.recheck import ByTime, Clock, Gate, Table, gate_of
from messina.reconciler.report import MOST, OnProgress, Progress, Report, TableReport
from messina.reconciler.scanning import Ceiling, Frames, Matched, Options, plan, scan, share_of
from messina.reconciler.scanning.pool import Cluster
from messina.reconciler.sides import Key
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide, level_of

SETTLE = timedelta(seconds=30)
WHOLE = Options()
_NO_OUTCOME: Mapping[str, int] = {}


def compare(
    spec: PipelineSpec,
    endpoints: Endpoints,
    tables: Sequence[str] | None = None,
    settle: timedelta | None = None,
    progress: OnProgress | None = None,
    options: Options = WHOLE,
    checkpoints: Checkpoints | None = None,
    most: int | None = MOST,
) -> Report:
    """Compare every row of a pipeline's tables; nothing is changed on either side.

    Args:
        spec: the pipeline.
        endpoints: where its systems are; what the spec says itself wins.
        tables: names of the tables to compare; None compares all.
        settle: how long a row of the source must have stood still before a difference counts; None:
            until the applied watermark says that what was written has had its chance.
        progress: called with each step's progress.
        options: what is looked at, and how fast.
        checkpoints: where the run leaves what it knows, and has it from if it was cut off; None
            keeps it in memory.
        most: how many differences the report holds; it counts all of them. None: no bound.

    Raises:
        SpecError: if the source has no such table.
        ReconcilerError: if a table can't be compared.
        ScyllaError: if the source can't be read.
        PostgresError: if the sink can't be read.
        SecretsError: if a password can't be had. Without the key of masks, what is masked with it
            is left out, which the report's notes say.
    """
    began = time.monotonic()
    report = progress or _nothing
    clock = Clock(time.monotonic, time.sleep, lambda: time.time_ns() // 1000)
    if spec.resolved:
        chosen(spec, tables)
    key, reason = mask_key(spec)
    with ExitStack() as opened:
        session = open_source(endpoints.under(spec), opened)
        spec = resolved(spec, session)
        options = replace(options, consistency=options.consistency or spec.source.consistency)
        cluster = _cluster(options, opened)
        if cluster is not None:
            options = replace(options, parallel=cluster.width)
        parts = [
            part
            for table in chosen(spec, tables)
            for part in parts_of(spec, table, source_table(spec, session, table), key)
        ]
        pairs = list(_opened(spec, endpoints.under(spec), session, parts, options, opened))
        planned = [
            plan(session, part, sink, options) for part, (_, sink) in zip(parts, pairs, strict=True)
        ]
        memory = [_Scanned(part) for part in parts]
        todo, finished = planned, lambda number, _, found: memory[number].add(found)
        if checkpoints is not None:
            todo, ranges = checkpoints.pending(planned)
            finished = ranges.finished
        where = endpoints.under(spec)
        scan(todo, where, spec.sink.schema_name, options, session, report, finished, cluster)
        watched = [
            Table(
                one.shape,
                one,
                other,
                seen.candidates() if checkpoints is None else (),
                part.followed,
            )
            for (one, other), seen, part in zip(pairs, memory, parts, strict=True)
        ]
        judged: dict[Target, str] = {}
        open_ones = _open(checkpoints, watched)
        if open_ones:
            gate: Gate = ByTime(settle, clock) if settle is not None else ByTime(SETTLE, clock)
            why = ""
            if settle is None:
                schemas = [part.schema for part in parts]
                gate, judged, why = gate_of(spec, where, schemas, SETTLE, clock, opened)
            if checkpoints is None:
                recheck.settle(watched, gate, clock, report, most)
            else:
                by_name = {which(part): table for part, table in zip(parts, watched, strict=True)}
                _decide(checkpoints, by_name, open_ones, gate, clock, report)
            if why:
                still = recheck.standing(spec, SETTLE).seconds
                reason_of_time = f"judged by standing still for {still} s: {why}"
                judged = {part.followed: reason_of_time for part in parts}
        rows = {
            which(part): (each.rows_in_source, each.rows_in_sink)
            for part, each in zip(parts, memory, strict=True)
        }
        if checkpoints is not None:
            rows |= _recalled(checkpoints, parts, watched, most)
    return Report(
        spec.pipeline,
        tuple(
            TableReport(
                table.shape.table,
                *rows[which(part)],
                table.in_flight,
                table.unsettled,
                tuple(table.discrepancies),
                (*_notes(part, reason), *_judged(part, table, judged)),
                share_of(each.ranges),
                table.differing,
            )
            for table, part, each in zip(watched, parts, planned, strict=True)
        ),
        time.monotonic() - began,
    )


def _cluster(options: Options, opened: ExitStack) -> Cluster | None:
    """The cluster whose workers read, where one is named."""
    if options.scheduler is None:
        return None
    # half a second to load, which nobody else should wait for
    from messina.reconciler.scanning.scheduled import Cluster as DaskCluster

    return opened.enter_context(DaskCluster(options.scheduler))


def _open(checkpoints: Checkpoints | None, tables: Sequence[Table]) -> int:
    """How many candidates have no verdict."""
    if checkpoints is None:
        return sum(len(table.candidates) for table in tables)
    return sum(each.undecided for each in checkpoints.counts().values())


def _decide(
    checkpoints: Checkpoints,
    tables: Mapping[Which, Table],
    total: int,
    gate: Gate,
    clock: Clock,
    progress: OnProgress,
) -> None:
    """Decide the store's candidates; the verdicts go there."""
    done = 0

    def tell(name: str, waiting: str = "", outcomes: Mapping[str, int] = _NO_OUTCOME) -> None:
        progress(Progress(name, "recheck", done, total, waiting, outcomes))

    found = recheck.decide(
        checkpoints.candidates(tables),
        gate,
        clock,
        lambda one, why: tell(one.table.shape.table, why),
    )
    for verdict in checkpoints.decide(found):
        done += 1
        tell(verdict.candidate.table.shape.table, outcomes={verdict.told: 1})


def _recalled(
    checkpoints: Checkpoints, parts: Sequence[Part], tables: Sequence[Table], most: int | None
) -> dict[Which, tuple[int, int]]:
    """Give tables what the store has of them; return the rows that both sides had."""
    counts = checkpoints.counts()
    names = [which(part) for part in parts]
    found = checkpoints.discrepancies(
        {name: table.shape for name, table in zip(names, tables, strict=True)}, most
    )
    for name, table in zip(names, tables, strict=True):
        table.discrepancies = found[name]
        table.differing = counts[name].discrepancies
        table.in_flight = counts[name].in_flight
        table.unsettled = counts[name].unsettled
    return {name: (counts[name].rows_in_source, counts[name].rows_in_sink) for name in names}


class _Scanned:
    """What the ranges of a part held, so far."""

    def __init__(self, part: Part) -> None:
        self.rows_in_source = 0
        self.rows_in_sink = 0
        self._frames = Frames(part.shape(), len(part.schema.partition_key))
        self._keys: list[bytes] = []

    def add(self, found: Matched) -> None:
        """Take in a range."""
        self.rows_in_source += found.rows_in_source
        self.rows_in_sink += found.rows_in_sink
        self._keys += found.keys

    def candidates(self) -> tuple[Key, ...]:
        """The keys of rows that look different."""
        return tuple(self._frames.keys(dict.fromkeys(self._keys)))


def chosen(spec: PipelineSpec, tables: Sequence[str] | None) -> tuple[TableSpec, ...]:
    """The tables of a spec that are named; `TableNotInSpec` for others."""
    known = {table.name: table for table in spec.tables}
    for name in tables or ():
        if name not in known:
            raise TableNotInSpec(name, known)
    return tuple(known[name] for name in dict.fromkeys(known if tables is None else tables))


def _notes(part: Part, reason: str) -> Iterator[str]:
    """What of a part was not compared."""
    if part.mask_key is not None:
        return
    others = part.schema.statics if part.static else part.schema.row
    names = {column.name for column in others}
    hashed = [c for c, masking in part.table.mask.items() if masking == "hmac" and c in names]
    if hashed:
        yield f"not compared, without the key of their masks: {', '.join(hashed)} ({reason})"


def _judged(part: Part, table: Table, judged: Mapping[Target, str]) -> Iterator[str]:
    """How the rows of a part were judged, where that was not by watermarks, and mattered."""
    if (table.differing or table.unsettled) and part.followed in judged:
        yield judged[part.followed]


def _opened(
    spec: PipelineSpec,
    endpoints: Endpoints,
    session: scylla.Session,
    parts: Sequence[Part],
    options: Options,
    opened: ExitStack,
) -> Iterator[tuple[ScyllaSide, PostgresSide]]:
    level = level_of(options.consistency or spec.source.consistency)
    limit = options.max_rows_per_second
    take = None if limit is None else Ceiling.of(limit).take
    sides = [ScyllaSide(session, part, level, take) for part in parts]
    connection = opened.enter_context(
        postgres.connect(endpoints.postgres, application_name="messina-reconciler")
    )
    for part, one in zip(parts, sides, strict=True):
        yield one, PostgresSide(connection, spec.sink.schema_name, part.target, one.shape)


def _nothing(progress: Progress) -> None:
    pass
