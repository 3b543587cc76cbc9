"""What a plan says beside its steps: what is kept, and what its steps alone do not heal."""

from collections.abc import Iterator, Sequence

from messina.deployer.plan import Action, Change, Delete
from messina.deployer.resources import (
    ConnectorResource,
    Resource,
    TableResource,
    TopicResource,
)

_ADDED = "column "


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
            case Delete(resource=ConnectorResource() as connector, offsets=False):
                yield (
                    f"the offsets of connector {connector.name} stay: if it is made again, it goes "
                    "on from there"
                )


def _shorter(old: str | None, new: str | None) -> bool:
    """Whether a time to keep was shorter than it should be; -1 is for ever."""
    try:
        was, wanted = int(old or ""), int(new or "")
    except ValueError:
        return False
    return was != -1 and (wanted == -1 or was < wanted)
