"""From a spec to a report: the tables of a pipeline, both sides opened, both passes made."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta

from messina import postgres, scylla
from messina.pipeline import Endpoints, PipelineSpec, SpecError
from messina.reconciler import settling
from messina.reconciler.errors import TableNotInSpec
from messina.reconciler.report import Progress, Report, TableReport
from messina.reconciler.scanning import OnProgress, scan_table
from messina.reconciler.settling import Clock, Table
from messina.reconciler.sink import PostgresSide
from messina.reconciler.source import ScyllaSide

SETTLE = timedelta(seconds=30)


def compare(
    spec: PipelineSpec,
    endpoints: Endpoints,
    tables: Sequence[str] | None = None,
    settle: timedelta = SETTLE,
    progress: OnProgress | None = None,
) -> Report:
    """Compare every row of a pipeline's tables; nothing is changed on either side.

    Args:
        spec: the pipeline.
        endpoints: where its systems are; what the spec says itself wins.
        tables: names of the tables to compare; None compares all.
        settle: how long a row of the source must have stood still before a difference counts.
        progress: called with each step's progress.

    Raises:
        SpecError: if the source has no such table.
        ReconcilerError: if a table can't be compared.
        ScyllaError: if the source can't be read.
        PostgresError: if the sink can't be read.
        SecretsError: if a password can't be had.
    """
    began = time.monotonic()
    names = tuple(_chosen(spec, tables))
    report = progress or _nothing
    clock = Clock(time.monotonic, time.sleep)
    with ExitStack() as opened:
        pairs = list(_opened(spec, endpoints.under(spec), names, opened))
        scanned = [scan_table(one.shape, one, other, report) for one, other in pairs]
        watched = [
            Table(one.shape, one, other, seen.candidates)
            for (one, other), seen in zip(pairs, scanned, strict=True)
        ]
        settling.settle(watched, settle, clock, report)
    return Report(
        spec.pipeline,
        tuple(
            TableReport(
                table.shape.table,
                seen.rows_in_source,
                seen.rows_in_sink,
                table.in_flight,
                table.unsettled,
                tuple(table.discrepancies),
            )
            for table, seen in zip(watched, scanned, strict=True)
        ),
        time.monotonic() - began,
    )


def _chosen(spec: PipelineSpec, tables: Sequence[str] | None) -> Iterator[str]:
    known = [table.name for table in spec.tables]
    for name in dict.fromkeys(known if tables is None else tables):
        if name not in known:
            raise TableNotInSpec(name, known)
        yield name


def _opened(
    spec: PipelineSpec, endpoints: Endpoints, names: Sequence[str], opened: ExitStack
) -> Iterator[tuple[ScyllaSide, PostgresSide]]:
    source = endpoints.scylla
    session = opened.enter_context(
        scylla.connect(
            source.contact_points,
            source.local_datacenter,
            user=source.user,
            password=source.password,
        )
    )
    scylla.read_bytes(session)
    connection = opened.enter_context(
        postgres.connect(endpoints.postgres, application_name="messina-reconciler")
    )
    for name in names:
        one = ScyllaSide(session, _schema(spec, session, name))
        yield one, PostgresSide(connection, spec.sink.schema_name, name, one.shape)


def _schema(spec: PipelineSpec, session: scylla.Session, name: str) -> scylla.TableSchema:
    """The source's table; where it is missing, the error points at the line that names it."""
    try:
        return scylla.table_schema(session, spec.source.keyspace, name)
    except scylla.KeyspaceMissing as error:
        raise SpecError([spec.problem(str(error), "source", "keyspace")]) from None
    except scylla.TableMissing as error:
        place = [table.name for table in spec.tables].index(name)
        raise SpecError([spec.problem(str(error), "tables", place, "name")]) from None


def _nothing(progress: Progress) -> None:
    pass
