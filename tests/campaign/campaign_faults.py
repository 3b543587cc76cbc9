"""What a campaign breaks; one class a kind, all with the same verb."""

import os
import random
import signal
import time
from dataclasses import dataclass
from typing import Protocol

import httpx
from campaign_lane import Lane

from messina.testing import Standin, until


class Fault(Protocol):
    """Something that goes wrong, or is changed, while changes flow."""

    @property
    def kind(self) -> str:
        """Its name in the report."""

    def strike(self, lane: Lane, tables: tuple[str, ...], chance: random.Random) -> None:
        """Do it; return when it has been done, not when it is over."""


@dataclass(frozen=True)
class KillConnect:
    """SIGKILL to the worker, with all its tasks and sinks; its supervisor starts it again."""

    kind: str = "connect_killed"

    def strike(self, lane: Lane, tables: tuple[str, ...], chance: random.Random) -> None:
        """Kill it; the new worker takes what it takes."""
        lane.stack.kill("connect")


@dataclass(frozen=True)
class RestartTasks:
    """A restart through REST: of the connector with all its tasks, or of one task."""

    kind: str = "tasks_restarted"

    def strike(self, lane: Lane, tables: tuple[str, ...], chance: random.Random) -> None:
        """Restart something of one table."""
        table = chance.choice(tables)
        if chance.random() < 0.5:
            lane.connect.restart(lane.source(table), only_failed=False)
        else:
            _restart_task(lane, table, chance.randrange(lane.tasks(table)))


@dataclass(frozen=True)
class ChangeTasks:
    """Another `tasks.max`, so that slices move from task to task."""

    kind: str = "task_count_changed"
    most: int = 4

    def strike(self, lane: Lane, tables: tuple[str, ...], chance: random.Random) -> None:
        """Give each table another number of tasks."""
        for table in tables:
            now = lane.tasks(table)
            lane.set_tasks(table, chance.choice([n for n in range(1, self.most + 1) if n != now]))


@dataclass(frozen=True)
class SwitchGeneration:
    """A new CDC generation with another number of streams."""

    kind: str = "generation_switched"

    def strike(self, lane: Lane, tables: tuple[str, ...], chance: random.Random) -> None:
        """Announce it and wait until it is in use."""
        start = Standin(lane.session).new_generation(chance.choice([2, 3, 5, 8, 13]))
        until(lambda: time.time() > start.timestamp(), within=60, what="the generation begins")


ALL: tuple[Fault, ...] = (KillConnect(), RestartTasks(), ChangeTasks(), SwitchGeneration())


def _restart_task(lane: Lane, table: str, task: int) -> None:
    url = f"{lane.connect.url}/connectors/{lane.source(table)}/tasks/{task}/restart"

    def done() -> bool:
        # 404: its connector has just fewer tasks; 409: the workers rebalance.
        return httpx.post(url, timeout=60, trust_env=False).status_code < 300

    until(done, within=60, what=f"{url} is accepted", every=0.5)


def freeze_connect(lane: Lane, seconds: float) -> None:
    """SIGSTOP to the worker for a while: it comes back as one that does not know what it missed."""
    pid = lane.stack.status("connect").pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        os.kill(pid, signal.SIGCONT)
