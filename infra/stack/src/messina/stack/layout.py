"""Where a stack keeps its state, and which ports it uses: all from one folder and one base."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from messina.stack.choices import EXTRAS, STAND_IN, Choices, ExternalCql
from messina.stack.errors import StackError
from messina.stack.external import discover

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
    "vault": 7,
    "vault-cluster": 8,
}
# 107 bytes, and the supervisor first binds a longer name.
_LONGEST_SOCKET = 90


@dataclass(frozen=True, slots=True)
class Layout:
    """One stack's folder and ports.

    Attributes:
        home: the state folder (`.messina/` of the checkout, or `$MESSINA_HOME`).
        port_base: the first of the stack's ports.
        checkout: the checkout whose Java and configuration it runs.
        cql: the database that is used in place of the stand-in.
        plugin_folders: folders with further plugins of Kafka Connect.
        extras: parts that not every stack has, by name: "vault".
    """

    home: Path
    port_base: int
    checkout: Path
    cql: ExternalCql | None = None
    plugin_folders: tuple[Path, ...] = ()
    extras: tuple[str, ...] = ()

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
    def vault(self) -> Path:
        """The folder of Vault's keys and tokens, which no connector may name."""
        return self.home / "vault"

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


def open_layout(
    home: Path,
    checkout: Path,
    port_base: int | None = None,
    *,
    cql: str | None = None,
    plugin_folders: Sequence[Path] | None = None,
    extras: Sequence[str] | None = None,
) -> Layout:
    """The layout of the stack in `home`; what was once chosen stays chosen.

    Args:
        home: its state folder.
        checkout: the checkout whose Java and configuration it runs.
        port_base: the first of its ports; None for what it was.
        cql: `host:port` of a database that is there already, which is looked at; "stand-in" for
            the stack's own; None for what it was.
        plugin_folders: folders with further plugins of Kafka Connect; None for what they were.
        extras: parts that not every stack has; None for what they were.

    Raises:
        StackError: the base leaves no room for the ports, the database does not answer, there is
            no such part, or the state file is damaged.
    """
    home = home.resolve()
    known = Choices.of(home)
    base = next((b for b in (port_base, known.port_base) if b is not None), DEFAULT_PORT_BASE)
    if not 1024 <= base <= 65535 - max(OFFSETS.values()):
        raise StackError(
            f"port base {base} leaves no room for {len(OFFSETS)} ports; choose one between "
            f"1024 and {65535 - max(OFFSETS.values())}: `messina up --port-base N`"
        )
    external = known.cql
    if cql is not None:
        external = None if cql == STAND_IN else discover(cql)
    folders = known.plugin_folders if plugin_folders is None else plugin_folders
    wanted = tuple(sorted(set(known.extras if extras is None else extras)))
    if unknown := sorted(set(wanted) - set(EXTRAS)):
        raise StackError(
            f"there is no part {', '.join(unknown)} to add; there is {', '.join(EXTRAS)}: "
            "`messina up --with vault`. Nothing was changed"
        )
    places = tuple(Path(folder).resolve() for folder in folders)
    return Layout(home, base, checkout, external, places, wanted)


def remembered_base(home: Path) -> int | None:
    """The port base that the stack in `home` was last started with.

    Raises:
        StackError: the state file is damaged.
    """
    return Choices.of(home).port_base


def remember(layout: Layout) -> None:
    """Keeps what was chosen in the state folder."""
    Choices(layout.port_base, layout.cql, layout.plugin_folders, layout.extras).keep(layout.home)
