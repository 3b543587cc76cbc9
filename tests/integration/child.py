"""A command as a process of its own, which a test may kill."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from road import Road

# By what this run has imported, so that it finds it wherever the packages are.
_MAIN = "from messina.{service}.cli import main; main()"


class Child:
    """A running command, with its log beside its pipeline's file."""

    def __init__(
        self,
        road: Road,
        command: str,
        options: Sequence[str],
        log: Path,
        service: str = "reconciler",
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _MAIN.format(service=service)),
                    *("--log-level", "info", *command.split()),
                    *(str(road.file), "--endpoints", str(road.stack.layout.endpoints), *options),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )

    def said(self) -> str:
        """All that it and those before it have said."""
        return self.log.read_text()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(30)

    def end(self) -> int:
        """SIGTERM; returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(30)


@contextmanager
def running(
    road: Road, command: str, *options: str, service: str = "reconciler"
) -> Iterator[Child]:
    """Run `messina reconcile COMMAND FILE`, or another service's, beside the test."""
    log = road.file.with_name(f"{command.replace(' ', '-')}.log")
    child = Child(road, command, options, log, service)
    try:
        yield child
    finally:
        if child.process.poll() is None:
            child.kill()
