"""What tests share: the one stack of a run, waits, data makers."""

from messina.testing.options import OptionProblem, Options
from messina.testing.stack import Stack, running_second_stack, running_stack
from messina.testing.traffic import Operation, Traffic
from messina.testing.waits import until

__all__ = [
    "Operation",
    "OptionProblem",
    "Options",
    "Stack",
    "Traffic",
    "running_second_stack",
    "running_stack",
    "until",
]
