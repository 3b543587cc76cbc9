"""A pipeline opened for a repair: both sides, its signals, its watermarks, Connect."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from messina import postgres
from messina.kafka import (
    AvroDecoder,
    ConnectClient,
    Positions,
    RegistryClient,
    Signals,
    SinkOf,
    Target,
    client_settings,
)
from messina.pipeline import Endpoints, PipelineSpec
from messina.reconciler.opening import mask_key, open_source, resolved, source_table
from messina.reconciler.parts import Part, parts_of
from messina.reconciler.recheck import (
    ByTime,
    ByWatermark,
    Clock,
    Table,
    applied_of,
    sinks_of,
    standing,
)
from messina.reconciler.repair.blame import Blame
from messina.reconciler.repair.errors import FormNotLearned
from messina.reconciler.repair.intents import ByIntents, Way
from messina.reconciler.repair.learning import learn
from messina.reconciler.repair.mending import PATIENCE_S, Mender, Road
from messina.reconciler.repair.signalling import BySignals
from messina.reconciler.repair.taken import Taken
from messina.reconciler.repair.wire import KafkaWire
from messina.reconciler.report import OnProgress
from messina.reconciler.scanning import Ceiling, Options
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide, level_of
from messina.reconciler.store import Run, Store

_SETTLE = timedelta(seconds=30)
_CONNECT_S = 5.0
_MEBIBYTE = 2**20
_AS_EVER = Options()


@contextmanager
def open_mender(
    spec: PipelineSpec,
    endpoints: Endpoints,
    store: Store,
    run: Run,
    progress: OnProgress,
    *,
    patience: float = PATIENCE_S,
    how: Options = _AS_EVER,
) -> Iterator[Mender]:
    """Open what a repair needs of a pipeline.

    Args:
        spec: the pipeline.
        endpoints: where its systems are; what the spec says itself wins.
        store: where the run is kept.
        run: what was found; held by the store.
        progress: called with how many rows are settled.
        patience: seconds that an answer, and then the sink, is waited for.
        how: at which consistency, and how fast, the source is read.

    Raises:
        FormNotLearned: if rows are to be written into topics of which none shows how.
        RepairOvertaken: if another repair of the pipeline begins meanwhile.
        SpecError: if the source has no such table.
        ReconcilerError: if a table can't be compared.
        KafkaProblem, ScyllaError, PostgresError: if one of the systems can't be had.
        SecretsError: if a password can't be had.
    """
    clock = Clock(time.monotonic, time.sleep, lambda: time.time_ns() // 1000)
    names = {table for table, *_ in store.audit.due_counts(run)}
    with ExitStack() as opened:
        where = endpoints.under(spec)
        client = client_settings(where.kafka.security)
        bootstrap = where.kafka.bootstrap_servers
        session = open_source(where, opened)
        spec = resolved(spec, session)
        level = level_of(how.consistency or spec.source.consistency)
        limit = how.max_rows_per_second
        take = None if limit is None else Ceiling.of(limit).take
        sink = opened.enter_context(
            postgres.connect(where.postgres, application_name="messina-reconciler")
        )
        key, _ = mask_key(spec)
        schemas = []
        parts: list[tuple[Part, ScyllaSide]] = []
        tables: dict[tuple[str, bool], Table] = {}
        sinks: dict[Target, str] = {}
        for table in spec.tables:
            if f"{spec.source.keyspace}.{table.name}" not in names:
                continue
            schemas.append(source_table(spec, session, table))
            for part in parts_of(spec, table, schemas[-1], key):
                one = ScyllaSide(session, part, level, take)
                other = PostgresSide(sink, spec.sink.schema_name, part.target, one.shape)
                tables[schemas[-1].name, part.static] = Table(
                    one.shape, one, other, target=part.followed
                )
                named = spec.static_sink_connector if part.static else spec.sink_connector
                sinks[part.followed] = named(table)
                parts.append((part, one))
        registry = opened.enter_context(RegistryClient.of(where.registry))
        connect = opened.enter_context(ConnectClient(where.connect.url, patience=_CONNECT_S))
        positions = Positions(bootstrap, client=client)
        opened.callback(positions.close)
        if spec.source.connector == "messina":
            applied = applied_of(spec, where, schemas, opened)
            reasons = Blame(connect, positions, applied, sinks)
            signals = Signals(bootstrap, spec.pipeline, AvroDecoder(registry), client=client)
            asking = BySignals(store, run, signals, reasons)
            road = Road(asking, applied, ByWatermark(applied, _SETTLE, clock), reasons)
        else:
            known = sinks_of(spec, [part.table for part, _ in parts], {}, positions)
            taken = Taken(positions, known)
            ways, formless = _ways(parts, known, bootstrap, registry, client)
            size = 2 * spec.source.max_row_bytes + _MEBIBYTE
            wire = opened.enter_context(
                KafkaWire(bootstrap, spec.pipeline, client=client, size=size)
            )
            gate = ByTime(standing(spec, _SETTLE), clock)
            reasons = Blame(connect, positions, taken, sinks)
            road = Road(ByIntents(store, run, wire, ways, formless), taken, gate, reasons)
        yield Mender(store, run, tables, road, clock, progress, patience=patience)


def _ways(
    parts: Sequence[tuple[Part, ScyllaSide]],
    sinks: Mapping[Target, SinkOf],
    bootstrap: str,
    registry: RegistryClient,
    client: Mapping[str, str],
) -> tuple[dict[Target, Way], dict[Target, str]]:
    """How rows of each table are written; and of those whose topics do not show it, why not."""
    ways: dict[Target, Way] = {}
    formless: dict[Target, str] = {}
    problem: FormNotLearned | None = None
    for part, side in parts:
        topic = sinks[part.followed].topic
        try:
            form, partitions = learn(part, topic, bootstrap, registry, client)
        except FormNotLearned as error:
            problem = problem or error
            formless[part.followed] = f"its topic does not show how it is written: {error.reason}"
        else:
            ways[part.followed] = Way(topic, partitions, form, side)
    if problem is not None and not ways:
        raise problem
    return ways, formless
