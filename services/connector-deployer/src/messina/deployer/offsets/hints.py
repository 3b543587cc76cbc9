"""What to do about a stop of ScyllaDB's connector, which may have lost rows.

It commits a row's batch as done before the other rows of it are out: whatever stops it, rows may be
lost. As long as it stands, its window can be read again as a whole; afterwards a time is needed.
"""

from collections.abc import Collection, Iterable

from messina.deployer.offsets.members import source_name
from messina.deployer.plan import Action, Change, Restart, Resume
from messina.deployer.resources import ConnectorResource


def before_going_on(actions: Iterable[Action], file: str) -> tuple[str, ...]:
    """Return what a plan advises before connectors go on that stand or have failed.

    Args:
        actions: of the plan.
        file: the spec's file.
    """
    names = {a.resource.name for a in actions if isinstance(a, Restart | Resume) and _is(a)}
    return standing(names, file)


def standing(names: Iterable[str], file: str) -> tuple[str, ...]:
    """Return what to do about connectors of ScyllaDB that stand or have failed.

    Args:
        names: the connectors.
        file: the spec's file.
    """
    listed = ", ".join(sorted(names))
    if not listed:
        return ()
    return (
        f"connector scylladb: {listed} stopped, and may have lost rows of the window in which that "
        f"was; before apply: messina deploy offsets rewind {file} --window, which reads it again",
    )


def after_going_on(
    actions: Iterable[Action], restarted: Collection[str], file: str
) -> tuple[str, ...]:
    """Return what to do about connectors of ScyllaDB that an apply has stopped and started.

    Args:
        actions: of the plan that was applied.
        restarted: connectors that failed meanwhile and were restarted.
        file: the spec's file.
    """
    names = sorted(
        action.resource.name
        for action in actions
        if _is(action)
        and (isinstance(action, Change | Restart | Resume) or action.resource.name in restarted)
    )
    if not names:
        return ()
    return (
        f"connector scylladb: {', '.join(names)} stopped and went on: what it may have lost then "
        f"is read again by messina deploy offsets rewind {file} --to 15m, or from when it stopped",
    )


def _is(action: Action) -> bool:
    resource = action.resource
    return (
        isinstance(resource, ConnectorResource)
        and source_name(resource.config.get("connector.class", "")) == "scylladb"
    )
