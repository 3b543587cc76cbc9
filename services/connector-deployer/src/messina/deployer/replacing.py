"""Swapping a source connector for one of another class, in its place: drain, swap, reconcile.

The name stays, and with it Connect's entry: the class is changed while the connector is STOPPED,
once the sinks have applied all that the old one had put out, and once the new one's start is in
Kafka. So a swap that breaks off at any line leaves a connector that is STOPPED and stands where it
should, and the next `apply` goes on. Were it deleted and made again, after a break in between it
would begin at "now".
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from messina.deployer.errors import DeployerError
from messina.deployer.kinds.connector import items
from messina.deployer.offsets.applied import Ends, NotApplied, until_applied
from messina.deployer.offsets.backups import now
from messina.deployer.offsets.identity import SourceTable, source_tables
from messina.deployer.offsets.members import Member, SourceName, member_of, source_name
from messina.deployer.offsets.positions import (
    Form,
    SlicePosition,
    SourcePosition,
    TopicPosition,
    out_until,
    position,
)
from messina.deployer.offsets.reading import Standing, stands
from messina.deployer.offsets.times import micros_of, micros_text
from messina.deployer.resources import ConnectorResource, Value
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.kafka import ConnectProblem, ConnectRefused, Offset
from messina.pipeline import STATIC

DAY = 86_400_000_000
START_S = 60.0
"""Seconds that a connector is given to start once its class was changed: workers rebalance."""
_FORMS: dict[SourceName, Form] = {"messina": "slice", "scylladb": "window"}


class Drained(Value):
    """The old connector is STOPPED, and the sinks have applied all that it had put out."""

    event: Literal["drained"] = "drained"
    connector: str
    sinks: tuple[str, ...]
    seconds: float


class Swapped(Value):
    """The new connector goes on.

    Attributes:
        connector: its name.
        since: the time from which it reads again, in microseconds; None of a sink, which goes on
            at the record where the old one was.
        advice: what to do now, and why.
    """

    event: Literal["swapped"] = "swapped"
    connector: str
    since: int | None
    advice: str


class Swap(Value):
    """What a swap of sources does with offsets.

    Attributes:
        since: everything written before this is out and applied; microseconds.
        stored: where the new one is to stand; none where it finds that out by itself.
        cleared: what Connect still has of an earlier connector of the new one's class.
    """

    since: int
    stored: tuple[SlicePosition, ...] = ()
    cleared: tuple[SourcePosition, ...] = ()

    def offsets(self) -> list[Offset]:
        """Return what Connect is to be sent."""
        stored = [
            Offset(partition=dict(p.partition()), offset=dict(p.offset())) for p in self.stored
        ]
        kept = [p.partition() for p in self.stored]
        gone = [p.partition() for p in self.cleared if p.partition() not in kept]
        return [*stored, *(Offset(partition=dict(p), offset=None) for p in gone)]


class SwapRefused(DeployerError):
    """A connector can't be swapped; the old one is as it was."""


def replace(
    site: Site,
    new: ConnectorResource,
    *,
    timeout: float = 120.0,
    file: str = "FILE",
    hands: Hands | None = None,
) -> Iterator[Drained | Swapped]:
    """Swap a source connector for another class under the same name. It can be repeated.

    The events are made while the work is done. The new connector is not waited for.

    Args:
        site: where it is.
        new: the connector as it is to be.
        timeout: seconds that the sinks are given to apply what the old one had put out.
        file: the spec's file, for the next step that an error names.
        hands: tell the pipeline's watcher; None: nobody is told.

    Raises:
        SwapRefused: if the new one can't begin where the old one ends.
        NotApplied: if the sinks did not get there; the old connector goes on.
    """
    old, sinks = _neighbours(site, new)
    begin = time.monotonic()
    _check(site, old, new, timeout + START_S, file)
    _take(hands, old.name, old.state)
    try:
        drain(site, old, sinks, timeout=timeout, file=file)
        yield Drained(
            connector=old.name,
            sinks=tuple(one.name for one in sinks),
            seconds=time.monotonic() - begin,
        )
        plan = _check(site, old, new, START_S, file)
        _store_and_swap(site, new, plan)
        _resume(site, new.name, hands)
    except (NotApplied, SwapRefused, ConnectProblem):
        _back(site, old, hands)
        raise
    yield Swapped(connector=new.name, since=plan.since, advice=advice(old, plan, file))


