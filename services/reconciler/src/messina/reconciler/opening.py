"""What every command opens: the source, its tables, the keys of masks."""

from collections.abc import Collection, Iterable
from contextlib import ExitStack

from messina import scylla
from messina.kafka import SinkOf, Target, sink_group
from messina.pipeline import Endpoints, PipelineSpec, SpecError, TableSpec, resolve
from messina.reconciler.errors import NotApplied
from messina.secrets import SecretsError
from messina.secrets import resolve as resolve_secret


def mask_key(spec: PipelineSpec) -> tuple[str | None, str]:
    """The key of hashes, and if it can't be had here, why."""
    if spec.source.mask_key is None:
        return None, ""
    try:
        return resolve_secret(spec.source.mask_key).reveal(), ""
    except SecretsError as error:
        return None, str(error)


def open_source(endpoints: Endpoints, opened: ExitStack) -> scylla.Session:
    """Connect to the source; rows of users' tables come as bytes.

    Raises:
        ScyllaError: if nobody answers.
        SecretsError: if a password can't be had.
    """
    source = endpoints.scylla
    session = opened.enter_context(
        scylla.connect(
            source.contact_points,
            source.local_datacenter,
            user=source.user,
            password=source.password,
            tls=None if source.tls is None else scylla.tls_context(source.tls),
        )
    )
    scylla.read_bytes(session)
    return session


def resolved(spec: PipelineSpec, session: scylla.Session) -> PipelineSpec:
    """The spec with tables in the place of patterns."""
    if spec.resolved:
        return spec
    try:
        return resolve(spec, scylla.table_names(session, spec.source.keyspace))
    except scylla.KeyspaceMissing as error:
        raise SpecError([spec.problem(str(error), "source", "keyspace")]) from None


def source_table(
    spec: PipelineSpec, session: scylla.Session, table: TableSpec
) -> scylla.TableSchema:
    """The source's table; where it is missing, the error points at the line that names it."""
    try:
        return scylla.table_schema(session, spec.source.keyspace, table.name)
    except scylla.KeyspaceMissing as error:
        raise SpecError([spec.problem(str(error), "source", "keyspace")]) from None
    except scylla.TableMissing as error:
        place = [one.name for one in spec.tables].index(table.name)
        raise SpecError([spec.problem(str(error), "tables", place, "name")]) from None


def refuse_unapplied(
    spec: PipelineSpec, tables: Iterable[TableSpec], there: Collection[str]
) -> None:
    """Raise `NotApplied` if topics are missing that signals, and what comes of them, need.

    Args:
        spec: the pipeline; its source connector is Messina's.
        tables: those that rows are asked for of.
        there: the topics that exist.
    """
    needed = [spec.signals_topic, spec.signals_done_topic, spec.watermarks_topic]
    needed += [spec.topic(table) for table in tables]
    if missing := [topic for topic in needed if topic not in there]:
        raise NotApplied(spec.pipeline, missing, spec.argument)


def sinks_by_name(spec: PipelineSpec) -> dict[Target, SinkOf]:
    """Where a resolved spec's tables go, and what partitions share, if they share anything."""
    sinks: dict[Target, SinkOf] = {}
    for table in spec.tables:
        name = f"{spec.source.keyspace}.{table.name}"
        slices = spec.partitions_of(table)
        group = sink_group(spec.sink_connector(table))
        sinks[Target(name)] = SinkOf(group, spec.topic(table), slices)
        group = sink_group(spec.static_sink_connector(table))
        sinks[Target(name, static=True)] = SinkOf(group, spec.static_topic(table), slices)
    return sinks
