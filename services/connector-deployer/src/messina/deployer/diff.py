"""The difference between what is desired and what was found."""

from collections.abc import Iterator, Mapping

from messina.deployer.errors import first_line
from messina.deployer.kinds.connector import items
from messina.deployer.offsets.members import source_name
from messina.deployer.plan import (
    Action,
    Change,
    Create,
    Delete,
    FieldChange,
    Plan,
    Replace,
    Restart,
    Resume,
    Unchanged,
    taken,
)
from messina.deployer.resources import ConnectorResource, Desired, Resource
from messina.deployer.secrecy import shown
from messina.deployer.world import World
from messina.pipeline import Endpoints

UNWANTED = "the spec does not want it any more"
_CLASS = "connector.class"


def diff(
    desired: Desired, world: World, endpoints: Endpoints, *, delete_data: bool = False
) -> Plan:
    """Return the plan that makes the world as desired.

    What can't be made so without losing data must have been refused before: see `checks.fixed`.
    Connectors that are not wanted any more go before others are made, so that no table has two;
    those whose tables another one gets are stopped first, and go when that has their offsets.

    Args:
        desired: what there is to be.
        world: what there is.
        endpoints: where it is.
        delete_data: whether what is not wanted any more goes with its data.
    """
    others = [one for one in desired.all() if not isinstance(one, ConnectorResource)]
    connectors = [_with_offsets(_action(one, world), world) for one in desired.connectors]
    # first, while those that lose tables still stand where they were stopped
    connectors.sort(key=lambda action: (not taken(action), not _leaves_envelopes(action)))
    given = {name for action in connectors for name in taken(action).values()}
    gone = [
        Delete(resource=one, reason=UNWANTED, offsets=delete_data)
        for one in world.strays
        if isinstance(one, ConnectorResource)
    ]
    return Plan(
        pipeline=desired.pipeline,
        endpoints=endpoints,
        actions=(
            *(_action(one, world) for one in others),
            *(action for action in gone if action.resource.name not in given),
            *connectors,
            # whose offsets others take over
            *(action for action in gone if action.resource.name in given),
            *(
                Delete(resource=one, reason=UNWANTED)
                for one in world.strays
                if delete_data and not isinstance(one, ConnectorResource)
            ),
        ),
    )


def _leaves_envelopes(action: Action) -> bool:
    """Whether a source puts out rows from now on, and put out envelopes before.

    Its sinks must have applied those before they take rows. (The other way round they can take
    envelopes first: what makes rows of these leaves rows alone.)
    """
    return isinstance(action, Replace) and source_name(action.resource.config[_CLASS]) == "scylladb"


def _with_offsets(action: Action, world: World) -> Action:
    """Let a connector that gets tables which another one has go on where that one stands.

    A connector's offsets are its own. Where it began anew instead, what changes between the end of
    the one and the beginning of the other would be lost.
    """
    one = action.resource
    if not isinstance(one, ConnectorResource) or isinstance(action, Delete):
        return action
    if isinstance(action, Replace) and one.role == "source":
        return action
    has = {
        item: other.name
        for other in (*world.connectors.values(), *world.strays)
        if isinstance(other, ConnectorResource) and other.role == one.role
        for item in items(other)
        if other.name != one.name
    }
    takes = {item: has[item] for item in items(one) if item in has}
    if not takes:
        return action
    if isinstance(action, Create):
        return Create(resource=one, takes=takes)
    # a sink of another class, too: its offsets are its group's, whatever the class
    differing = action.changes if isinstance(action, Change | Replace) else ()
    return Change(resource=one, changes=differing, takes=takes)


def changes(desired: Resource, existing: Resource) -> tuple[FieldChange, ...]:
    """Return the fields that differ.

    A connector's configuration is ours as a whole: what is not desired goes. Topics and tables may
    have more than is desired: further settings, columns that the source has dropped.
    """
    wanted, found = desired.fields(), existing.fields()
    whole = isinstance(desired, ConnectorResource)
    names = {*wanted, *found} if whole else {*wanted}
    return tuple(_compare(sorted(names), wanted, found))


def _compare(
    names: list[str], wanted: Mapping[str, str], found: Mapping[str, str]
) -> Iterator[FieldChange]:
    for name in names:
        if wanted.get(name) != found.get(name):
            # somebody may have written a secret there by hand
            old = None if (was := found.get(name)) is None else shown(name, was)
            yield FieldChange(field=name, old=old, new=wanted.get(name))


def _action(resource: Resource, world: World) -> Action:
    existing = world.find(resource)
    if existing is None:
        return Create(resource=resource)
    differing = changes(resource, existing)
    if differing and isinstance(resource, ConnectorResource):
        return _another(resource, differing)
    if differing:
        return Change(resource=resource, changes=differing)
    if isinstance(resource, ConnectorResource):
        return _revival(resource, world) or Unchanged(resource=resource)
    return Unchanged(resource=resource)


def _another(resource: ConnectorResource, differing: tuple[FieldChange, ...]) -> Action:
    """Another class: a source goes by other offsets; a sink goes on where the old one was."""
    other = [change for change in differing if change.field == _CLASS]
    if not other:
        return Change(resource=resource, changes=differing)
    reasons = tuple(f"it is another connector: {c.old} → {c.new}" for c in other)
    return Replace(resource=resource, changes=differing, reasons=reasons)


def _revival(resource: ConnectorResource, world: World) -> Action | None:
    status = world.statuses.get(resource.name)
    if status is None:
        return None
    if status.connector.state in ("PAUSED", "STOPPED"):
        return Resume(resource=resource, reason=f"it is {status.connector.state}")
    if status.failed():
        return Restart(resource=resource, reason=first_line(status.last_error() or ""))
    if (there := len(status.tasks)) < resource.tasks:
        reason = f"tasks: {there} → {resource.tasks}"
        return Restart(resource=resource, reason=reason, only_failed=False)
    return None
