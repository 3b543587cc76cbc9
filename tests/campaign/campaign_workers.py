"""A second Connect worker beside the stack's own, so that tasks can move from one to the other."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from messina.kafka import ConnectClient
from messina.stack import guard
from messina.testing import Stack


@dataclass(frozen=True)
class Worker:
    """A worker of the test's own.

    Attributes:
        name: as Connect calls it in statuses.
    """

    name: str
    connect: ConnectClient
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(30)


@contextmanager
def second_worker(stack: Stack, folder: Path) -> Iterator[Worker]:
    """Start a worker like the stack's, in its group, on a port of its own; it ends with the block.

    Args:
        folder: for its configuration and its log.
    """
    pid = stack.status("connect").pid
    assert pid is not None, "the stack's own worker does not run"
    port = _free_port()
    *command, config = psutil.Process(pid).cmdline()
    first = stack.layout.address("connect")
    text = Path(config).read_text().replace(first, f"127.0.0.1:{port}")
    text = text.replace(
        f"rest.advertised.port={stack.layout.port('connect')}", f"rest.advertised.port={port}"
    )
    own = folder / f"worker-{port}.properties"
    own.write_text(text)
    with (folder / f"worker-{port}.log").open("wb") as log:
        # Bound to this process: it must not outlive it.
        process = subprocess.Popen(
            [sys.executable, guard.__file__, "KILL", "-", *command, str(own)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **psutil.Process(pid).environ()},
        )
    with ConnectClient(f"http://127.0.0.1:{port}", patience=120) as connect:
        worker = Worker(f"127.0.0.1:{port}", connect, process)
        try:
            connect.names()
            yield worker
        finally:
            worker.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
