"""One real stack for all tests of a run, and none beside it on the machine."""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from messina.artifacts import cache_dir, exclusive, root
from messina.pipeline import Endpoints
from messina.stack import ComponentStatus, Layout, down, open_layout, status, up
from messina.stack.layout import HOST, OFFSETS
from messina.stack.operations import components_of
from messina.stack.probe import bindable
from messina.testing.options import Options
from messina.testing.ports import first_port
from messina.testing.turns import TURNS
from messina.testing.waits import until

_PORT_BASE = 28700
_PORT_STEP = 20
_PLAIN = Options()
SECRET_VARIABLE = "MESSINA_SECRET_TEST"
"""A secret that every process of a test's stack is started with."""


class Stack:
    """A running stack that a test may break.

    Attributes:
        layout: where it is.
        only: the components that it has; none means all.
        ours: whether this run started it, and so may change what it is made of.
        shared: whether it is the one of the whole run, which no gentle test may break.
    """

    def __init__(
        self,
        layout: Layout,
        only: Sequence[str] = (),
        *,
        ours: bool = True,
        shared: bool = False,
    ) -> None:
        self.layout = layout
        self.only = tuple(only)
        self.ours = ours
        self.shared = shared

    @property
    def endpoints(self) -> Endpoints:
        """Where its parts are."""
        return Endpoints.load(self.layout.endpoints)

    def status(self, component: str) -> ComponentStatus:
        """How one component is now."""
        return next(entry for entry in status(self.layout) if entry.component == component)

    def kill(self, component: str) -> None:
        """SIGKILL to the component's process; the supervisor starts it again by itself."""
        self._breaks(f"kill -9 of {component}")
        pid = self.status(component).pid
        assert pid is not None, f"{component} is not running, so it cannot be killed"
        os.kill(pid, signal.SIGKILL)
        until(
            lambda: self.status(component).pid != pid,
            within=30,
            what=f"{component} is another process after kill -9",
        )

    def add(self, part: str) -> None:
        """As `messina up --with PART`: Connect is started anew with it."""
        self._breaks(f"adding {part}")
        self.layout = replace(self.layout, extras=(*self.layout.extras, part))
        self.up()

    def up(self) -> None:
        """As `messina up`: back to all ready, with what another test process has added."""
        self._breaks("up")
        added = open_layout(self.layout.home, self.layout.checkout).extras
        extras = tuple(sorted({*self.layout.extras, *added}))
        self.layout = replace(self.layout, extras=extras)
        known = components_of(self.layout)
        parts = tuple(c for c in known if c.name in self.only) if self.only else None
        up(self.layout, attached=True, components=parts)

    def _breaks(self, what: str) -> None:
        if self.shared:
            TURNS.refuse_breaking(what)


def joined_stack(home: Path, *, ours: bool) -> Stack:
    """The stack in `home`, which another process of this run started, if it is ours, and ends."""
    return Stack(open_layout(home, root()), ours=ours, shared=True)


@contextmanager
def running_stack(options: Options = _PLAIN) -> Iterator[Stack]:
    """A fresh stack, alone on this machine, that ends with this process, however that ends.

    Or the one that the options name: that is used as it is, and goes on running.
    """
    if options.stack is not None:
        yield Stack(open_layout(options.stack, root()), ours=False, shared=True)
        return
    with exclusive(cache_dir() / "test-stack.lock"), _fresh_stack(options) as running:
        running.shared = True
        yield running


@contextmanager
def running_second_stack(*, cql: str | None = None, only: Sequence[str] = ()) -> Iterator[Stack]:
    """One more stack beside the one that this run holds already.

    Args:
        cql: the address of the CQL server that it uses; None is a stand-in of its own.
        only: the components that it has; none means all.
    """
    with _fresh_stack(Options(cql=cql), only) as running:
        yield running


@contextmanager
def _fresh_stack(options: Options = _PLAIN, only: Sequence[str] = ()) -> Iterator[Stack]:
    # Directly below the temporary folder and open to others: as root, Postgres runs as
    # somebody else, who could not pass through pytest's private folders.
    home = Path(tempfile.mkdtemp(prefix="messina-test-"))
    home.chmod(0o755)
    plugins = () if options.source_plugin is None else (options.source_plugin,)
    layout = open_layout(
        home, root(), _free_base(), cql=options.cql, plugin_folders=plugins or None
    )
    # What the deployer and Connect have in their environment; a test looks where else it is.
    os.environ.setdefault(SECRET_VARIABLE, f"MARK-env-{secrets.token_hex(8)}")
    running = Stack(layout, only)
    try:
        running.up()
        yield running
    finally:
        down(running.layout)
        if "MESSINA_KEEP_TEST_STACK" not in os.environ:
            shutil.rmtree(home, ignore_errors=True)


def _free_base() -> int:
    first = first_port(_PORT_BASE)
    for base in range(first, first + 50 * _PORT_STEP, _PORT_STEP):
        if all(bindable(HOST, base + offset) for offset in OFFSETS.values()):
            return base
    raise AssertionError(f"no free ports from {first} on for a test stack")
