"""Up, down and status with small programs for components: order, ctrl-C, kill -9, taken ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from messina.artifacts import Listener
from messina.stack import (
    ComponentFailed,
    ComponentStatus,
    Event,
    Layout,
    NotRunning,
    PortTaken,
    StackError,
    down,
    open_layout,
    status,
    up,
)
from messina.stack.component import Command, write_if_changed
from messina.stack.layout import HOST, OFFSETS
from messina.stack.probe import bindable, refused
from messina.stack.processes import processes

SERVER = """\
import http.server, json, os, sys
with open(sys.argv[2], "w") as note:
    json.dump({"argv": sys.argv[3:], "env": dict(os.environ)}, note)
address = ("127.0.0.1", int(sys.argv[1]))
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@dataclass(frozen=True)
class Web:
    """A component as small as can be: a web server, on one of the stack's ports."""

    name: str
    after: tuple[str, ...] = ()
    start_seconds: int = 30
    program: str = SERVER
    arguments: tuple[str, ...] = ()
    config: str = ""

    def version(self, layout: Layout) -> str:
        return "1.0"

    def ports(self) -> tuple[str, ...]:
        return (self.name,)

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        write_if_changed(layout.config(self.name) / "web.conf", self.config)
        script = layout.config(self.name) / "web.py"
        write_if_changed(script, self.program)
        port = str(layout.port(self.name))
        argv = (sys.executable, str(script), port, str(note(layout, self.name)))
        return Command((*argv, *self.arguments), env={"GREETING": "100% back\\slash, a=b"})

    def unready(self, layout: Layout) -> str | None:
        return refused(HOST, layout.port(self.name))

    def settle(self, layout: Layout) -> None:
        pass


def note(layout: Layout, name: str) -> Path:
    return layout.home / f"{name}.json"


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, f"not within 20 s: {what}"
        time.sleep(0.05)


CQL = Web("cql")
KAFKA = Web("kafka", after=("cql",))
BOTH = (CQL, KAFKA)


def free_base(start: int = 27400) -> int:
    for base in range(start, start + 1000, 10):
        if all(bindable(HOST, base + offset) for offset in OFFSETS.values()):
            return base
    raise AssertionError("no free ports")


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    made = open_layout(tmp_path / "home", tmp_path, free_base())
    yield made
    down(made)


def pids(found: tuple[ComponentStatus, ...]) -> dict[str, int | None]:
    return {entry.component: entry.pid for entry in found}


def supervisor(layout: Layout) -> psutil.Process:
    return psutil.Process(int((layout.home / "supervisord.pid").read_text()))


def test_up_starts_in_order_and_again_changes_nothing(layout: Layout) -> None:
    """What waits for another starts after it is ready; a second `up` leaves everything alone."""
    events: list[Event] = []
    first = up(layout, components=BOTH, watcher=events.append)
    second = up(layout, components=BOTH)

    assert [(e.component, e.verb) for e in events] == [
        ("cql", "starting"),
        ("cql", "ready"),
        ("kafka", "starting"),
        ("kafka", "ready"),
    ]
    assert all(entry.ready for entry in first)
    assert pids(first) == pids(second)
    assert json.loads(layout.endpoints.read_text())["kafka"] == {
        "bootstrap_servers": layout.address("kafka")
    }


def test_down_twice_is_fine(layout: Layout) -> None:
    """The first stops all and keeps the data, the second finds nothing to do."""
    up(layout, components=BOTH)
    (layout.data("cql")).mkdir(parents=True)

    assert down(layout) is True
    assert down(layout) is False
    assert processes(layout) == []
    assert layout.data("cql").exists()
    assert not layout.endpoints.exists()
    assert {entry.state for entry in status(layout, BOTH)} == {"STOPPED"}


def test_what_depends_on_another_is_stopped_first(layout: Layout) -> None:
    """Components are stopped in the other order than they are started, whatever their names."""
    up(layout, components=(Web("kafka"), Web("cql", after=("kafka",))))
    assert down(layout)
    log = layout.log("supervisor").read_text()
    assert log.index("stopped: cql") < log.index("stopped: kafka")


