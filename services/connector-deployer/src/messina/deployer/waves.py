"""Steps that are carried out together, so that a hundred tables don't take a hundred times as long.

Topics are made in one request. Connectors are made in waves: those of a wave at once, as Connect
then gives out their tasks in few rebalances instead of two for each; the next wave when they have
started, so that not all of them load their drivers at the same time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from messina.deployer.plan import Create, Delete, Replace, Step, taken
from messina.deployer.resources import ConnectorResource, TopicResource

WAVE = 20
"""Connectors that are made at once."""
_TAKES = {role: f"{role} that takes offsets" for role in ("source", "sink")}
# those that take tables from each other have to stand still together
_WHOLE = ("topics", *_TAKES.values())


@dataclass(frozen=True)
class Wave:
    """Steps that don't wait for each other.

    Attributes:
        steps: at least one.
        starting: the connectors of them that are to run afterwards.
    """

    steps: tuple[Step, ...]

    @property
    def starting(self) -> tuple[ConnectorResource, ...]:
        """The connectors of it that are to run afterwards."""
        return tuple(
            step.resource
            for step in self.steps
            if isinstance(step.resource, ConnectorResource) and not isinstance(step, Delete)
        )


def waves(steps: Sequence[Step], size: int = WAVE) -> Iterator[Wave]:
    """Return the steps in their order, those together that may go together.

    Args:
        steps: what is to be done.
        size: how many connectors may be in one wave.
    """
    for kind, group in groupby(steps, key=_kind):
        together = tuple(group)
        length = {"one": 1}.get(kind, len(together) if kind in _WHOLE else size)
        for start in range(0, len(together), length):
            yield Wave(together[start : start + length])


def _kind(step: Step) -> str:
    match step:
        case Create(resource=TopicResource()):
            return "topics"
        case Replace(resource=ConnectorResource(role="source")):
            return "one"
        case Replace():
            return "swapped sinks"
        case Delete(resource=ConnectorResource()):
            return "deleted connectors"
        case _ if isinstance(step.resource, ConnectorResource) and taken(step):
            return _TAKES[step.resource.role]
        case _ if isinstance(step.resource, ConnectorResource):
            # sinks and sources apart: a source begins when all sinks are there
            return step.resource.role
        case _:
            return "one"
