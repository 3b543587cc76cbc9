"""The first pass over a pipeline's tables: which rows may differ.

`plan` cuts each part of a table into ranges of tokens. The sink is streamed once, as one snapshot,
and laid down on disk as frames of token, key and hashes, in the same ranges; then each range of the
source is read and joined with its frame. Rows that look different, the candidates, come as keys.
"""

from messina.reconciler.scanning.engine import Planned, plan, scan
from messina.reconciler.scanning.frames import Frames
from messina.reconciler.scanning.matching import Matched
from messina.reconciler.scanning.options import LEAST_MEMORY, Options
from messina.reconciler.scanning.pace import Ceiling
from messina.reconciler.scanning.planning import share_of
from messina.reconciler.scanning.worker import Task

__all__ = [
    "Ceiling",
    "Planned",
    "plan",
    "scan",
    "Task",
    "Matched",
    "Frames",
    "Options",
    "LEAST_MEMORY",
    "share_of",
]
