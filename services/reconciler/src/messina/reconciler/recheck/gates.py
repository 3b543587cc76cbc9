"""The gate of the second pass, by the applied watermark."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import timedelta

from messina.kafka import (
    Applied,
    AvroDecoder,
    KafkaProblem,
    Positions,
    RegistryClient,
    SinkOf,
    Target,
    client_settings,
    sink_group,
)
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.reconciler.recheck.settling import ByTime, Clock, Gate, Table
from messina.scylla import TableSchema

_GRAIN_US = 1_000_000
_OFFICIAL = timedelta(seconds=30)
_ON_ITS_WAY = timedelta(seconds=15)
_PATIENCE_S = 300.0
_ASK_AGAIN_S = 2.0


class ByWatermark:
    """What was written has had its chance once the applied watermark is past it.

    Where a table's source says nothing for as long as `settle`, and its sink has applied all that
    there is, no wait brings anything: its rows are then judged by standing still for that long, and
    `notes` says so. While Kafka can't be asked nothing is judged: what stays open is `unsettled`.

    Args:
        applied: how far the sinks are.
        settle: see above.
        clock: the time.
    """

    def __init__(self, applied: Applied, settle: timedelta, clock: Clock) -> None:
        self.notes: dict[Target, str] = {}
        self._applied = applied
        self._by_time = ByTime(settle, clock)
        self._settle = settle.total_seconds()
        self._clock = clock
        self._passed: set[tuple[Target, int]] = set()
        self._silent: dict[Target, float] = {}
        self._drained: dict[Target, tuple[float, bool]] = {}
        self._asked: set[Target] = set()
        self._problem: str | None = None

    def poll(self) -> None:
        """Take in new watermarks, and which sources are silent."""
        try:
            self._applied.poll()
            silent = self._applied.silent(self._asked)
        except KafkaProblem as problem:
            self._problem = str(problem)
            return
        self._problem = None
        now = self._clock.now()
        self._silent = {target: self._silent.get(target, now) for target in silent}

    def passed(self, table: Table, since: float, moment_us: int) -> bool:
        """Whether all that was written up to the moment is in Postgres, or nothing comes."""
        target = table.target
        if target is None:
            return self._by_time.passed(table, since, moment_us)
        self._asked.add(target)
        # Few moments, each a little later than what it stands for.
        moment_us = -(-moment_us // _GRAIN_US) * _GRAIN_US
        if (target, moment_us) in self._passed:
            return True
        if self._problem is not None:
            return False
        try:
            if self._applied.passed(target, moment_us, "swept"):
                self._passed.add((target, moment_us))
                return True
            return self._stands(target, since)
        except KafkaProblem as problem:
            self._problem = str(problem)
            return False

    def _stands(self, target: Target, since: float) -> bool:
        """Whether nothing has come for so long, and nothing is left that could be applied."""
        now, quiet = self._clock.now(), self._silent.get(target)
        if quiet is None or now - max(quiet, since) < self._settle:
            return False
        asked, drained = self._drained.get(target, (-_ASK_AGAIN_S, False))
        if now - asked >= _ASK_AGAIN_S:
            drained = self._applied.drained(target)
            self._drained[target] = (now, drained)
        why = self._applied.why_not(target)
        if drained:
            self.notes[target] = (
                f"judged by standing still for {self._settle:.0f} s, not by watermarks: {why}; "
                "what was written since counts as different"
            )
        else:
            self.notes[target] = f"the sink has records left to apply, and {why}"
        return drained

    def patience(self) -> float:
        """Seconds after which a row is given up."""
        return max(_PATIENCE_S, 10 * self._settle)

    def why_not(self, table: Table) -> str:
        """What is waited for."""
        if table.target is None:
            return self._by_time.why_not(table)
        if self._problem is not None:
            return self._problem
        try:
            return self._applied.why_not(table.target)
        except KafkaProblem as problem:
            return str(problem)

    def gave_up(self, table: Table) -> None:
        """Take note of why rows of a table were given up."""
        if table.target is not None:
            self.notes.setdefault(table.target, f"undecided rows: {self.why_not(table)}")


def sinks_of(
    spec: PipelineSpec,
    tables: Iterable[TableSpec],
    schemas: Mapping[str, TableSchema],
    positions: Positions,
) -> dict[Target, SinkOf]:
    """Return where tables of a spec go.

    Args:
        spec: the pipeline.
        tables: which of its tables.
        schemas: by table, what the source has: where it shares columns, these are wanted, too.
        positions: where topics end.

    Raises:
        KafkaProblem: if one of the topics does not exist, or the brokers do not answer.
    """
    wanted: dict[Target, tuple[str, str]] = {}
    for table in tables:
        full = f"{spec.source.keyspace}.{table.name}"
        wanted[Target(full)] = (sink_group(spec.sink_connector(table)), spec.topic(table))
        schema = schemas.get(table.name)
        if schema is not None and any(table.carries(each.name) for each in schema.statics):
            wanted[Target(full, static=True)] = (
                sink_group(spec.static_sink_connector(table)),
                spec.static_topic(table),
            )
    ends = positions.ends_of(topic for _, topic in wanted.values())
    return {
        target: SinkOf(group, topic, len(ends[topic])) for target, (group, topic) in wanted.items()
    }


def applied_of(
    spec: PipelineSpec,
    endpoints: Endpoints,
    schemas: Iterable[TableSchema],
    opened: ExitStack,
) -> Applied:
    """Open what follows a pipeline's applied watermarks.

    Args:
        spec: the pipeline, resolved; Messina's source connector writes its watermarks.
        endpoints: where its systems are.
        schemas: the source's tables, or those of them that are asked for.
        opened: what closes it.

    Raises:
        KafkaProblem: if brokers or registry do not answer, or there are no such topics.
        SecretsError: if a password can't be had.
    """
    kafka = endpoints.kafka
    client = client_settings(kafka.security)
    known = {schema.table: schema for schema in schemas}
    asked = [table for table in spec.tables if table.name in known]
    positions = Positions(kafka.bootstrap_servers, client=client)
    registry = opened.enter_context(RegistryClient.of(endpoints.registry))
    return opened.enter_context(
        Applied(
            kafka.bootstrap_servers,
            spec.pipeline,
            AvroDecoder(registry),
            sinks_of(spec, asked, known, positions),
            client=client,
        )
    )


def standing(spec: PipelineSpec, settle: timedelta) -> timedelta:
    """Return for how long rows must stand still where nobody writes watermarks.

    A change is not out before its window has ended and the confidence is over: of ScyllaDB's own
    connector half a minute each, where the spec does not say otherwise.
    """
    if spec.source.connector == "messina":
        return settle
    waits = [
        (spec.stated_window(table) or _OFFICIAL) + (spec.stated_confidence(table) or _OFFICIAL)
        for table in spec.tables
    ]
    return max(settle, max(waits, default=settle) + _ON_ITS_WAY)


def gate_of(
    spec: PipelineSpec,
    endpoints: Endpoints,
    schemas: Iterable[TableSchema],
    settle: timedelta,
    clock: Clock,
    opened: ExitStack,
) -> tuple[Gate, dict[Target, str], str]:
    """Return the gate of a pipeline, the notes that it may take, and why it goes by time if so.

    Raises:
        SecretsError: if a password of Kafka or the registry can't be had.
    """
    if spec.source.connector != "messina":
        gate = ByTime(standing(spec, settle), clock)
        return gate, {}, "ScyllaDB's own connector writes no watermarks"
    try:
        by = ByWatermark(applied_of(spec, endpoints, schemas, opened), settle, clock)
    except KafkaProblem as problem:
        return ByTime(settle, clock), {}, str(problem)
    return by, by.notes, ""