def finish(
    site: Site, new: ConnectorResource, *, timeout: float = 120.0, file: str = "FILE"
) -> bool:
    """Let a STOPPED source begin where one of another class ended, if a swap broke off before.

    That is so where Connect has offsets of the other class under its name, and none of its own: it
    never put anything out. (What an earlier connector of its own class has left lies before the
    other one's, so that nothing is missed by going on there.)

    Returns:
        Whether there was something to finish. It is still STOPPED.

    Raises:
        SwapRefused: if it can't begin there any more; it is left STOPPED.
    """
    kind = source_name(new.config.get("connector.class", ""))
    if new.role != "source" or kind is None:
        return False
    everything = site.connect.offsets(new.name)
    stored = [one for one in everything if one.offset is not None]
    if not stored or any(position(_FORMS[kind], one) is not None for one in stored):
        return False
    other: SourceName = "scylladb" if kind == "messina" else "messina"
    old = Member(
        name=new.name,
        role="source",
        form=_FORMS[other],
        connector=other,
        tables=items(new),
        state="STOPPED",
    )
    moment, spare = micros_of(now()), round(timeout * 1_000_000)
    tables = source_tables(site, old.tables, moment)
    plan = swap(stands(old, everything), everything, new, tables, moment, spare, file)
    if offsets := plan.offsets():
        site.connect.alter_offsets(new.name, offsets)
    return True


def drain(
    site: Site, source: Member, sinks: Sequence[Member], *, timeout: float, file: str = "FILE"
) -> float:
    """Stop a source, and wait until its sinks have applied all that it had put out.

    Returns:
        The seconds that the sinks took.

    Raises:
        NotApplied: if they have not in time; the source is left STOPPED.
    """
    site.connect.stop(source.name)
    left = (
        f"the connector {source.name} was not swapped; next: messina deploy status {file}, and "
        f"messina deploy apply {file} once they run"
    )
    return until_applied(site, sinks, Ends.now(site, sinks), timeout=timeout, left=left)


def swap(
    old: Standing,
    everything: Iterable[Offset],
    new: ConnectorResource,
    tables: dict[str, SourceTable],
    moment: int,
    spare: int,
    file: str,
) -> Swap:
    """Return what a swap does with offsets.

    Args:
        old: where the old connector stands.
        everything: all that Connect has under its name.
        new: the connector as it is to be.
        tables: what its tables are at the source.
        moment: the time now, in microseconds.
        spare: for how long it may still take until the new one starts, in microseconds.
        file: the spec's file, for the next step that an error names.

    Raises:
        SwapRefused: if the new one would begin behind where the old one ends.
    """
    kind = source_name(new.config.get("connector.class", ""))
    if kind is None:
        raise SwapRefused(
            f"the connector {new.name} can't be swapped for {new.config.get('connector.class')}: "
            "where it would begin is not known; nothing was changed; next: delete it and apply"
        )
    found = [p for p in (position(_FORMS[kind], one) for one in everything) if p is not None]
    stale = tuple(p for p in found if not isinstance(p, TopicPosition))
    since = _since(old, tables, moment)
    if kind == "scylladb":
        lookback = int(new.config.get("scylla.initial.lookback.ms", "0")) * 1000
        if moment + spare - lookback > since:
            needed = (moment + spare - since) // 60_000_000 + 1
            raise SwapRefused(
                f"the connector {new.name} would begin {lookback // 1_000_000} s before its start, "
                f"and everything is out only until {micros_text(since)}: what lies between would "
                f"be lost; the old one is as it was; next: source.lookback of {needed}m or more in "
                f"{file}, or without it (a day)"
            )
        return Swap(since=since, cleared=stale)
    # as far as its second look would have reached back
    since -= int(new.config.get("safe.confidence.ms", "30000")) * 1000
    slices = int(new.config["slices"])
    stored = tuple(
        SlicePosition(table=table, slice=n, fast_until=since, swept_until=since)
        for table in new.config["tables"].split(",")
        for n in range(slices)
    )
    return Swap(since=since, stored=stored, cleared=stale)


