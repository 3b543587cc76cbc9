"""`up`, `down`, `status`: what can be done with a whole stack."""

import time
import xmlrpc.client
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from messina.artifacts import Listener, exclusive, silent
from messina.stack.broker import Broker
from messina.stack.component import Component
from messina.stack.connect import Connect
from messina.stack.cql import Cql
from messina.stack.endpoints import write_endpoints
from messina.stack.errors import ComponentFailed, PortTaken, StackError
from messina.stack.layout import HOST, Layout, remember
from messina.stack.postgres import Postgres
from messina.stack.probe import bindable
from messina.stack.registry import Registry
from messina.stack.supervision import Supervisor

COMPONENTS: tuple[Component, ...] = (Cql(), Broker(), Registry(), Postgres(), Connect())
_LAUNCH_SECONDS = 30
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """One component as it is now.

    Attributes:
        state: supervisor's word for the process (RUNNING, STOPPED, BACKOFF, FATAL, …).
        memory_bytes: resident memory of the process and its children.
        health: "ready", or what is missing.
    """

    component: str
    version: str
    state: str
    pid: int | None
    port: int
    memory_bytes: int | None
    health: str

    @property
    def ready(self) -> bool:
        """Whether it serves clients."""
        return self.health == "ready"


@dataclass(frozen=True, slots=True)
class Event:
    """A step of `up` or `down`; `verb` is starting, ready, stopping or stopped."""

    component: str
    verb: str
    seconds: float = 0.0


Watcher = Callable[[Event], None]


def ignore(_: Event) -> None:
    """A watcher that does nothing."""


def up(
    layout: Layout,
    *,
    listener: Listener = silent,
    watcher: Watcher = ignore,
    attached: bool = False,
    components: tuple[Component, ...] = COMPONENTS,
) -> tuple[ComponentStatus, ...]:
    """Brings the stack up: starts what is not running, leaves alone what is.

    What was killed is started on the data it left. An error or ctrl-C in a start from nothing
    stops all again; the data stays.

    Args:
        layout: the stack.
        listener: hears of downloads and builds.
        watcher: hears of components.
        attached: the stack ends with this process.
        components: what belongs to the stack.

    Returns:
        The status of every component, all ready.

    Raises:
        ArtifactError: something it needs could not be fetched or built.
        PortTaken: somebody else listens on one of its ports.
        ComponentFailed: a component did not become ready.
    """
    layout.home.mkdir(parents=True, exist_ok=True)
    with exclusive(layout.home / "up.lock"):
        supervisor = Supervisor(layout)
        (layout.home / "logs").mkdir(exist_ok=True)
        commands = {}
        for component in components:
            commands[component.name] = component.prepare(layout, listener)
        changed = supervisor.configure(commands)
        fresh = not supervisor.running()
        if fresh:
            _clear_the_way(layout, supervisor, components)
            remember(layout)
            supervisor.launch(attached)
            _await(supervisor.running, _LAUNCH_SECONDS, "the supervisor did not answer")
        elif changed:
            _reload(supervisor)
        try:
            _start(layout, supervisor, components, watcher)
            write_endpoints(layout)
            return status(layout, components)
        except BaseException:
            if fresh:
                _end(layout, supervisor)
            raise


def down(layout: Layout, watcher: Watcher = ignore) -> bool:
    """Stops the stack and keeps its data; False when nothing was running."""
    supervisor = Supervisor(layout)
    if not supervisor.running() and supervisor.pid() is None:
        return False
    watcher(Event("stack", "stopping"))
    started = time.monotonic()
    _end(layout, supervisor)
    watcher(Event("stack", "stopped", time.monotonic() - started))
    return True


def status(
    layout: Layout, components: tuple[Component, ...] = COMPONENTS
) -> tuple[ComponentStatus, ...]:
    """How every component is; works on a stopped stack too."""
    supervisor = Supervisor(layout)
    infos = {}
    if supervisor.running():
        infos = {info["name"]: info for info in supervisor.rpc().getAllProcessInfo()}
    found = []
    for component in components:
        info = infos.get(component.name, {})
        pid = int(info.get("pid", 0)) or None
        health = component.unready(layout) if pid else "not running"
        found.append(
            ComponentStatus(
                component=component.name,
                version=component.version(layout),
                state=str(info.get("statename", "STOPPED")),
                pid=pid,
                port=layout.port(component.ports()[0]),
                memory_bytes=_memory(pid) if pid else None,
                health=health or "ready",
            )
        )
    return tuple(found)


