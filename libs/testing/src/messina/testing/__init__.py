"""What tests share: the one stack of a run, waits, data makers."""

from messina.testing.keyspaces import new_keyspace
from messina.testing.loading import load_rows
from messina.testing.lone_standin import LoneStandin, running_standin
from messina.testing.options import OptionProblem, Options
from messina.testing.recorder import Recorder
from messina.testing.stack import Stack, running_second_stack, running_stack
from messina.testing.standin import Standin
from messina.testing.tail import Tail
from messina.testing.traffic import Operation, Traffic
from messina.testing.vault import StackVault
from messina.testing.waits import until

__all__ = [
    "LoneStandin",
    "Operation",
    "OptionProblem",
    "Options",
    "Recorder",
    "Stack",
    "StackVault",
    "Standin",
    "Tail",
    "Traffic",
    "load_rows",
    "new_keyspace",
    "running_second_stack",
    "running_stack",
    "running_standin",
    "until",
]
