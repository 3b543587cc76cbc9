"""What long work says of itself. The core yields these; only a CLI turns them into bars."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of long work.

    Attributes:
        task: what is being done, the same text for all steps of one piece of work.
        done: units finished.
        total: units in all, known beforehand (never guessed).
        unit: "bytes", "files" or "steps".
    """

    task: str
    done: int
    total: int
    unit: str = "bytes"


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """A listener that does nothing."""
