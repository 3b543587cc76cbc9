"""What the commands do, from a spec to events: reading, deciding, then altering."""

from collections.abc import Iterable, Mapping, Sequence

from messina.deployer.offsets import restoring, rewinding
from messina.deployer.offsets.alterations import Alterations
from messina.deployer.offsets.backups import Backup, now
from messina.deployer.offsets.identity import filled, logs, source_tables
from messina.deployer.offsets.reading import Standing, read
from messina.deployer.offsets.restoring import Allowed, Here
from messina.deployer.offsets.rewinding import Kept, Side, chosen
from messina.deployer.offsets.times import micros_of
from messina.deployer.site import Site
from messina.pipeline import PipelineSpec


def plan_restore(
    site: Site, spec: PipelineSpec, backup: Backup, tables: Sequence[str], allowed: Allowed
) -> Alterations:
    """Return what it takes to go on where a backup was taken.

    Args:
        site: where the pipeline is; it has been applied there.
        spec: the pipeline.
        backup: the backup.
        tables: tables without keyspace; none means all of the backup.
        allowed: what may be done though it is refused otherwise.

    Raises:
        OffsetsRefused: with every reason, and what to do.
    """
    found = read(site, spec, tables)
    carried = {t for one in found if one.member.role == "source" for t in one.member.tables}
    targets = {target for t in backup.tables for s in t.sinks for target in s.filled}
    here = Here(
        pipeline=spec.pipeline,
        file=spec.argument,
        signals_topic=spec.signals_topic,
        kafka_cluster=site.connect.worker().kafka_cluster_id,
        topics=site.topics.ids(backup.topics),
        tables=source_tables(
            site, sorted(carried & {t.table for t in backup.tables}), micros_of(now())
        ),
        filled=filled(site, sorted(targets)),
        standings=found,
    )
    return restoring.restore(backup, here, _full(spec, tables), allowed)


def plan_rewind(
    site: Site,
    spec: PipelineSpec,
    tables: Sequence[str],
    to: int,
    side: Side,
    *,
    beyond_log: bool = False,
) -> Alterations:
    """Return what it takes to go back to a time (microseconds); see `rewinding.rewind`."""
    standings = chosen(read(site, spec, tables), side)
    names = sorted(
        {t for s in standings if s.member.role == "source" for t in s.member.tables}
        & set(_full(spec, tables) or [t for s in standings for t in s.member.tables])
    )
    topics = _topics(standings)
    kept = Kept(
        logs=logs(source_tables(site, names, micros_of(now()))),
        offsets_at=_by_place(site.positions.at_of(topics, to // 1000)),
        beginnings=_by_place(site.positions.beginnings_of(topics)),
    )
    found = rewinding.rewind(
        spec.pipeline, standings, _full(spec, tables), to, kept, beyond_log=beyond_log
    )
    return found.model_copy(update={"file": spec.argument})


def plan_rewind_window(site: Site, spec: PipelineSpec, tables: Sequence[str]) -> Alterations:
    """Return what it takes to read again the windows that sources were stopped in."""
    standings = chosen(read(site, spec, tables), "sources")
    found = rewinding.rewind_window(spec.pipeline, standings, _full(spec, tables))
    return found.model_copy(update={"file": spec.argument})


def plan_reset(
    site: Site, spec: PipelineSpec, tables: Sequence[str], side: Side, *, to_now: bool
) -> Alterations:
    """Return what it takes to forget where connectors stood, or to set them to now."""
    standings = chosen(read(site, spec, tables), side)
    ends: Mapping[tuple[str, int], int] = {}
    if to_now:
        ends = _by_place(site.positions.ends_of(_topics(standings)))
    moment = micros_of(now()) if to_now else None
    found = rewinding.reset(spec.pipeline, standings, _full(spec, tables), moment, ends)
    return found.model_copy(update={"file": spec.argument})


def _full(spec: PipelineSpec, tables: Iterable[str]) -> list[str]:
    return [f"{spec.source.keyspace}.{table}" for table in tables]


def _by_place(found: Mapping[str, Mapping[int, int]]) -> dict[tuple[str, int], int]:
    return {(topic, n): offset for topic, offsets in found.items() for n, offset in offsets.items()}


def _topics(standings: Iterable[Standing]) -> list[str]:
    return sorted({t for s in standings if s.member.role == "sink" for t in s.member.topics})
