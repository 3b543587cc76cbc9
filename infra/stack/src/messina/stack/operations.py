"""`up`, `down`, `status`: what can be done with a whole stack."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import psutil

from messina.artifacts import ArtifactError, Listener, exclusive, silent
from messina.stack.broker import Broker
from messina.stack.choices import ExternalCql
from messina.stack.component import Component
from messina.stack.connect import Connect
from messina.stack.cql import Cql
from messina.stack.endpoints import write_endpoints
from messina.stack.errors import PortTaken, StackError
from messina.stack.layout import HOST, Layout, remember, remembered_base
from messina.stack.postgres import Postgres
from messina.stack.probe import bindable, cql_unready
from messina.stack.processes import listener_on, processes, wait_gone
from messina.stack.registry import Registry
from messina.stack.starting import Event, Starting, Watcher, ignore
from messina.stack.supervision import Supervisor
from messina.stack.vault import Vault

COMPONENTS: tuple[Component, ...] = (Cql(), Broker(), Registry(), Postgres(), Connect())
_EXTRAS: tuple[Component, ...] = (Vault(),)
_LAUNCH_SECONDS = 30
# Longer than any component's stop_seconds: first the supervisor kills, then we.
_STOP_SECONDS = 45
_ENDING_SECONDS = 5
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """One component as it is now.

    Attributes:
        version: of its software; "unknown" when its lock cannot be read.
        state: supervisor's word for the process (RUNNING, STOPPED, BACKOFF, FATAL, …).
        memory_bytes: resident memory of the process and its children.
        health: "ready", or what is missing.
        address: of what does not belong to the stack, `host:port`.
    """

    component: str
    version: str
    state: str
    pid: int | None
    port: int
    memory_bytes: int | None
    health: str
    address: str | None = None

    @property
    def ready(self) -> bool:
        """Whether it serves clients."""
        return self.health == "ready"


def up(
    layout: Layout,
    *,
    listener: Listener = silent,
    watcher: Watcher = ignore,
    attached: bool = False,
    components: tuple[Component, ...] | None = None,
) -> tuple[ComponentStatus, ...]:
    """Brings the stack up: starts what is not running, leaves alone what is.

    What was killed is started on the data it left. An error or ctrl-C in a start from nothing
    stops all again; the data stays.

    Args:
        layout: the stack.
        listener: hears of downloads and builds.
        watcher: hears of components.
        attached: the stack ends with the calling thread.
        components: what belongs to the stack; None for all, without the stand-in where another
            database is used.

    Returns:
        The status of every component, all ready.

    Raises:
        ArtifactError: something it needs could not be fetched or built.
        PortTaken: somebody else listens on one of its ports.
        ComponentFailed: a component did not become ready.
        StackError: it runs on other ports, or was stopped by another command meanwhile.
    """
    components = components_of(layout) if components is None else components
    layout.home.mkdir(parents=True, exist_ok=True)

    def wait_for_other(_pid: str) -> None:
        watcher(Event("stack", "waiting"))

    with exclusive(layout.home / "up.lock", wait_for_other):
        supervisor = Supervisor(layout)
        running = supervisor.running()
        if running:
            _refuse_other_ports(layout)
        (layout.home / "logs").mkdir(exist_ok=True)
        supervisor.configure({c.name: c.prepare(layout, listener) for c in components})
        if running:
            supervisor.reload()
        else:
            _clear_the_way(layout, supervisor, components)
        remember(layout)
        try:
            if not running:
                supervisor.launch(attached)
                _await(supervisor.running, _LAUNCH_SECONDS, "the supervisor did not answer")
            Starting(layout, supervisor, watcher).run(components)
            write_endpoints(layout)
            return status(layout, None if components == components_of(layout) else components)
        except BaseException:
            if not running:
                with suppress(StackError):  # what happened first is what matters
                    _end(layout, supervisor)
            raise


def down(layout: Layout, watcher: Watcher = ignore) -> bool:
    """Stops the stack and keeps its data; False when nothing was running.

    Raises:
        StackError: a process could not even be killed.
    """
    if not processes(layout):
        return False
    watcher(Event("stack", "stopping"))
    started = time.monotonic()
    _end(layout, Supervisor(layout))
    watcher(Event("stack", "stopped", time.monotonic() - started))
    return True


def components_of(layout: Layout) -> tuple[Component, ...]:
    """What belongs to a stack: everything but what is there already, and what was added."""
    usual = tuple(c for c in COMPONENTS if layout.cql is None or not isinstance(c, Cql))
    return usual + tuple(c for c in _EXTRAS if c.name in layout.extras)


def status(
    layout: Layout, components: tuple[Component, ...] | None = None
) -> tuple[ComponentStatus, ...]:
    """How every component is; works on a stopped stack, and without locks, too.

    A database that is there already is among them, as EXTERNAL.
    """
    infos = Supervisor(layout).infos()
    found = []
    if components is None:
        components = components_of(layout)
        if layout.cql is not None:
            found.append(_external(layout.cql))
    for component in components:
        info = infos.get(component.name, {})
        pid = int(info.get("pid", 0)) or None
        health = component.unready(layout) if pid else "not running"
        found.append(
            ComponentStatus(
                component=component.name,
                version=_version(component, layout),
                state=str(info.get("statename", "STOPPED")),
                pid=pid,
                port=layout.port(component.ports()[0]),
                memory_bytes=_memory(pid) if pid else None,
                health=health or "ready",
            )
        )
    return tuple(found)


def _external(cql: ExternalCql) -> ComponentStatus:
    problem = cql_unready(cql.host, cql.port)
    return ComponentStatus(
        component=Cql.name,
        version=cql.engine,
        state="EXTERNAL",
        pid=None,
        port=cql.port,
        memory_bytes=None,
        health=problem or "ready",
        address=cql.address,
    )


def _refuse_other_ports(layout: Layout) -> None:
    remembered = remembered_base(layout.home)
    if remembered is not None and remembered != layout.port_base:
        raise StackError(
            f"the stack in {layout.home} runs on ports from {remembered} on; nothing was changed. "
            f"To move it: `messina down`, then `messina up --port-base {layout.port_base}`"
        )


def _clear_the_way(
    layout: Layout, supervisor: Supervisor, components: tuple[Component, ...]
) -> None:
    """Ends what a killed supervisor left, and checks the ports."""
    if processes(layout):
        _end(layout, supervisor)
    deadline = time.monotonic() + _ENDING_SECONDS
    for component in components:
        for name in component.ports():
            port = layout.port(name)
            while not bindable(HOST, port):
                holder = listener_on(port)
                # No holder: one that is ending at this moment, or somebody else's.
                if holder or time.monotonic() >= deadline:
                    raise PortTaken(
                        f"port {port} ({name}) is taken{holder}; nothing was started. "
                        "Free it, or choose other ports: `messina up --port-base N`"
                    )
                time.sleep(_POLL_SECONDS)


def _end(layout: Layout, supervisor: Supervisor) -> None:
    """Stops everything of the stack, by force when it does not stop by itself."""
    supervisor.end()
    for process in wait_gone(layout, _STOP_SECONDS):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    if left := wait_gone(layout, 10):
        pids = ", ".join(str(process.pid) for process in left)
        raise StackError(
            f"these processes of the stack did not stop: {pids}; its data is kept. Look at "
            "`messina logs supervisor`, end them, then `messina down` again"
        )
    layout.endpoints.unlink(missing_ok=True)


def _await(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            raise StackError(f"{otherwise} within {seconds:.0f} s; run `messina up` again")
        time.sleep(_POLL_SECONDS)


def _version(component: Component, layout: Layout) -> str:
    try:
        return component.version(layout)
    except ArtifactError:
        return "unknown"


def _memory(pid: int) -> int | None:
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)
    except psutil.Error:
        return None
