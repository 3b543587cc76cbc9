"""Starting components in order, and waiting until each is ready or clearly will not be."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from messina.stack.component import Component
from messina.stack.errors import ComponentFailed
from messina.stack.layout import Layout
from messina.stack.logs import tail
from messina.stack.supervision import Supervisor

_POLL_SECONDS = 0.1
# Supervisor would go on for a minute; what died three times at once dies a fourth time.
_MOST_DEATHS = 3
_ALIVE = ("RUNNING", "STARTING", "BACKOFF")


@dataclass(frozen=True, slots=True)
class Event:
    """A step of `up` or `down`.

    Attributes:
        component: its name; "stack" for all together.
        verb: waiting, starting, ready, stopping or stopped.
        seconds: how long it took, for ready and stopped.
    """

    component: str
    verb: str
    seconds: float = 0.0


Watcher = Callable[[Event], None]


def ignore(_: Event) -> None:
    """A watcher that does nothing."""


class Starting:
    """One start of some components under a running supervisor."""

    def __init__(self, layout: Layout, supervisor: Supervisor, watcher: Watcher) -> None:
        self._layout = layout
        self._supervisor = supervisor
        self._watcher = watcher
        self._since: dict[str, float] = {}
        self._starts: dict[str, set[int]] = {}

    def run(self, components: tuple[Component, ...]) -> None:
        """Returns when all are ready.

        Raises:
            ComponentFailed: one is not; the others are as they are then.
            NotRunning: the supervisor went away.
        """
        known = {component.name for component in components}
        waiting = list(components)
        ready: set[str] = set()
        while waiting:
            for component in tuple(waiting):
                name = component.name
                if name not in self._since:
                    if set(component.after) & known <= ready:
                        self._begin(name)
                elif problem := component.unready(self._layout):
                    self._check(component, problem)
                else:
                    component.settle(self._layout)
                    self._watcher(Event(name, "ready", time.monotonic() - self._since[name]))
                    ready.add(name)
                    waiting.remove(component)
            if waiting:
                time.sleep(_POLL_SECONDS)

    def _begin(self, name: str) -> None:
        self._since[name] = time.monotonic()
        if self._supervisor.call("getProcessInfo", name)["statename"] in _ALIVE:
            return
        self._watcher(Event(name, "starting"))
        self._supervisor.call("startProcess", name, False)

    def _check(self, component: Component, problem: str) -> None:
        info = self._supervisor.call("getProcessInfo", component.name)
        starts = self._starts.setdefault(component.name, set())
        starts.add(info["start"])
        state = info["statename"]
        deaths = len(starts) - (state in ("RUNNING", "STARTING"))
        spent = time.monotonic() - self._since[component.name]
        # EXITED: seen for a moment, before it is started again.
        alive = state in (*_ALIVE, "EXITED") and deaths < _MOST_DEATHS
        if alive and spent < component.start_seconds:
            return
        what = f"its process is {state}" if alive or deaths == 0 else f"it died {deaths} times"
        raise ComponentFailed(
            f"{component.name} is not ready after {spent:.0f} s ({problem}; {what}). "
            f"The end of its log:\n{tail(self._layout.log(component.name), 15)}\n"
            f"See `messina logs {component.name}`; `messina up` tries again with the data as it is"
        )
