"""A backfill from its plan to its end: what is done is in Postgres, and is not done again."""

import time
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from messina import scylla
from messina.kafka import (
    Applied,
    Asking,
    AvroDecoder,
    RegistryClient,
    Target,
    Topics,
    client_settings,
)
from messina.pipeline import Endpoints, PipelineSpec
from messina.postgres import PostgresError
from messina.reconciler.backfill.filling import fill
from messina.reconciler.backfill.pace import Ceiling, Filled, Outlook
from messina.reconciler.errors import SignalsNotServed, SpecChanged, TableNotInSpec
from messina.reconciler.opening import (
    open_source,
    refuse_unapplied,
    resolved,
    sinks_by_name,
    source_table,
)
from messina.reconciler.parts import parts_of
from messina.reconciler.store import PlannedRange, RangeRow, Run, Store

IN_FLIGHT = 8
PATIENCE_S = 300.0
MOST_ROWS = 100_000
"""Of a range: what is lost by a kill, and what a source connector does not commit meanwhile."""


@dataclass(frozen=True)
class Backfilled:
    """What a backfill did.

    Attributes:
        run: its id, by which it is found in the history.
        rows: how many rows were read again, in this run and what it goes on with.
        ranges: in how many ranges.
        seconds: how long this call took.
    """

    run: str
    rows: int
    ranges: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """As one object."""
        return asdict(self)


def backfill(
    spec: PipelineSpec,
    endpoints: Endpoints,
    tables: Sequence[str] | None = None,
    *,
    resume: bool = False,
    run_id: str | None = None,
    rows_per_second: int | None = None,
    in_flight: int = IN_FLIGHT,
    rows_a_range: int = 10_000,
    patience: float = PATIENCE_S,
    progress: Callable[[Filled], None] = lambda filled: None,
    begun: Callable[[Run], None] = lambda run: None,
) -> Backfilled:
    """Have every row of tables read again, so that the sink has it; changes flow meanwhile.

    Args:
        spec: the pipeline.
        endpoints: where its systems are.
        tables: names of the tables; None takes all.
        resume: go on with a run that was left.
        run_id: with which; None is the newest.
        rows_per_second: so many at most; None leaves it to the source connector.
        in_flight: how many ranges are asked for at a time.
        rows_a_range: about how many rows a range has.
        patience: seconds without any progress until it is given up.
        progress: called now and then with how far it is.
        begun: called with the run, once it has a plan.

    Raises:
        SignalsNotServed: if the pipeline's source connector serves no signals.
        NotApplied: if its topics are not there.
        TableNotInSpec: if a table is none of the pipeline's.
        BackfillStands: if nothing moved for too long; the run can be resumed.
        StoreError: if there is nothing to resume, or somebody is at it.
        SpecChanged: if a table that is left to be filled is the pipeline's no more.
        SpecError, KafkaProblem, PostgresError, ScyllaError, SecretsError: as they come.
    """
    if spec.source.connector != "messina":
        raise SignalsNotServed(spec.source.connector)
    where = endpoints.under(spec)
    began = time.monotonic()
    with ExitStack() as opened:
        session = open_source(where, opened)
        spec = resolved(spec, session)
        brokers = where.kafka.bootstrap_servers
        client = client_settings(where.kafka.security)
        asked = [one for one in spec.tables if tables is None or one.name in tables]
        # which tables a run was begun with is known only once it is opened
        refuse_unapplied(spec, () if resume else asked, Topics(brokers, client=client).names())
        store = opened.enter_context(Store.open(where.postgres, spec.pipeline))
        options = {
            "tables": None if tables is None else list(tables),
            "rows_a_range": rows_a_range,
        }
        run = store.resume("backfill", run_id) if resume else store.begin("backfill", options)
        opened.enter_context(marked(store, run))
        if not run.planned:
            chosen = run.options["tables"]
            store.plan(run, list(_planned(spec, session, chosen, run.options["rows_a_range"])))
        begun(run)
        pending = store.pending(run)
        decoder = AvroDecoder(opened.enter_context(RegistryClient.of(where.registry)))
        name = spec.pipeline
        sinks = sinks_by_name(spec)
        refuse_gone(run, pending, spec.source.keyspace, sinks)
        applied = opened.enter_context(Applied(brokers, name, decoder, sinks, client=client))
        asking = opened.enter_context(Asking(brokers, name, decoder, client=client))

        def done(row: RangeRow, rows: int) -> None:
            store.finish_range(run, row.id, rows_in_source=rows, rows_in_sink=rows)

        fill(
            pending,
            spec.source.keyspace,
            asking,
            applied,
            _outlook(store, run, pending),
            in_flight=in_flight,
            ceiling=Ceiling(rows_per_second),
            patience=patience,
            done=done,
            progress=progress,
        )
        counts = store.counts(run)
        store.finish(run, "done")
    return Backfilled(
        run.id,
        sum(part.rows_in_source for part in counts),
        sum(part.ranges for part in counts),
        time.monotonic() - began,
    )


@contextmanager
def marked(store: Store, run: Run) -> Iterator[None]:
    """A run that fails inside is stored as failed, with why; it can be resumed."""
    try:
        yield
    except Exception as error:
        # what broke the run may have broken the connection, too
        with suppress(PostgresError):
            store.finish(run, "failed", str(error))
        raise


def refuse_gone(
    run: Run, pending: Iterable[RangeRow], keyspace: str, sinks: Container[Target]
) -> None:
    """Raise `SpecChanged` if a range is of a table that the pipeline has no more."""
    targets = {Target(f"{keyspace}.{row.table}", row.static): row for row in pending}
    gone = [row for target, row in targets.items() if target not in sinks]
    if gone:
        raise SpecChanged(run.id, sorted(row.table + "__static" * row.static for row in gone), ())


def _planned(
    spec: PipelineSpec, session: scylla.Session, names: Sequence[str] | None, rows: int
) -> Iterator[PlannedRange]:
    """The ranges of tables, sized from what the cluster and a look at the tables say."""
    known = {table.name: table for table in spec.tables}
    for name in names or ():
        if name not in known:
            raise TableNotInSpec(name, known)
    for name in dict.fromkeys(known if names is None else names):
        schema = source_table(spec, session, known[name])
        for part in parts_of(spec, known[name], schema, None):
            for each in scylla.sized_ranges(session, schema, rows=rows, shared=part.static):
                tokens = each.tokens
                yield PlannedRange(name, part.static, tokens.after, tokens.upto, each.rows)


def _outlook(store: Store, run: Run, pending: Sequence[RangeRow]) -> Outlook:
    """What is known before it goes on: of ranges that were done before, their rows, too."""
    counts = store.counts(run)
    rows = sum(part.rows_in_source for part in counts)
    # What ranges were thought to have that are done is as good as what they had.
    done = (sum(part.ranges_done for part in counts), rows, rows)
    return Outlook(done, {each.id: each.estimated_rows or 0 for each in pending})
