"""What tests share: the one stack of a run, waits, data makers."""

from messina.testing.stack import Stack, running_stack
from messina.testing.waits import until

__all__ = ["Stack", "running_stack", "until"]
