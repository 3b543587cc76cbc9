"""Finding a stack's processes by a mark that they inherit, so that no pid file need be believed."""

import os
import time

import psutil

from messina.stack.layout import Layout

MARK = "MESSINA_STACK"
_POLL_SECONDS = 0.1


def mark(layout: Layout) -> dict[str, str]:
    """What the supervisor has in its environment, and each component from it."""
    return {MARK: str(layout.home)}


def owner(process: psutil.Process) -> str | None:
    """The state folder of the stack that a process belongs to, if it does and we may know."""
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def processes(layout: Layout) -> list[psutil.Process]:
    """The supervisor and the components of a stack, also of one whose supervisor was killed."""
    return [process for process in psutil.process_iter() if owner(process) == str(layout.home)]


def wait_gone(layout: Layout, seconds: float) -> list[psutil.Process]:
    """Waits until a stack has no process any more, and gives those that are left."""
    deadline = time.monotonic() + seconds
    watched: set[psutil.Process] = set()
    while True:
        # One that is ending loses its environment before it closes its files and ports.
        watched.update(processes(layout))
        watched = {process for process in watched if not _ended(process)}
        if not watched or time.monotonic() >= deadline:
            return list(watched)
        time.sleep(_POLL_SECONDS)


def _ended(process: psutil.Process) -> bool:
    try:
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            return False
        if process.ppid() == os.getpid():
            process.wait(timeout=1)
    except psutil.Error:
        pass
    return True


def listener_on(port: int) -> str:
    """Who listens on a port, for a message: " by pid 7 (java)", or nothing if we may not know."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr
            if not listens or tuple(connection.laddr)[1] != port or connection.pid is None:
                continue
            process = psutil.Process(connection.pid)
            who = f" by pid {connection.pid} ({process.name()})"
            home = owner(process)
            return f"{who} of the stack in {home}" if home else who
    except psutil.Error:
        pass  # we may not look at other users' processes; the port number says enough
    return ""
