"""What to do after a stop of ScyllaDB's connector, which may have lost rows."""

from collections.abc import Iterable

from messina.deployer.offsets.members import source_name
from messina.deployer.plan import Restart, Resume
from messina.deployer.resources import ConnectorResource, Value


def hints(actions: Iterable[Value], file: str) -> tuple[str, ...]:
    """Return what whoever plans should do before connectors go on that were stopped or failed.

    Args:
        actions: of a plan.
        file: the spec's file.
    """
    names = sorted(
        action.resource.name
        for action in actions
        if isinstance(action, Restart | Resume) and _official(action.resource)
    )
    if not names:
        return ()
    return (
        f"connector scylladb: {', '.join(names)} stopped, and may have lost rows of the window in "
        f"which that was; before apply: messina deploy offsets rewind {file} --window, which reads "
        "it again",
    )


def after_restart(resources: Iterable[Value], file: str) -> tuple[str, ...]:
    """Return what to do after connectors were stopped and go on already.

    Args:
        resources: the connectors that were.
        file: the spec's file.
    """
    names = sorted(r.name for r in resources if isinstance(r, ConnectorResource) and _official(r))
    if not names:
        return ()
    return (
        f"connector scylladb: {', '.join(names)} stopped and goes on: to read again what it may "
        f"have lost, messina deploy offsets rewind {file} --to a time before that",
    )


def _official(resource: ConnectorResource) -> bool:
    kind = source_name(resource.config.get("connector.class", ""))
    return resource.role == "source" and kind == "scylladb"
