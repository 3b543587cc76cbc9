"""Taking a backup of offsets: sources first, then the sinks, once they have caught up with them.

So the sources of a backup are never ahead of what its sinks have applied. Whoever goes on from it
with the same Postgres, or a newer state of it, misses nothing, even where the topics are gone.
"""

from collections.abc import Callable, Mapping, Sequence

from messina.deployer.offsets.applied import Ends, NotApplied, unapplied, until_applied
from messina.deployer.offsets.backups import Backup, SinkBackup, SourceBackup, TableBackup, now
from messina.deployer.offsets.identity import filled, source_cluster, source_tables
from messina.deployer.offsets.reading import Standing, is_of, read, standing
from messina.deployer.offsets.times import micros_of
from messina.deployer.site import Site
from messina.pipeline import PipelineSpec

_LEFT = (
    "no backup was written, nothing was stopped or changed; next: messina deploy status {file}, or "
    "--allow-lag for a backup that can be restored where the topics are still the same only"
)


def take(
    site: Site,
    spec: PipelineSpec,
    tables: Sequence[str] = (),
    *,
    timeout: float = 60.0,
    allow_lag: bool = False,
    on_wait: Callable[[Mapping[str, int]], None] = lambda waiting: None,
) -> Backup:
    """Return a backup of a pipeline's offsets. Nothing is stopped: it may run meanwhile.

    Args:
        site: where the pipeline is.
        spec: the pipeline.
        tables: tables without keyspace; none means all.
        timeout: seconds that sinks are given to apply what the sources have put out.
        allow_lag: whether a backup is taken also where they have not.
        on_wait: called with the sinks that are waited for.

    Raises:
        NotApplied: if sinks lag, and that is not allowed.
    """
    found = read(site, spec, tables)
    sources = [one for one in found if one.member.role == "source"]
    sinks = [one.member for one in found if one.member.role == "sink"]
    names = sorted({t for one in found for t in one.member.tables if _asked(spec, t, tables)})
    at_source = source_tables(site, names, micros_of(now()))
    ends = Ends.now(site, sinks)
    lagging: Mapping[str, int] = {}
    left = _LEFT.format(file=spec.argument)
    try:
        until_applied(site, sinks, ends, timeout=timeout, left=left, on_wait=on_wait)
    except NotApplied:
        if not allow_lag:
            raise
        lagging = unapplied(site, sinks, ends)
    written = standing(site, sinks)
    topics = {topic for sink in sinks for topic in sink.topics} | {spec.signals_topic}
    has_rows = filled(site, sorted({t for sink in sinks for t in sink.targets.values()}))
    return Backup(
        pipeline=spec.pipeline,
        taken_at=now(),
        kafka_cluster=site.connect.worker().kafka_cluster_id,
        topics=site.topics.ids(topics),
        source_cluster=source_cluster(site),
        tables=tuple(
            _table(name, at_source[name].table_id, sources, written, has_rows, lagging)
            for name in names
        ),
    )


def _asked(spec: PipelineSpec, table: str, tables: Sequence[str]) -> bool:
    return not tables or table.removeprefix(f"{spec.source.keyspace}.") in tables


def _table(
    name: str,
    table_id: str,
    sources: Sequence[Standing],
    sinks: Sequence[Standing],
    has_rows: Mapping[str, bool],
    lagging: Mapping[str, int],
) -> TableBackup:
    reading = next((one for one in sources if name in one.member.tables), None)
    source = None
    if reading is not None and reading.member.connector is not None:
        source = SourceBackup(
            connector=reading.member.name,
            kind=reading.member.connector,
            state=reading.member.state,
            positions=reading.of(name),
        )
    writing = [one for one in sinks if name in one.member.tables]
    return TableBackup(
        table=name,
        table_id=table_id,
        source=source,
        sinks=tuple(
            SinkBackup(
                connector=one.member.name,
                state=one.member.state,
                positions=one.of(name),
                filled=_filled(name, one, has_rows),
            )
            for one in writing
        ),
        applied=not any(one.member.name in lagging for one in writing),
    )


def _filled(table: str, sink: Standing, has_rows: Mapping[str, bool]) -> dict[str, bool]:
    targets = (t for topic, t in sink.member.targets.items() if is_of(topic, table))
    return {target: has_rows[target] for target in sorted(targets)}
