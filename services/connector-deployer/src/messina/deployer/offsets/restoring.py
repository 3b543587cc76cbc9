"""Putting offsets back from a backup: what that alters, and why it may be refused."""

from collections.abc import Iterable, Mapping

from messina.deployer.offsets.alterations import (
    Alteration,
    Alterations,
    OffsetsRefused,
    altered,
)
from messina.deployer.offsets.backups import Backup, TableBackup
from messina.deployer.offsets.identity import SourceTable
from messina.deployer.offsets.positions import (
    SlicePosition,
    SourcePosition,
    TopicPosition,
    WindowPosition,
)
from messina.deployer.offsets.reading import Standing
from messina.deployer.offsets.times import micros_text
from messina.deployer.resources import Value

Pair = tuple[SourcePosition | TopicPosition | None, SourcePosition | TopicPosition | None]


class Here(Value):
    """What the place is like where a backup is to be restored.

    Attributes:
        pipeline: the spec's name.
        file: the spec on a command line, for next steps.
        signals_topic: of that pipeline.
        kafka_cluster: the id of its Kafka cluster.
        topics: the ids of its topics.
        tables: what the source's tables are now, by name with keyspace.
        filled: whether Postgres tables have rows.
        standings: where its connectors stand.
    """

    pipeline: str
    file: str = "FILE"
    signals_topic: str
    kafka_cluster: str
    topics: Mapping[str, str]
    tables: Mapping[str, SourceTable]
    filled: Mapping[str, bool]
    standings: tuple[Standing, ...]


class Allowed(Value):
    """What may be done though it is refused otherwise."""

    sources_only: bool = False
    forward: bool = False
    beyond_log: bool = False
    empty_sink: bool = False


NOTHING = Allowed()
"""Nothing that is refused."""


