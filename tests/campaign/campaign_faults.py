"""What a campaign breaks; one class a kind, all with the same verb."""

import os
import random
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx
from campaign_lane import Lane
from campaign_workers import Worker, second_worker

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


@dataclass(frozen=True)
class FreezeWorker:
    """The worker is frozen until its tasks run on another one, and comes back believing in them.

    Then the other one is killed, and all tasks move back.
    """

    folder: Path
    kind: str = "worker_frozen"

    def strike(self, lane: Lane, tables: tuple[str, ...], chance: random.Random) -> None:
        """Freeze it, let it come back, kill the other."""
        first = lane.stack.status("connect").pid
        assert first is not None
        tasks = sum(lane.tasks(table) for table in tables)
        with second_worker(lane.stack, self.folder) as second:
            until(
                lambda: _on(second, lane, tables) > 0,
                within=90,
                what="some tasks run on the second worker",
                every=0.5,
            )
            os.kill(first, signal.SIGSTOP)
            try:
                until(
                    lambda: _on(second, lane, tables) == tasks,
                    within=90,
                    what="all tasks run on the second worker",
                    every=0.5,
                )
                time.sleep(chance.uniform(0, 3))
            finally:
                os.kill(first, signal.SIGCONT)
            time.sleep(chance.uniform(0, 5))


ALL: tuple[Fault, ...] = (KillConnect(), RestartTasks(), ChangeTasks(), SwitchGeneration())


def _on(worker: Worker, lane: Lane, tables: tuple[str, ...]) -> int:
    """How many tasks of the sources run on a worker."""
    statuses = [worker.connect.status(lane.source(table)) for table in tables]
    return sum(
        task.worker_id == worker.name and task.state == "RUNNING"
        for status in statuses
        if status is not None
        for task in status.tasks
    )


def _restart_task(lane: Lane, table: str, task: int) -> None:
    url = f"{lane.connect.url}/connectors/{lane.source(table)}/tasks/{task}/restart"

    def done() -> bool:
        # 404: its connector has just fewer tasks; 409: the workers rebalance.
        return httpx.post(url, timeout=60, trust_env=False).status_code < 300

    until(done, within=60, what=f"{url} is accepted", every=0.5)
