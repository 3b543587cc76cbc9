"""What the core tells while it works; the command line shows it."""

from typing import Literal

from messina.deployer.plan import Action
from messina.deployer.resources import Value


class Began(Value):
    """A step of a plan begins."""

    event: Literal["began"] = "began"
    step: Action


class Done(Value):
    """A step of a plan is done: of a connector, that Connect has taken it, not that it runs."""

    event: Literal["done"] = "done"
    step: Action
    seconds: float
    """How long it took; of steps that are done together, each took as long as all."""


class Waiting(Value):
    """Connectors are waited for; each is told with what it is now."""

    event: Literal["waiting"] = "waiting"
    connectors: dict[str, str]
    of: int
    """How many there are to be in the end, those that run included."""
    seconds: float


class Restarted(Value):
    """A connector that failed while it was waited for was restarted, once."""

    event: Literal["restarted"] = "restarted"
    connector: str
    reason: str


class Running(Value):
    """Every connector runs with as many tasks as expected."""

    event: Literal["running"] = "running"
    connectors: int
    tasks: int
    seconds: float


class Advised(Value):
    """What whoever applies should do now."""

    event: Literal["advised"] = "advised"
    text: str


class Deleted(Value):
    """Something of a pipeline is gone."""

    event: Literal["deleted"] = "deleted"
    kind: Literal["connector", "offsets", "topic", "subject", "view", "table"]
    name: str


class Kept(Value):
    """Something of a pipeline was left, as it holds data."""

    event: Literal["kept"] = "kept"
    kind: Literal["offsets", "topic", "subject", "view", "table"]
    name: str
    reason: str | None = None
    """Why it was kept although it was to go."""


Event = Began | Done | Waiting | Restarted | Running | Advised
