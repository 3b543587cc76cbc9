"""A plan: the frozen difference between the spec and the world."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, computed_field

from messina.deployer.resources import ConnectorResource, Resource, Value
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


class Change(Value):
    """Make what exists as desired, in the fields that differ."""

    action: Literal["change"] = "change"
    resource: Resource
    changes: tuple[FieldChange, ...]


class Restart(Value):
    """Restart a connector that is as desired, but failed."""

    action: Literal["restart"] = "restart"
    resource: ConnectorResource
    reason: str


class Resume(Value):
    """Let a connector go on that is as desired, but was paused or stopped."""

    action: Literal["resume"] = "resume"
    resource: ConnectorResource
    reason: str


class Unchanged(Value):
    """Leave alone what is as desired."""

    action: Literal["unchanged"] = "unchanged"
    resource: Resource


Action = Annotated[Create | Change | Restart | Resume | Unchanged, Field(discriminator="action")]


class Plan(Value):
    """What is to be done, in order, and where. Nothing in it is a secret."""

    version: Literal[1] = 1
    pipeline: str
    endpoints: Endpoints
    actions: tuple[Action, ...]
    notes: tuple[str, ...] = ()
    """What to know before: what the chosen connectors will not carry."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def summary(self) -> dict[str, int]:
        """Return how many resources there are by action."""
        return dict(Counter(action.action for action in self.actions))

    @property
    def steps(self) -> tuple[Create | Change | Restart | Resume, ...]:
        """What there is to do: everything but what is unchanged."""
        return tuple(a for a in self.actions if not isinstance(a, Unchanged))

    @property
    def connectors(self) -> tuple[ConnectorResource, ...]:
        """The connectors of the pipeline, to be done with or not."""
        resources = (action.resource for action in self.actions)
        return tuple(r for r in resources if isinstance(r, ConnectorResource))