def tail(path: Path, lines: int) -> str:
    """The last lines of a log, or nothing where there is none."""
    try:
        with path.open("rb") as handle:
            handle.seek(0, 2)
            handle.seek(max(0, handle.tell() - 200 * max(lines, 1)))
            text = handle.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _start(
    layout: Layout,
    supervisor: Supervisor,
    components: tuple[Component, ...],
    watcher: Watcher,
) -> None:
    waiting = list(components)
    started: dict[str, float] = {}
    ready: set[str] = set()
    while waiting:
        for component in tuple(waiting):
            name = component.name
            if name not in started:
                if not set(component.after) & {c.name for c in components} <= ready:
                    continue
                started[name] = time.monotonic()
                if not _alive(supervisor, name):
                    watcher(Event(name, "starting"))
                    _start_process(supervisor, name)
            elif problem := component.unready(layout):
                _check(layout, supervisor, component, started[name], problem)
            else:
                component.settle(layout)
                watcher(Event(name, "ready", time.monotonic() - started[name]))
                ready.add(name)
                waiting.remove(component)
        if waiting:
            time.sleep(_POLL_SECONDS)


def _check(
    layout: Layout, supervisor: Supervisor, component: Component, since: float, problem: str
) -> None:
    state = supervisor.rpc().getProcessInfo(component.name)["statename"]
    spent = time.monotonic() - since
    if state in ("RUNNING", "STARTING", "BACKOFF") and spent < component.start_seconds:
        return
    raise ComponentFailed(
        f"{component.name} is not ready after {spent:.0f} s ({problem}; its process is {state}). "
        f"The end of its log:\n{tail(layout.log(component.name), 15)}\n"
        f"See `messina logs {component.name}`; `messina up` tries again with the data as it is"
    )


def _alive(supervisor: Supervisor, name: str) -> bool:
    state: str = supervisor.rpc().getProcessInfo(name)["statename"]
    return state in ("RUNNING", "STARTING", "BACKOFF")


def _start_process(supervisor: Supervisor, name: str) -> None:
    try:
        supervisor.rpc().startProcess(name, False)
    except xmlrpc.client.Fault as fault:
        raise ComponentFailed(f"{name} could not be started: {fault.faultString}") from fault


def _reload(supervisor: Supervisor) -> None:
    """Applies a changed configuration: what changed is stopped and added anew."""
    ((added, changed, removed),) = supervisor.rpc().reloadConfig()
    for name in (*changed, *removed):
        supervisor.rpc().stopProcessGroup(name)
        supervisor.rpc().removeProcessGroup(name)
    for name in (*changed, *added):
        supervisor.rpc().addProcessGroup(name)


def _clear_the_way(
    layout: Layout, supervisor: Supervisor, components: tuple[Component, ...]
) -> None:
    """Ends a supervisor that no longer answers, and checks the ports."""
    if supervisor.pid() is not None:
        _end(layout, supervisor)
    ports = [port for component in components for port in component.ports()]

    def taken() -> list[str]:
        return [port for port in ports if not bindable(HOST, layout.port(port))]

    # Components of a supervisor that was killed a moment ago are on their way out.
    deadline = time.monotonic() + (15 if (layout.home / "supervisord.pid").exists() else 0)
    while blocked := taken():
        if time.monotonic() >= deadline:
            raise PortTaken(
                f"port {layout.port(blocked[0])} ({blocked[0]}) is taken"
                f"{_holder(layout.port(blocked[0]))}; nothing was started. "
                "Free it, or choose other ports: `messina up --port-base N`"
            )
        time.sleep(_POLL_SECONDS)


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp4"):
            address = tuple(connection.laddr)
            if connection.status == psutil.CONN_LISTEN and port in address and connection.pid:
                return f" by pid {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass  # we may not look at other users' processes; the port number says enough
    return ""


def _end(layout: Layout, supervisor: Supervisor) -> None:
    pid = supervisor.pid()
    supervisor.end()
    if pid is not None:
        try:
            psutil.Process(pid).wait(timeout=60)
        except psutil.NoSuchProcess:
            pass
        except psutil.TimeoutExpired:
            raise StackError(
                f"the supervisor (pid {pid}) did not stop within 60 s; see `messina status`, then "
                f"`messina down` again, or end that pid yourself"
            ) from None
    layout.endpoints.unlink(missing_ok=True)
    (layout.home / "supervisord.pid").unlink(missing_ok=True)


def _await(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise StackError(f"{otherwise} within {seconds:.0f} s; run `messina up` again")
        time.sleep(_POLL_SECONDS)


def _memory(pid: int) -> int | None:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)
    except psutil.Error:
        return None
