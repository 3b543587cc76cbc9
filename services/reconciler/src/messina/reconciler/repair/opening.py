"""A pipeline opened for a repair: both sides, its signals, its watermarks, Connect."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

from messina import postgres
from messina.kafka import (
    AvroDecoder,
    ConnectClient,
    Positions,
    RegistryClient,
    Signals,
    Target,
    client_settings,
)
from messina.pipeline import Endpoints, PipelineSpec
from messina.reconciler.opening import mask_key, open_source, resolved, source_table
from messina.reconciler.parts import parts_of
from messina.reconciler.recheck import ByWatermark, Clock, Table, applied_of
from messina.reconciler.repair.blame import Blame
from messina.reconciler.repair.errors import NoSignals
from messina.reconciler.repair.mending import PATIENCE_S, Mender, Road
from messina.reconciler.report import OnProgress
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide
from messina.reconciler.store import Run, Store

_SETTLE = timedelta(seconds=30)
_CONNECT_S = 5.0


def refuse_without_signals(spec: PipelineSpec) -> None:
    """Raise NoSignals where the pipeline's rows can't be asked for."""
    if spec.source.connector != "messina":
        raise NoSignals(spec.pipeline)


@contextmanager
def open_mender(
    spec: PipelineSpec,
    endpoints: Endpoints,
    store: Store,
    run: Run,
    progress: OnProgress,
    *,
    patience: float = PATIENCE_S,
) -> Iterator[Mender]:
    """Open what a repair needs of a pipeline.

    Args:
        spec: the pipeline; Messina's source connector reads it.
        endpoints: where its systems are; what the spec says itself wins.
        store: where the run is kept.
        run: what was found; held by the store.
        progress: called with how many rows are settled.
        patience: seconds that an answer, and then the sink, is waited for.

    Raises:
        NoSignals: if the pipeline's source connector takes no signals.
        SpecError: if the source has no such table.
        ReconcilerError: if a table can't be compared.
        KafkaProblem, ScyllaError, PostgresError: if one of the systems can't be had.
        SecretsError: if a password can't be had.
    """
    refuse_without_signals(spec)
    clock = Clock(time.monotonic, time.sleep, lambda: time.time_ns() // 1000)
    names = {table for table, *_ in store.audit.due_counts(run)}
    with ExitStack() as opened:
        where = endpoints.under(spec)
        client = client_settings(where.kafka.security)
        bootstrap = where.kafka.bootstrap_servers
        session = open_source(where, opened)
        spec = resolved(spec, session)
        sink = opened.enter_context(
            postgres.connect(where.postgres, application_name="messina-reconciler")
        )
        key, _ = mask_key(spec)
        schemas = []
        tables: dict[tuple[str, bool], Table] = {}
        sinks: dict[Target, str] = {}
        for table in spec.tables:
            if f"{spec.source.keyspace}.{table.name}" not in names:
                continue
            schemas.append(source_table(spec, session, table))
            for part in parts_of(spec, table, schemas[-1], key):
                one = ScyllaSide(session, part)
                other = PostgresSide(sink, spec.sink.schema_name, part.target, one.shape)
                tables[schemas[-1].name, part.static] = Table(
                    one.shape, one, other, target=part.followed
                )
                named = spec.static_sink_connector if part.static else spec.sink_connector
                sinks[part.followed] = named(table)
        applied = applied_of(spec, where, schemas, opened)
        registry = opened.enter_context(RegistryClient.of(where.registry))
        connect = opened.enter_context(ConnectClient(where.connect.url, patience=_CONNECT_S))
        road = Road(
            Signals(bootstrap, spec.pipeline, AvroDecoder(registry), client=client),
            applied,
            ByWatermark(applied, _SETTLE, clock),
            Blame(connect, Positions(bootstrap, client=client), applied, sinks),
        )
        yield Mender(store, run, tables, road, clock, progress, patience=patience)
