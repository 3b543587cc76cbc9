"""Faults of a stack's parts: killed and started again at once, or later, or frozen and woken."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from messina.stack.operations import components_of
from messina.stack.supervision import Supervisor
from messina.testing import Stack, until

FROZEN_SECONDS = 20.0
AWAY_SECONDS = 20.0
FAULTS = tuple(os.environ.get("MESSINA_OUTAGES_FAULTS", "kill,freeze").split(","))
"""What is done to each part: kill, freeze, or away."""


@dataclass(frozen=True)
class Broken:
    """When a part went and came back, in seconds since the epoch."""

    gone: float
    back: float


class Part:
    """One part of a stack, which a test breaks.

    Args:
        stack: whose.
        name: as `messina status` has it.
    """

    def __init__(self, stack: Stack, name: str) -> None:
        self.name = name
        self._layout = stack.layout
        self._supervisor = Supervisor(stack.layout)
        self._component = next(c for c in components_of(stack.layout) if c.name == name)

    def ready(self) -> bool:
        """Whether it serves clients."""
        return self._component.unready(self._layout) is None

    def broken(self, fault: str) -> Broken:
        """Break it, and return once it serves clients again."""
        acts: dict[str, Callable[[], Broken]] = {
            "kill": self.killed,
            "freeze": self.frozen,
            "away": self.away,
        }
        return acts[fault]()

    def killed(self) -> Broken:
        """SIGKILL; the supervisor starts it again at once."""
        pid = self._pid()
        gone = time.time()
        os.kill(pid, signal.SIGKILL)
        until(lambda: self._pid() not in (0, pid), within=60, what=f"{self.name} is started again")
        until(self.ready, within=180, what=f"{self.name} is back after kill -9", every=0.05)
        return Broken(gone, time.time())

    def away(self) -> Broken:
        """SIGKILL; started again 20 s later, as where a machine has to be found for it."""
        gone = time.time()
        os.kill(self._pid(), signal.SIGKILL)
        self._supervisor.call("stopProcess", self.name)
        time.sleep(AWAY_SECONDS)
        self._supervisor.call("startProcess", self.name, False)
        until(self.ready, within=180, what=f"{self.name} is back", every=0.05)
        return Broken(gone, time.time())

    def frozen(self) -> Broken:
        """SIGSTOP to it and its children, SIGCONT 20 s later."""
        gone = time.time()
        with self.held():
            time.sleep(FROZEN_SECONDS)
            back = time.time()
        return Broken(gone, back)

    @contextmanager
    def held(self) -> Iterator[None]:
        """SIGSTOP to it and its children, SIGCONT in the end."""
        process = psutil.Process(self._pid())
        family = [process, *process.children(recursive=True)]
        try:
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.suspend()
            yield
        finally:
            for each in reversed(family):
                with suppress(psutil.NoSuchProcess):
                    each.resume()

    def _pid(self) -> int:
        return int(self._supervisor.infos().get(self.name, {}).get("pid", 0))