class _Problems:
    """Why it can't be done, and which options or commands would help."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.steps: dict[str, None] = {}

    def add(self, problem: str, step: str) -> None:
        self.found.append(problem)
        self.steps[step] = None


def restore(
    backup: Backup, here: Here, tables: Iterable[str] = (), allowed: Allowed = NOTHING
) -> Alterations:
    """Return what it takes to go on where a backup was taken.

    Args:
        backup: the backup.
        here: where it is to be restored.
        tables: tables (with their keyspace); none means all of the backup.
        allowed: what may be done though it is refused otherwise.

    Raises:
        OffsetsRefused: with every reason, and what to do.
    """
    wanted = set(tables)
    problems = _Problems()
    if backup.pipeline != here.pipeline:
        problems.add(
            f"the backup is of pipeline {backup.pipeline}, the spec is of {here.pipeline}",
            "the spec of that pipeline",
        )
    for name in sorted(wanted - {t.table for t in backup.tables}):
        problems.add(f"the backup has no table {name}", "another --table, or another backup")
    chosen = [t for t in backup.tables if not wanted or t.table in wanted]
    same_kafka = backup.kafka_cluster == here.kafka_cluster
    sinks = same_kafka and not allowed.sources_only
    if not same_kafka and not allowed.sources_only:
        problems.add(
            f"the backup is of Kafka cluster {backup.kafka_cluster}, this is {here.kafka_cluster}: "
            "what its sinks had read are offsets of other topics",
            "--sources-only: sources go on from the backup, sinks read what these put out",
        )
    pairs: dict[str, list[Pair]] = {}
    for table in chosen:
        _source(table, backup, here, allowed, problems, pairs)
        if not allowed.empty_sink:
            _emptied(table, here, problems)
        if sinks:
            _sinks(table, backup, here, allowed, problems, pairs)
        elif not table.applied:
            problems.add(
                f"the sinks of {table.table} lagged when the backup was taken (--allow-lag): "
                "without its topics the rows that they had not applied would be missing",
                f"messina deploy offsets rewind {here.file} --to a time before the sinks lagged",
            )
    if problems.found:
        raise OffsetsRefused("restore", problems.found, "; or ".join(problems.steps))
    return Alterations(
        verb="restore",
        pipeline=here.pipeline,
        file=here.file,
        alterations=tuple(_alterations(here, pairs)),
        notes=tuple(_notes(backup, chosen, here, sinks)),
    )


def _alterations(here: Here, pairs: Mapping[str, list[Pair]]) -> Iterable[Alteration]:
    for standing in here.standings:
        changed = altered(standing, pairs.get(standing.member.name, ()))
        if changed is not None:
            yield changed


def _source(
    table: TableBackup,
    backup: Backup,
    here: Here,
    allowed: Allowed,
    problems: _Problems,
    pairs: dict[str, list[Pair]],
) -> None:
    name, stored = table.table, table.source
    if stored is None or not stored.positions:
        return
    reading = [s for s in here.standings if s.member.role == "source" and name in s.member.tables]
    if not reading or name not in here.tables:
        problems.add(
            f"no source connector carries {name} here",
            f"messina deploy apply {here.file}, then again",
        )
        return
    standing, now = reading[0], here.tables[name]
    rewind = f"messina deploy offsets rewind {here.file} --to {micros_text(table.since or 0)}"
    if now.table_id != table.table_id:
        problems.add(
            f"{name} is another table than the backup's, here {now.table_id}, there "
            f"{table.table_id}: dropped and created again, or of another cluster",
            f"if it has the same rows and log: {rewind}; if not, a full reconcile",
        )
        return
    if standing.member.connector != stored.kind:
        problems.add(
            f"{name} was carried by the connector {stored.kind} then, and is by "
            f"{standing.member.connector} now: their offsets have different forms",
            rewind,
        )
        return
    if now.kept_from is not None and (table.since or 0) < now.kept_from and not allowed.beyond_log:
        problems.add(
            f"the log of {name} is kept from {micros_text(now.kept_from)} on, and the backup "
            f"stands at {micros_text(table.since or 0)}: changes between can't be read again",
            f"--beyond-log, then messina reconcile run {here.file}, which finds what is missing",
        )
    same_signals = _same(here.signals_topic, backup, here)
    of_table = standing.of(name)
    slices = standing.member.slices
    wanted = _placed(stored.positions, of_table, slices, same_signals=same_signals)
    present = {_key(p): p for p in of_table}
    mine: list[Pair] = [(present.get(_key(p)), p) for p in wanted]
    ahead = [b for b, a in mine if b is not None and a is not None and _ahead(a, b)]
    if ahead and not allowed.forward:
        problems.add(
            f"the source of {name} stands before the backup, at {ahead[0].text()} in "
            f"{ahead[0].place}: what lies between would not be read",
            "leave it, it gets there by itself; --forward to skip what lies between",
        )
    pairs.setdefault(standing.member.name, []).extend(mine)


def _placed(
    stored: Iterable[SourcePosition | TopicPosition],
    present: Iterable[SourcePosition | TopicPosition],
    count: int | None,
    *,
    same_signals: bool,
) -> list[SourcePosition]:
    """Return the positions of a table as they are to be set here.

    Args:
        stored: as the backup has them.
        present: as they are here, of the same table: a connector may carry others.
        count: how many slices there are here; None takes the backup's.
        same_signals: whether the topic of signals is the backup's.
    """
    windows = [p.rewound(None) for p in stored if isinstance(p, WindowPosition)]
    slices = [p for p in stored if isinstance(p, SlicePosition)]
    if not slices:
        return list(windows)
    served = {p.slice: p.signals_until for p in present if isinstance(p, SlicePosition)}
    count = count or len(slices)
    if {p.slice for p in slices} != set(range(count)):
        # cut otherwise: each of the new ones begins where the last of the old ones was
        slices = [
            slices[0].model_copy(
                update={
                    "slice": number,
                    "fast_until": min(p.fast_until for p in slices),
                    "swept_until": min(p.swept_until for p in slices),
                    "signals_until": min(p.signals_until for p in slices),
                }
            )
            for number in range(count)
        ]
    if same_signals:
        return list(slices)
    return [p.model_copy(update={"signals_until": served.get(p.slice, 0)}) for p in slices]


def _sinks(
    table: TableBackup,
    backup: Backup,
    here: Here,
    allowed: Allowed,
    problems: _Problems,
    pairs: dict[str, list[Pair]],
) -> None:
    for sink in table.sinks:
        stored = [p for p in sink.positions if isinstance(p, TopicPosition)]
        anew = sorted({p.topic for p in stored if not _same(p.topic, backup, here)})
        if anew:
            problems.add(
                f"topic {', '.join(anew)} was deleted and made anew since the backup: its offsets "
                "are others",
                "--sources-only: sources go on from the backup, sinks read what these put out",
            )
            continue
        for standing in here.standings:
            if standing.member.role != "sink":
                continue
            mine = [p for p in stored if p.topic in standing.member.topics]
            present = {_key(p): p for p in standing.positions}
            found: list[Pair] = [(present.get(_key(p)), p) for p in mine]
            if any(_skips(a, b) for b, a in found) and not allowed.forward:
                problems.add(
                    f"the sink {standing.member.name} stands before the backup: records between "
                    "would not be applied",
                    "leave it, it gets there by itself; --forward to skip what lies between",
                )
            pairs.setdefault(standing.member.name, []).extend(found)


def _emptied(table: TableBackup, here: Here, problems: _Problems) -> None:
    targets = [
        target
        for sink in table.sinks
        for target, filled in sink.filled.items()
        if filled and not here.filled.get(target)
    ]
    if targets:
        problems.add(
            f"Postgres has no rows in {', '.join(targets)}, and had some when the backup was "
            "taken: what came before it would be missing",
            "bring the rows back first; --empty-sink to go on without them",
        )


def _notes(backup: Backup, chosen: Iterable[TableBackup], here: Here, sinks: bool) -> Iterable[str]:
    carried = {t for s in here.standings for t in s.member.tables}
    for name in sorted(carried - {t.table for t in backup.tables}):
        yield f"{name} is not in the backup and was left as it is"
    if not sinks:
        yield (
            "sinks were left as they are; they read what the sources put out from here on. "
            "The first stack's connectors must be gone: two sinks would write the same tables"
        )
    slices = [s for t in chosen if t.source for s in t.source.positions]
    if any(isinstance(p, WindowPosition) for p in slices):
        yield "connector scylladb: the windows in which it stood are read again as a whole"


def _same(topic: str, backup: Backup, here: Here) -> bool:
    known = backup.topics.get(topic)
    return known is not None and here.topics.get(topic) == known


def _key(one: SourcePosition | TopicPosition) -> str:
    return f"{'' if isinstance(one, TopicPosition) else one.table} {one.place}"


def _ahead(after: object, before: object) -> bool:
    if isinstance(after, SlicePosition) and isinstance(before, SlicePosition):
        return after.fast_until > before.fast_until or after.swept_until > before.swept_until
    if isinstance(after, WindowPosition) and isinstance(before, WindowPosition):
        return after.window_start > before.window_start
    return False


def _skips(after: object, before: object) -> bool:
    """Whether a sink would leave out records; one that forgot where it stood is put back."""
    if isinstance(after, TopicPosition) and isinstance(before, TopicPosition):
        return after.next_offset > before.next_offset
    return False
