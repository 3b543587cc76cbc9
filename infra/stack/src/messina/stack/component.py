"""What every component has: the same verbs, one file each."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from messina.artifacts import ArtifactError, Listener
from messina.artifacts.sets import read_lock, set_name
from messina.stack.layout import Layout


@dataclass(frozen=True, slots=True)
class Command:
    """How a component's process is started.

    Attributes:
        argv: program and arguments.
        env: what is added to the environment.
        secrets: whether it is given the variables `MESSINA_SECRET_*`.
        user: the account it runs as, when that is not ours.
        stop_signal: the signal that asks it to stop cleanly.
        stop_seconds: how long it may take before it is killed.
    """

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    secrets: bool = False
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 30


class Component(Protocol):
    """One part of the stack."""

    @property
    def name(self) -> str:
        """The component's name, of its log file too."""
        ...

    @property
    def after(self) -> tuple[str, ...]:
        """Components that must be ready before this one is started."""
        ...

    @property
    def start_seconds(self) -> int:
        """How long it may take until it is ready on a slow machine."""
        ...

    def version(self, layout: Layout) -> str:
        """The version of the software it runs."""
        ...

    def ports(self) -> tuple[str, ...]:
        """The names of its ports; the first one serves clients."""
        ...

    def prepare(self, layout: Layout, listener: Listener) -> Command:
        """Fetches what it needs, writes its configuration, and says how to start it.

        Safe to run again, also while the component runs.
        """
        ...

    def unready(self, layout: Layout) -> str | None:
        """None when it serves clients; else what is missing, in a few words."""
        ...

    def settle(self, layout: Layout) -> None:
        """What has to be done once it is ready (a database made, say). Safe to run again."""
        ...


def write_if_changed(path: Path, text: str) -> None:
    """Writes a configuration file in one step, and leaves it alone when it says that already."""
    try:
        if path.read_text() == text:
            return
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text)
    temporary.replace(path)


def locked_version(folder: Path, artifact: str) -> str:
    """The version of `artifact` in the locked set `folder`.

    Raises:
        ArtifactError: the set has no current lock, or it lacks the artifact.
    """
    for entry in read_lock(folder):
        if entry.artifactId == artifact:
            return entry.version
    raise ArtifactError(
        f"{set_name(folder)} has no {artifact} in its lock; put it into artifacts.toml, then "
        f"`tools/bin/messina artifacts lock {set_name(folder)}`"
    )


def last_lines(text: str, count: int = 12) -> str:
    """The end of a program's output: what it said when it failed."""
    return "\n".join(text.strip().splitlines()[-count:])