def advice(old: Member, plan: Swap, file: str) -> str:
    """Return what to do after a swap, and why."""
    was = (
        "ScyllaDB's connector may have lost rows before"
        if old.connector == "scylladb"
        else "the two connectors do not carry the same"
    )
    return (
        f"messina reconcile run {file}: {was}; the new one reads again from "
        f"{micros_text(plan.since)}"
    )


def _since(old: Standing, tables: dict[str, SourceTable], moment: int) -> int:
    """Up to when everything is out; the log's beginning where nobody knows."""
    begins = [t.kept_from for t in tables.values() if t.kept_from is not None]
    beginning = min(begins, default=moment - DAY)
    known = [out_until(old.of(table)) for table in old.member.tables]
    return min((beginning if one is None else one for one in known), default=beginning)


def _check(site: Site, old: Member, new: ConnectorResource, spare_s: float, file: str) -> Swap:
    everything = site.connect.offsets(old.name)
    moment = micros_of(now())
    return swap(
        stands(old, everything),
        everything,
        new,
        source_tables(site, old.tables, moment),
        moment,
        round(spare_s * 1_000_000),
        file,
    )


def _store_and_swap(site: Site, new: ConnectorResource, plan: Swap) -> None:
    offsets = plan.offsets()
    stored = not offsets
    if not stored:
        try:
            site.connect.alter_offsets(new.name, offsets)
            stored = True
        except ConnectRefused:
            pass  # the old class does not take them: the new one will
    before = site.connect.get(new.name)
    site.connect.put(new.name, new.config, until_known=False)
    if not stored:
        try:
            site.connect.alter_offsets(new.name, offsets)
        except ConnectProblem:
            # the old one is what can go on from where it stands
            if before is not None:
                old = {name: value for name, value in before.config.items() if value is not None}
                site.connect.put(new.name, old, until_known=False)
            raise


def _take(hands: Hands | None, name: str, state: str) -> None:
    if hands is not None:
        hands.take({name: state})


def _resume(site: Site, name: str, hands: Hands | None) -> None:
    if hands is not None:
        hands.give_back([name])
    site.connect.resume(name)


def _back(site: Site, old: Member, hands: Hands | None) -> None:
    """Let the old connector go on, if it still is the old one and ran."""
    known = site.connect.get(old.name)
    kind = None if known is None else source_name(known.config.get("connector.class") or "")
    if kind == old.connector and old.state != "STOPPED":
        _resume(site, old.name, hands)
    elif kind == old.connector and hands is not None:
        hands.give_back([old.name])


def _neighbours(site: Site, new: ConnectorResource) -> tuple[Member, tuple[Member, ...]]:
    """The connector as it is, and the sinks that read what it puts out."""
    connectors, statuses = site.connect.connectors(), site.connect.statuses()
    pipeline = new.config["topic.prefix"]
    known = connectors.get(new.name)
    found = None if known is None else member_of(pipeline, "", known, statuses.get(new.name))
    if found is None:
        raise SwapRefused(
            f"there is no source connector {new.name} to be swapped; nothing was changed; "
            "next: messina deploy plan FILE"
        )
    topics = {f"{pipeline}.{table}{end}" for table in found.tables for end in ("", STATIC)}
    keyspaces = {table.partition(".")[0] for table in found.tables}
    candidates = (
        member_of(pipeline, keyspace, one, statuses.get(name))
        for name, one in sorted(connectors.items())
        for keyspace in sorted(keyspaces)
    )
    sinks = tuple(m for m in candidates if m and m.role == "sink" and topics & set(m.topics))
    return found, sinks
