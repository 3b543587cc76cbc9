"""Where a stack keeps its state, and which ports it uses: all from one folder and one base."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from messina.stack.errors import StackError

DEFAULT_PORT_BASE = 27100
HOST = "127.0.0.1"
# Offsets from the base. A number once given is never given to something else.
OFFSETS = {
    "kafka": 0,
    "kafka-controller": 1,
    "connect": 2,
    "registry": 3,
    "postgres": 4,
    "cql": 5,
    "cql-storage": 6,
}
# 107 bytes, and the supervisor first binds a longer name.
_LONGEST_SOCKET = 90
_STATE = "stack.json"


@dataclass(frozen=True, slots=True)
class Layout:
    """One stack's folder and ports.

    Attributes:
        home: the state folder (`.messina/` of the checkout, or `$MESSINA_HOME`).
        port_base: the first of the stack's ports.
        checkout: the checkout whose Java and configuration it runs.
    """

    home: Path
    port_base: int
    checkout: Path

    def port(self, name: str) -> int:
        """The port of `name`, one of `OFFSETS`."""
        return self.port_base + OFFSETS[name]

    def address(self, name: str) -> str:
        """`host:port` of `name`."""
        return f"{HOST}:{self.port(name)}"

    def data(self, component: str) -> Path:
        """The folder that holds what a component must keep."""
        return self.home / "data" / component

    def config(self, component: str) -> Path:
        """The folder of a component's rendered configuration; written anew by each `up`."""
        return self.home / "config" / component

    def log(self, component: str) -> Path:
        """A component's log file."""
        return self.home / "logs" / f"{component}.log"

    @property
    def secrets(self) -> Path:
        """The folder of generated secrets, one file each; the only one Connect may read."""
        return self.home / "secrets"

    @property
    def endpoints(self) -> Path:
        """`endpoints.json`: where everything is, for those who use the stack."""
        return self.home / "endpoints.json"

    @property
    def identity(self) -> str:
        """A short name for this stack, the same as long as its folder is."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def socket(self) -> Path:
        """The supervisor's socket: in `home`, unless its path is too long for a socket's."""
        inside = self.home / "supervisor.sock"
        if len(os.fsencode(inside)) <= _LONGEST_SOCKET:
            return inside
        # Not by TMPDIR: `up` and `down` must agree, whoever set what in between.
        return Path("/tmp") / f"messina-{os.geteuid()}" / f"{self.identity}.sock"


def default_home(checkout: Path) -> Path:
    """`$MESSINA_HOME`, or `.messina` in the checkout."""
    stated = os.environ.get("MESSINA_HOME")
    return Path(stated).resolve() if stated else checkout / ".messina"


def open_layout(home: Path, checkout: Path, port_base: int | None = None) -> Layout:
    """The layout of the stack in `home`; a base that was once chosen stays chosen.

    Raises:
        StackError: the base leaves no room for the ports, or the state file is damaged.
    """
    home = home.resolve()
    remembered = remembered_base(home)
    base = next((b for b in (port_base, remembered) if b is not None), DEFAULT_PORT_BASE)
    if not 1024 <= base <= 65535 - max(OFFSETS.values()):
        raise StackError(
            f"port base {base} leaves no room for {len(OFFSETS)} ports; choose one between "
            f"1024 and {65535 - max(OFFSETS.values())}: `messina up --port-base N`"
        )
    return Layout(home, base, checkout)


def remembered_base(home: Path) -> int | None:
    """The port base that the stack in `home` was last started with.

    Raises:
        StackError: the state file is damaged.
    """
    state = home / _STATE
    try:
        return int(json.loads(state.read_text())["port_base"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(
            f"{state} is damaged ({type(error).__name__}: {error}); the data beside it is "
            "untouched. Remove that file, then `messina up`, with `--port-base N` if the stack "
            "had other ports"
        ) from error


def remember(layout: Layout) -> None:
    """Keeps the chosen base in the state folder."""
    layout.home.mkdir(parents=True, exist_ok=True)
    state = layout.home / _STATE
    temporary = state.with_suffix(".new")
    temporary.write_text(json.dumps({"version": 1, "port_base": layout.port_base}) + "\n")
    temporary.replace(state)
