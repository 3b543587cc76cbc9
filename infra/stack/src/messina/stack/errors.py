"""What can go wrong with the stack.

StackError             every error of this package; its text ends with what to do next
├── PortTaken          somebody else listens where a component should
├── NotRunning         a command needs a running stack
└── ComponentFailed    a component did not come up; the text carries the end of its log
"""


class StackError(Exception):
    """A problem with the stack that a person can act on."""


class PortTaken(StackError):
    """A port of the stack is in use by something that is not this stack."""


class NotRunning(StackError):
    """The stack is not running."""


class ComponentFailed(StackError):
    """A component stopped or did not become ready in time."""