def test_arguments_and_variables_arrive_as_they_were(tmp_path: Path) -> None:
    """Quotes, percent signs and spaces survive, also in a home with a long name and a quote."""
    layout = open_layout(tmp_path / ("it's a home " + "x" * 60), tmp_path, free_base())
    odd = ("a b", "it's", 'say "hi"', "100%", "%(here)s", "#1", "$HOME", "ü", "")
    try:
        up(layout, components=(replace(CQL, arguments=odd),))
        said = json.loads(note(layout, "cql").read_text())
    finally:
        down(layout)

    assert said["argv"] == list(odd)
    assert said["env"]["GREETING"] == "100% back\\slash, a=b"


def test_what_is_set_for_other_javas_does_not_arrive(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent or a class path of the person's own would break our JVMs."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-javaagent:/nowhere.jar")
    monkeypatch.setenv("CLASSPATH", "/nowhere")
    up(layout, components=(CQL,))

    env = json.loads(note(layout, "cql").read_text())["env"]
    assert not {"JAVA_TOOL_OPTIONS", "CLASSPATH"} & set(env)


def test_a_taken_port_is_named_with_its_holder(layout: Layout) -> None:
    """Nothing is started when somebody else has one of the ports."""
    with (
        socket.create_server((HOST, layout.port("kafka"))),
        pytest.raises(PortTaken, match=r"nothing was started.*--port-base") as caught,
    ):
        up(layout, components=BOTH)

    assert f"port {layout.port('kafka')} (kafka) is taken by pid {os.getpid()}" in str(caught.value)
    assert processes(layout) == []


def test_a_component_that_dies_at_once_is_told_soon(layout: Layout) -> None:
    """The error has the end of its log; nothing is left running."""
    dying = replace(KAFKA, program="import sys; sys.exit('no disk for me')")

    with pytest.raises(ComponentFailed, match=r"kafka is not ready .*died 3 times") as caught:
        up(layout, components=(CQL, dying))

    assert "no disk for me" in str(caught.value)
    assert "messina logs kafka" in str(caught.value)
    assert processes(layout) == []


def test_a_component_that_never_gets_ready_is_given_up(layout: Layout) -> None:
    """One that lives and does not serve is an error after its time."""
    silent_one = replace(CQL, program="import time; time.sleep(600)", start_seconds=1)

    with pytest.raises(ComponentFailed, match="its process is"):
        up(layout, components=(silent_one,))
    assert processes(layout) == []


@pytest.mark.parametrize("component", ["cql", "kafka"])
def test_ctrl_c_leaves_nothing_running(layout: Layout, component: str) -> None:
    """An interrupted start from nothing stops what it had started."""

    def interrupt(event: Event) -> None:
        if (event.component, event.verb) == (component, "starting"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(layout, components=BOTH, watcher=interrupt)
    assert processes(layout) == []


def test_ctrl_c_on_a_running_stack_leaves_it_running(layout: Layout) -> None:
    """An interrupted `up` stops nothing that it did not start."""
    before = pids(up(layout, components=(CQL,)))

    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(layout, components=BOTH, watcher=interrupt)
    assert pids(status(layout, (CQL,))) == before


def test_a_stack_that_is_stopped_while_it_starts_says_so(layout: Layout) -> None:
    """`down` in another terminal ends `up` with a line."""

    def stop(event: Event) -> None:
        if event.component == "kafka":
            down(layout)

    with pytest.raises(NotRunning, match="was stopped meanwhile"):
        up(layout, components=BOTH, watcher=stop)
    assert processes(layout) == []


def test_after_kill_9_of_the_supervisor_up_starts_anew(layout: Layout) -> None:
    """Its components go with it, and the next `up` has no trouble with what it left."""
    before = up(layout, components=BOTH)
    supervisor(layout).kill()
    after = up(layout, components=BOTH)

    assert all(entry.ready for entry in after)
    assert not set(pids(before).values()) & set(pids(after).values())


def test_after_kill_9_of_the_supervisor_down_waits_for_the_rest(layout: Layout) -> None:
    """Who says `down` then has nothing running afterwards."""
    up(layout, components=BOTH)
    supervisor(layout).kill()

    down(layout)
    assert processes(layout) == []
    until(lambda: bindable(HOST, layout.port("kafka")), "its port is free")


def test_what_was_killed_or_changed_is_restarted_and_nothing_else(layout: Layout) -> None:
    """Kill -9, another command, another configuration file: each touches its component alone."""
    pid = pids(up(layout, components=BOTH))
    kafka = pid["kafka"]
    assert kafka is not None
    os.kill(kafka, signal.SIGKILL)
    until(
        lambda: pids(status(layout, BOTH))["kafka"] not in (kafka, None),
        "kafka is another process",
    )
    changes: list[Callable[[Web], Web]] = [
        lambda web: replace(web, arguments=("new",)),
        lambda web: replace(web, arguments=("new",), config="new"),
    ]
    for change in changes:
        before = pids(status(layout, BOTH))
        after = up(layout, components=(CQL, change(KAFKA)))
        assert all(entry.ready for entry in after)
        assert pids(after)["kafka"] != before["kafka"]
        assert pids(after)["cql"] == before["cql"] == pid["cql"]
    assert json.loads(note(layout, "kafka").read_text())["argv"] == ["new"]


def test_a_stale_pid_file_is_not_believed(layout: Layout) -> None:
    """A pid that now belongs to somebody else is neither asked nor ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        layout.home.mkdir()
        (layout.home / "supervisord.pid").write_text(f"{other.pid}\n")

        assert down(layout) is False
        up(layout, components=(CQL,))
        down(layout)
        assert other.poll() is None
        other.communicate(b"\n")


def test_two_stacks_live_side_by_side(layout: Layout, tmp_path: Path) -> None:
    """Each has its own folder and ports, and `down` of one leaves the other alone."""
    up(layout, components=(CQL,))
    other = open_layout(tmp_path / "other", tmp_path, free_base(layout.port_base + 10))
    try:
        up(other, components=(CQL,))
        down(layout)
        assert [entry.ready for entry in status(other, (CQL,))] == [True]
        assert [entry.ready for entry in status(layout, (CQL,))] == [False]
    finally:
        down(other)


def test_a_running_stack_is_not_moved(layout: Layout) -> None:
    """Another port base needs a `down` first, and is refused without a change before."""
    before = up(layout, components=(CQL,))
    moved = open_layout(layout.home, layout.checkout, layout.port_base + 10)

    with pytest.raises(StackError, match="runs on ports from .* `messina down`"):
        up(moved, components=(CQL,))
    assert pids(status(layout, (CQL,))) == pids(before)


ATTACHED = """\
import sys
from pathlib import Path
from test_stack_up import CQL
from messina.stack import open_layout, up
layout = open_layout(Path(sys.argv[1]), Path(sys.argv[1]), int(sys.argv[2]))
up(layout, components=(CQL,), attached=True)
print("up", flush=True)
input()
"""


def test_an_attached_stack_ends_with_its_process(layout: Layout) -> None:
    """A test run that is killed -9 leaves no stack behind."""
    path = [str(Path(__file__).parent), *filter(None, sys.path)]
    command = [sys.executable, "-c", ATTACHED, str(layout.home), str(layout.port_base)]
    with subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "up\n"
        assert len(processes(layout)) == 2
        running.kill()

    until(lambda: not processes(layout), "nothing runs any more")


def test_status_needs_no_locks(tmp_path: Path) -> None:
    """Where the checkout has no locks, the real components are shown as stopped, of no version."""
    found = status(open_layout(tmp_path / "home", tmp_path))

    names = {"cql", "kafka", "registry", "postgres", "connect"}
    assert {entry.component for entry in found} == names
    assert {(entry.version, entry.state, entry.health) for entry in found} == {
        ("unknown", "STOPPED", "not running")
    }
