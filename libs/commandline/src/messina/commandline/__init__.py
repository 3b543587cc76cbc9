"""What the command lines of services have in common: options, exit codes, errors as lines."""

from messina.commandline.codes import DIFFERENCES, INTERRUPTED, WRONG_USAGE
from messina.commandline.options import (
    AsJson,
    EndpointsPath,
    EnvName,
    Listen,
    SpecFile,
    add_common,
)
from messina.commandline.running import invoke
from messina.commandline.signals import leave_politely
from messina.commandline.telling import print_json, told

__all__ = [
    "DIFFERENCES",
    "INTERRUPTED",
    "WRONG_USAGE",
    "AsJson",
    "EndpointsPath",
    "EnvName",
    "Listen",
    "SpecFile",
    "add_common",
    "invoke",
    "leave_politely",
    "print_json",
    "told",
]
