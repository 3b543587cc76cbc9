"""connector-deployer: one file becomes a pipeline.

`plan` compares a spec with the world and returns the difference as a frozen value; `apply` carries
it out and tells what it does; `status` says how a pipeline is; `destroy` takes it down. None of
them prints: `messina.deployer.cli` does.
"""

from messina.deployer.applying import apply
from messina.deployer.destroying import destroy
from messina.deployer.errors import DeployerError, NotRunning
from messina.deployer.events import Began, Deleted, Done, Event, Kept, Restarted, Running, Waiting
from messina.deployer.health import PipelineStatus, Side, TableStatus, status
from messina.deployer.plan import (
    Action,
    Change,
    Create,
    FieldChange,
    Plan,
    Restart,
    Resume,
    Unchanged,
)
from messina.deployer.planning import plan
from messina.deployer.version import version

__all__ = [
    "Action",
    "Began",
    "Change",
    "Create",
    "Deleted",
    "DeployerError",
    "Done",
    "Event",
    "FieldChange",
    "Kept",
    "NotRunning",
    "PipelineStatus",
    "Plan",
    "Restart",
    "Restarted",
    "Resume",
    "Running",
    "Side",
    "TableStatus",
    "Unchanged",
    "Waiting",
    "apply",
    "destroy",
    "plan",
    "status",
    "version",
]
