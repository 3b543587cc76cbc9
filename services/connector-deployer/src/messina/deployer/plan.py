"""A plan: the frozen difference between the spec and the world."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, computed_field

from messina.deployer.promises.model import Promises
from messina.deployer.resources import AnyResource, ConnectorResource, Resource, Value
from messina.pipeline import Endpoints


class FieldChange(Value):
    """One field that differs; `old` is None where there is none yet, `new` where it goes."""

    field: str
    old: str | None
    new: str | None


class Create(Value):
    """Make what does not exist."""

    action: Literal["create"] = "create"
    resource: Resource
    takes: Mapping[str, str] = {}
    """Tables or topics that another connector has now, whose offsets this one takes over: by what
    it is, whose."""


class Change(Value):
    """Make what exists as desired, in the fields that differ."""

    action: Literal["change"] = "change"
    resource: Resource
    changes: tuple[FieldChange, ...]
    takes: Mapping[str, str] = {}
    """As of `Create`."""


class Replace(Value):
    """Take a connector down and make another of its name: it can't become what is desired."""

    action: Literal["replace"] = "replace"
    resource: ConnectorResource
    changes: tuple[FieldChange, ...]
    reasons: tuple[str, ...]


class Restart(Value):
    """Restart a connector that is as desired, but failed, or has tasks missing."""

    action: Literal["restart"] = "restart"
    resource: ConnectorResource
    reason: str
    only_failed: bool = True
    """Whether what runs of it is left alone."""


class Resume(Value):
    """Let a connector go on that is as desired, but was paused or stopped."""

    action: Literal["resume"] = "resume"
    resource: ConnectorResource
    reason: str


class Delete(Value):
    """Take away what the pipeline made once, and its spec does not want any more."""

    action: Literal["delete"] = "delete"
    resource: Resource
    reason: str
    offsets: bool = False
    """Whether a connector's offsets go as well."""


class Unchanged(Value):
    """Leave alone what is as desired."""

    action: Literal["unchanged"] = "unchanged"
    resource: Resource


Step = Create | Change | Replace | Restart | Resume | Delete
"""Something to do."""
Action = Annotated[Step | Unchanged, Field(discriminator="action")]


def taken(action: Action) -> Mapping[str, str]:
    """Return whose offsets an action takes over, by what they are of."""
    return action.takes if isinstance(action, Create | Change) else {}


class Reads(Value):
    """What a plan was made from, so that it can be seen whether that still holds."""

    keyspace: str
    tables: tuple[str, ...]
    patterns: tuple[str, ...] = ()
    """By which some of the tables were found: another one may come to fit."""
    exclude_tables: tuple[str, ...] = ()
    sink_schema: str
    seen: Mapping[str, str]
    """By what was read (`topic a.b.c`, `source table ops.t`): a digest, or `missing`."""


class Plan(Value):
    """What is to be done, in order, and where. Nothing in it is a secret."""

    version: Literal[1] = 1
    pipeline: str
    endpoints: Endpoints
    actions: tuple[Action, ...]
    promises: Promises | None = None
    """What the pipeline costs, and how fast it can be."""
    notes: tuple[str, ...] = ()
    """What to know before: what is not carried, what is kept, what is not healed by this."""
    file: str = "FILE"
    """The spec's file, for the next step that messages name."""
    reads: Reads | None = None
    """What it was made from: a saved plan is carried out only where that is the same."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def summary(self) -> dict[str, int]:
        """Return how many resources there are by action."""
        return dict(Counter(action.action for action in self.actions))

    @property
    def steps(self) -> tuple[Step, ...]:
        """What there is to do: everything but what is unchanged."""
        return tuple(a for a in self.actions if not isinstance(a, Unchanged))

    @property
    def connectors(self) -> tuple[ConnectorResource, ...]:
        """The connectors that the pipeline has in the end, to be done with or not."""
        return tuple(r for r in self.desired if isinstance(r, ConnectorResource))

    @property
    def desired(self) -> tuple[AnyResource, ...]:
        """Every resource that the pipeline has in the end."""
        return tuple(a.resource for a in self.actions if not isinstance(a, Delete))
