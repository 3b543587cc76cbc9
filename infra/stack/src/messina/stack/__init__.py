"""The stack: every part that a pipeline runs on, as plain supervised processes on loopback."""

from messina.stack.choices import (
    EXTRAS,
    NO_EXTRAS,
    NO_PLUGINS,
    STAND_IN,
    Choices,
    ExternalCql,
)
from messina.stack.errors import ComponentFailed, NotRunning, PortTaken, StackError
from messina.stack.layout import DEFAULT_PORT_BASE, Layout, default_home, open_layout
from messina.stack.logs import tail
from messina.stack.operations import (
    COMPONENTS,
    ComponentStatus,
    components_of,
    down,
    status,
    up,
)
from messina.stack.starting import Event

__all__ = [
    "COMPONENTS",
    "DEFAULT_PORT_BASE",
    "EXTRAS",
    "NO_EXTRAS",
    "NO_PLUGINS",
    "STAND_IN",
    "Choices",
    "ComponentFailed",
    "ComponentStatus",
    "Event",
    "ExternalCql",
    "Layout",
    "NotRunning",
    "PortTaken",
    "StackError",
    "components_of",
    "default_home",
    "down",
    "open_layout",
    "status",
    "tail",
    "up",
]
