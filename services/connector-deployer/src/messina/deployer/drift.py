"""What a plan says beside its steps: what is kept, and what its steps alone do not heal."""

from collections.abc import Iterator, Mapping, Sequence

from messina.deployer.plan import Action, Change, Delete, Replace
from messina.deployer.render.sinks import sink_said
from messina.deployer.resources import (
    ConnectorResource,
    Resource,
    TableResource,
    TopicResource,
)
from messina.kafka import ConnectorStatus

STILL = ("PAUSED", "STOPPED")
FEW = 4
"""So many connectors are told by name."""
_ADDED = "column "
_CLASS = "connector.class"
_WRITTEN_BY = frozenset(
    ("delete.enabled", "insert.mode", "primary.key.mode", "pk.mode", "errors.tolerance")
)
"""Settings of sinks that say what becomes of a record. No spec changes them: somebody did."""


def kept(strays: Sequence[Resource], file: str) -> Iterator[str]:
    """Return which data stays of tables that the spec does not name any more."""
    for one in strays:
        if not isinstance(one, ConnectorResource):
            yield (
                f"{one.kind} {one.name} stays, as it holds data that the spec does not name any "
                f"more; messina deploy apply {file} --delete-data deletes it"
            )


def unhealed(actions: Sequence[Action], file: str) -> Iterator[str]:
    """Return what was lost by hand, and does not come back with the settings.

    Args:
        actions: what is to be done.
        file: the spec's file, for the next step.
    """
    for action in actions:
        match action:
            case Change(resource=TableResource() as table, changes=changes):
                added = [c.field for c in changes if c.old is None and c.field.startswith(_ADDED)]
                if added:
                    names = ", ".join(one.removeprefix(_ADDED) for one in added)
                    yield (
                        f"table {table.name}: {names} will be null in the rows that are there; "
                        f"where the source has values, messina reconcile run {file} shows it"
                    )
            case Change(resource=TopicResource() as topic, changes=changes):
                for change in changes:
                    if change.field == "retention.ms" and _shorter(change.old, change.new):
                        yield (
                            f"topic {topic.name}: records may be gone that the sink had not read "
                            f"yet; messina reconcile run {file} finds out"
                        )
                    if change.field == "cleanup.policy":
                        yield (
                            f"topic {topic.name}: what was cleaned up meanwhile stays gone; "
                            f"messina reconcile run {file} finds out"
                        )
            case Change(resource=ConnectorResource() as connector, changes=changes):
                by = [c.field for c in changes if c.field in _WRITTEN_BY and c.old is not None]
                if by and not any(c.field == _CLASS for c in changes):
                    yield (
                        f"connector {connector.name}: what came while {', '.join(by)} was "
                        "another is not written again; messina reconcile run "
                        f"{file} finds what is missing"
                    )
            case Delete(resource=ConnectorResource() as connector, offsets=False):
                yield (
                    f"the offsets of connector {connector.name} stay: if it is made again, it goes "
                    "on from there"
                )


def other_sinks(actions: Sequence[Action], *, stated: bool, file: str) -> Iterator[str]:
    """Return which sinks become another connector, and what of that is nobody's wish.

    Args:
        actions: what is to be done.
        stated: whether the file says which sink connector it wants.
        file: the spec's file, for the way back.
    """
    swapped: dict[tuple[str | None, str | None], int] = {}
    for action in actions:
        if isinstance(action, Change | Replace) and isinstance(action.resource, ConnectorResource):
            for one in action.changes:
                if one.field == _CLASS and action.resource.role == "sink":
                    swapped[one.old, one.new] = swapped.get((one.old, one.new), 0) + 1
    for (old, new), count in swapped.items():
        was, becomes = sink_said(old or ""), sink_said(new or "")
        who = f"{count} sinks" if count > 1 else "1 sink"
        verb = "become" if count > 1 else "becomes"
        default = "" if stated else f": the default, as {file} names no sink.connector"
        keep = f"; to keep what is there: `connector: {was}` under `sink` in {file}"
        yield (
            f"{who} of the connector {was} {verb} {becomes}{default}. Each goes on at the record "
            f"where it stands, and stands still for some seconds{'' if stated else keep}"
        )


def gone_on(
    actions: Sequence[Action], statuses: Mapping[str, ConnectorStatus], file: str
) -> Iterator[str]:
    """Return which connectors stand still and are changed: they go on with it.

    Of one that is as it should be that is the step itself.

    Args:
        actions: what is to be done.
        statuses: how connectors are.
        file: the spec's file, for who wants them to stand still.
    """
    states = {
        action.resource.name: statuses[action.resource.name].connector.state
        for action in actions
        if isinstance(action, Change | Replace) and action.resource.name in statuses
    }
    still = [f"{name} ({states[name]})" for name in sorted(states) if states[name] in STILL]
    if still:
        more = f" and {len(still) - FEW} more" if len(still) > FEW else ""
        whose = "its" if len(still) == 1 else "their"
        yield (
            f"{', '.join(still[:FEW])}{more}: to be changed, and then resumed; to have {whose} "
            f"rows wait again: messina deploy stop {file}, with --table"
        )


def strict_registry(mode: str | None, url: str) -> Iterator[str]:
    """Return what a registry would refuse, where it compares a schema with those before it.

    Args:
        mode: its compatibility; None where it does not say.
        url: where it is.
    """
    if mode not in (None, "NONE"):
        yield (
            f"the registry {url} takes schemas that are {mode} compatible only: a source stops "
            "where a column comes back as another type, or a key changes; NONE takes what comes"
        )


def _shorter(old: str | None, new: str | None) -> bool:
    """Whether a time to keep was shorter than it should be; -1 is for ever."""
    try:
        was, wanted = int(old or ""), int(new or "")
    except ValueError:
        return False
    return was != -1 and (wanted == -1 or was < wanted)
