"""How a scan is made: what is looked at, how fast, with how much memory."""

import os
from dataclasses import dataclass

from messina.scylla import TokenRange

MEMORY = 512 * 2**20
LEAST_MEMORY = 192 * 2**20
_PROCESS = 112 * 2**20
"""About what a process takes before it holds a row."""
_ROWS = 32 * 2**20
"""What each must have for rows at least."""


@dataclass(frozen=True)
class Options:
    """How both sides are read.

    Attributes:
        parallel: how many processes read at once, at most; None is one for each CPU, and just this
            one for small tables.
        consistency: at which the source is read; None is as the pipeline's spec has it.
        max_rows_per_second: a ceiling for all reads of the source together, and for what is read
            again of it; None is none.
        memory: bytes that all processes together may take, or each worker of a scheduler; what they
            can't hold goes to disk.
        token_ranges: what of the ring is looked at; none is all of it.
        sample: which share of that is looked at, more than 0 and up to 1.
        seed: what the sample is chosen by: the same seed chooses the same ranges.
        spill: the folder whose folder of temporary files is used; None is the system's.
        scheduler: the address of a dask scheduler whose workers read, `parallel` of them; None:
            processes of this machine do.
    """

    parallel: int | None = None
    consistency: str | None = None
    max_rows_per_second: int | None = None
    memory: int = MEMORY
    token_ranges: tuple[TokenRange, ...] = ()
    sample: float = 1.0
    seed: int = 1
    spill: str | None = None
    scheduler: str | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the ring is looked at."""
        return not self.token_ranges and self.sample >= 1

    @property
    def processes(self) -> int:
        """How many processes read: as many as were asked for, and the memory is enough for."""
        asked = self.parallel if self.parallel is not None else os.cpu_count() or 1
        if self.scheduler is not None:
            return asked
        # one more leads the others, and each needs room for its rows
        return max(1, min(asked, (self.memory - _PROCESS) // (_PROCESS + _ROWS)))

    @property
    def held(self) -> int:
        """Bytes of rows that each process may hold."""
        if self.scheduler is not None:
            return max(_ROWS // 2, self.memory - _PROCESS)
        count = self.processes + (self.processes > 1)
        return max(_ROWS // 2, (self.memory - count * _PROCESS) // self.processes)
