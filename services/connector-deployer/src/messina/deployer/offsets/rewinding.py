"""Going back to a time, to a window's beginning, or to nothing: what that alters.

Sources are never set forward: what lies between would not be read. Going back is harmless: rows are
read again as they are now, and written again.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from messina.deployer.offsets.alterations import (
    Alteration,
    Alterations,
    OffsetsRefused,
    altered,
)
from messina.deployer.offsets.positions import (
    SlicePosition,
    SourcePosition,
    TopicPosition,
    WindowPosition,
)
from messina.deployer.offsets.reading import Standing
from messina.deployer.offsets.times import micros_text
from messina.deployer.resources import Value

Side = Literal["sources", "sinks", "both"]


class Kept(Value):
    """From when on the logs of tables, and topics, still hold what happened.

    Attributes:
        logs: by table (with its keyspace), the time in microseconds; a table whose log is kept for
            ever is not there.
        offsets_at: by topic and partition, the first offset of the time that is asked for; one
            that has none is not there.
        beginnings: by topic and partition, the oldest offset.
    """

    logs: Mapping[str, int] = {}
    offsets_at: Mapping[tuple[str, int], int] = {}
    beginnings: Mapping[tuple[str, int], int] = {}


def chosen(standings: Iterable[Standing], side: Side) -> tuple[Standing, ...]:
    """Return the connectors of a side."""
    return tuple(s for s in standings if side in ("both", f"{s.member.role}s"))


def rewind(
    pipeline: str,
    standings: Iterable[Standing],
    tables: Iterable[str],
    to: int,
    kept: Kept,
    *,
    beyond_log: bool = False,
) -> Alterations:
    """Return what it takes to go back to a time.

    Args:
        pipeline: its name.
        standings: the connectors that go back.
        tables: tables (with their keyspace) that go back; none means all of the connectors'.
        to: the time, in microseconds.
        kept: what there still is of that time.
        beyond_log: go back also where the log of that time is gone.

    Raises:
        OffsetsRefused: if a log does not reach back so far, or a source has no offsets.
    """
    wanted = set(tables)
    idle, gone, notes, alterations = [], [], [], []
    lost = {t: since for t, since in kept.logs.items() if since > to}
    for standing in standings:
        mine = [p for t in standing.member.tables for p in standing.of(t) if _in(t, wanted)]
        if not mine and standing.member.role == "source":
            idle.append(
                f"connector {standing.member.name} has no offsets yet: it never came so far"
            )
        for table in standing.member.tables:
            if standing.member.role == "source" and _in(table, wanted) and table in lost:
                gone.append(_lost(table, to, lost[table]))
        changed = altered(standing, ((p, _back(p, to, kept)) for p in mine))
        if changed is not None:
            alterations.append(changed)
            notes.extend(_cut(changed, kept))
    steps = ["let it run first, or name other tables with --table"] if idle else []
    if gone and not beyond_log:
        steps.append(
            "a later time, or the same with --beyond-log, and then messina reconcile run, which "
            "finds what is missing"
        )
    if steps:
        raise OffsetsRefused("rewind", [*idle, *gone], "; ".join(steps))
    return Alterations(
        verb="rewind",
        pipeline=pipeline,
        alterations=tuple(alterations),
        notes=(*gone, *notes),
    )


def rewind_window(
    pipeline: str, standings: Iterable[Standing], tables: Iterable[str]
) -> Alterations:
    """Return what it takes for ScyllaDB's connector to read again the windows it was stopped in.

    Raises:
        OffsetsRefused: for Messina's connector, which needs it never.
    """
    wanted = set(tables)
    alterations = []
    for standing in standings:
        if standing.member.connector == "messina":
            raise OffsetsRefused(
                "rewind",
                [
                    f"connector {standing.member.name} is Messina's: it commits its offsets with "
                    "its events, and reads again by itself what lies between its two looks"
                ],
                "nothing needs to be done after a stop; to go back further: --to TIME",
            )
        mine = [p for t in standing.member.tables for p in standing.of(t) if _in(t, wanted)]
        windows = (p for p in mine if isinstance(p, WindowPosition))
        changed = altered(standing, ((p, p.rewound(None)) for p in windows))
        if changed is not None:
            alterations.append(changed)
    return Alterations(verb="rewind", pipeline=pipeline, alterations=tuple(alterations))


def reset(
    pipeline: str,
    standings: Iterable[Standing],
    tables: Iterable[str],
    now: int | None,
    ends: Mapping[tuple[str, int], int],
) -> Alterations:
    """Return what it takes to forget where connectors stood, or to set them to now.

    Args:
        pipeline: its name.
        standings: the connectors.
        tables: tables (with their keyspace); none means all of the connectors'.
        now: the time now in microseconds; None forgets.
        ends: by topic and partition, where topics end; for sinks that are set to now.
    """
    wanted = set(tables)
    alterations = []
    for standing in standings:
        mine = [p for t in standing.member.tables for p in standing.of(t) if _in(t, wanted)]
        pairs: list[tuple[SourcePosition | TopicPosition, SourcePosition | TopicPosition | None]]
        pairs = [(p, None if now is None else _now(p, now, ends)) for p in mine]
        if (changed := altered(standing, pairs)) is not None:
            alterations.append(changed)
    return Alterations(
        verb="reset",
        pipeline=pipeline,
        alterations=tuple(alterations),
        notes=tuple(dict.fromkeys(_meaning(one, now) for one in alterations)),
    )


def _in(table: str, wanted: set[str]) -> bool:
    return not wanted or table in wanted


def _back(
    one: SourcePosition | TopicPosition, to: int, kept: Kept
) -> SourcePosition | TopicPosition:
    if not isinstance(one, TopicPosition):
        return one.rewound(to)
    at = kept.offsets_at.get((one.topic, one.partition_number))
    return one if at is None else one.model_copy(update={"next_offset": min(at, one.next_offset)})


def _now(
    one: SourcePosition | TopicPosition, now: int, ends: Mapping[tuple[str, int], int]
) -> SourcePosition | TopicPosition | None:
    if isinstance(one, SlicePosition):
        # without table_id and key: the table is taken as it is
        times = {"fast_until": now, "swept_until": now, "table_id": None, "key": None}
        return one.model_copy(update=times)
    if isinstance(one, WindowPosition):
        ms = now // 1000
        return one.model_copy(update={"window_start": ms, "window_end": ms, "change": None})
    end = ends.get((one.topic, one.partition_number), one.next_offset)
    return one.model_copy(update={"next_offset": end})


def _meaning(one: Alteration, now: int | None) -> str:
    match one.member.role, one.member.connector, now:
        case "source", _, int():
            return (
                "sources go on from now: what was written until now and is not out yet is never "
                "read, and nobody tells of it; messina reconcile run finds it"
            )
        case "source", "messina", _:
            return (
                "Messina's sources forget where they stood and begin at the time that they start: "
                "what is written until then and is not out yet is never read; "
                "messina reconcile run finds it"
            )
        case "source", _, _:
            return (
                "ScyllaDB's sources forget where they stood and begin at source.lookback before "
                "the time that they start"
            )
        case _, _, int():
            return (
                "sinks go on from their topics' ends: records that they have not read are never "
                "applied; messina reconcile run finds the rows"
            )
        case _:
            return (
                "sinks read their topics from the oldest record that is kept: rows go back to old "
                "states and forward again until they are through"
            )


def _lost(table: str, to: int, since: int) -> str:
    return (
        f"the log of {table} is kept from {micros_text(since)} on, by its CDC's ttl: changes "
        f"between {micros_text(to)} and then can't be read again"
    )


def _cut(one: Alteration, kept: Kept) -> list[str]:
    topics = sorted(
        {
            p.topic
            for e in one.entries
            if isinstance(p := e.after, TopicPosition)
            and 0 < kept.beginnings.get((p.topic, p.partition_number), 0) >= p.next_offset
        }
    )
    return [
        f"topic {topic} begins there: records from before its oldest one are gone"
        for topic in topics
    ]
