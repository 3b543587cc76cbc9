"""connector-deployer: one file becomes a pipeline.

`plan` compares a spec with the world and returns the difference as a frozen value; `apply` carries
it out and tells what it does; `status` says how a pipeline is, and `verdict` whether that is well;
`act` pauses, resumes and restarts connectors; `destroy` takes a pipeline down. None of them prints:
`messina.deployer.cli` does.
"""

from messina.deployer.applying import apply
from messina.deployer.destroying import destroy
from messina.deployer.errors import DeployerError, NotRunning
from messina.deployer.events import Began, Deleted, Done, Event, Kept, Restarted, Running, Waiting
from messina.deployer.health import Health, Lag, PipelineStatus, Side, TableStatus, verdict
from messina.deployer.inventory import Selection
from messina.deployer.looking import Looker, status
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
from messina.deployer.verbs import Outcome, Outcomes, act
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
    "Health",
    "Kept",
    "Lag",
    "Looker",
    "NotRunning",
    "Outcome",
    "Outcomes",
    "PipelineStatus",
    "Plan",
    "Restart",
    "Restarted",
    "Resume",
    "Running",
    "Selection",
    "Side",
    "TableStatus",
    "Unchanged",
    "Waiting",
    "act",
    "apply",
    "destroy",
    "plan",
    "status",
    "verdict",
    "version",
]
