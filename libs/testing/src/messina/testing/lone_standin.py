"""A stand-in of a test's own, beside or without a stack."""

import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from messina.artifacts import root
from messina.scylla import Session, connect
from messina.secrets import SecretRef
from messina.stack import guard
from messina.stack.cql import Cql
from messina.stack.layout import HOST, Layout
from messina.stack.probe import bindable
from messina.stack.standin_options import StandinOptions
from messina.testing.ports import first_port
from messina.testing.waits import until

_PORT_BASE = 29420
_PORT_STEP = 2


class LoneStandin:
    """A stand-in process that a test may stop, kill and start again; its data stay.

    Attributes:
        home: its folder, with its log in it.
    """

    def __init__(self, component: Cql, layout: Layout) -> None:
        self.home = layout.home
        self._component = component
        self._layout = layout
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Its contact point, as `host:port`."""
        return self._layout.address("cql")

    @property
    def port(self) -> int:
        """Its CQL port."""
        return self._layout.port("cql")

    @property
    def log(self) -> Path:
        """What it printed."""
        return self._layout.log("cql")

    def connect(self, client: ssl.SSLContext | None = None) -> Session:
        """A session with it, to be closed by who asked for it.

        Args:
            client: how it is spoken to where it speaks TLS; None checks no certificate.
        """
        options = self._component.options or StandinOptions()
        if client is None and options.tls_certificate is not None:
            client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            client.check_hostname = False
            client.verify_mode = ssl.CERT_NONE
        file = options.password_file
        password = SecretRef.parse(f"file:{file}") if file is not None else None
        return connect(
            [self.address], "datacenter1", user=options.user, password=password, tls=client
        )

    def start(self) -> None:
        """Start it, and return when it speaks CQL."""
        assert self._process is None, "the stand-in runs already"
        command = self._component.prepare(self._layout, lambda _: None)
        guarded = [sys.executable, "-I", str(guard.__file__), "KILL", "-", *command.argv]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                guarded, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        until(self._serves, within=self._component.start_seconds, what="the stand-in speaks CQL")

    def stop(self) -> None:
        """Stop it as `messina down` does; nothing that it took is lost."""
        self._end("terminate")

    def kill(self) -> None:
        """Kill -9 it."""
        self._end("kill")

    def _end(self, how: str) -> None:
        if self._process is not None:
            getattr(self._process, how)()
            self._process.wait(60)
            self._process = None

    def _serves(self) -> bool:
        assert self._process is not None
        status = self._process.poll()
        if status is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            self._process = None
            raise AssertionError(f"the stand-in ended with {status}; its log ends with:\n{tail}")
        return self._component.unready(self._layout) is None


@contextmanager
def running_standin(component: Cql | None = None) -> Iterator[LoneStandin]:
    """A fresh stand-in that ends with this block, and with this process however that ends.

    Args:
        component: how it is configured, such as `Cql(StandinOptions(user=…))`; None is without
            password and TLS.
    """
    home = Path(tempfile.mkdtemp(prefix="messina-standin-"))
    component = component or Cql(StandinOptions())
    standin = LoneStandin(component, Layout(home, _free_base(), root()))
    try:
        standin.start()
        yield standin
    finally:
        standin.kill()
        shutil.rmtree(home, ignore_errors=True)


def _free_base() -> int:
    first = first_port(_PORT_BASE)
    for base in range(first, first + 50 * _PORT_STEP, _PORT_STEP):
        layout = Layout(Path(), base, Path())
        if all(bindable(HOST, layout.port(name)) for name in Cql().ports()):
            return base
    raise AssertionError(f"no free ports from {first} on for a stand-in")
