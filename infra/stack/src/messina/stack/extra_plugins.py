"""Plugins of Kafka Connect that somebody brings along, in folders of their own.

A worker finds plugins by their service manifests only (`plugin.discovery=service_load`), which
many plugins lack; Kafka's tool adds them. So each folder is taken into the cache, where that may be
done.
"""

import hashlib
import zipfile
from pathlib import Path

from messina.artifacts import Listener, Progress
from messina.artifacts.verified import sha256
from messina.stack.errors import StackError
from messina.stack.manifests import write_manifests
from messina.stack.unpack import link_or_copy, once

_MANIFESTS = "META-INF/services/org.apache.kafka."
_NEXT = (
    "next: messina up --plugin-path DIR, where DIR holds a plugin's jars, or folders with one "
    "plugin's jars each; nothing was changed"
)


def extra_plugins(
    folders: tuple[Path, ...], kafka: tuple[Path, ...], listener: Listener
) -> tuple[Path, ...]:
    """The folders for the worker's `plugin.path`, one for each that was named.

    Raises:
        StackError: a folder is not there, or holds no plugin.
    """
    return tuple(_taken(folder, kafka, listener) for folder in folders)


def plugins_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The jars of each plugin in a folder: its own jars are one, those of each subfolder another.

    Raises:
        StackError: there is none.
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "does not exist"
        raise StackError(f"the plugin folder {folder} {what}; {_NEXT}")
    try:
        own = tuple(sorted(folder.glob("*.jar")))
        below = {
            one.name: tuple(sorted(one.rglob("*.jar")))
            for one in sorted(folder.iterdir())
            if one.is_dir()
        }
    except OSError as error:
        raise StackError(
            f"the plugin folder {folder} can't be read ({error.strerror}); {_NEXT}"
        ) from error
    found = {name: jars for name, jars in {folder.name: own, **below}.items() if jars}
    if not found:
        packed = sorted(p.name for p in folder.iterdir() if p.suffix in (".zip", ".gz", ".tgz"))
        hint = f" ({packed[0]} must be unpacked first)" if packed else ""
        raise StackError(f"the plugin folder {folder} holds no jars{hint}; {_NEXT}")
    for jar in (jar for jars in found.values() for jar in jars):
        if not zipfile.is_zipfile(jar):
            raise StackError(f"{jar} is no jar: it may be half copied; {_NEXT}")
    return found


def _taken(folder: Path, kafka: tuple[Path, ...], listener: Listener) -> Path:
    found = plugins_in(folder)
    digest = hashlib.sha256(b"1")
    for name, jars in found.items():
        for jar in jars:
            digest.update(f"{name} {jar.name} {sha256(jar)}".encode())

    def make(into: Path) -> None:
        listener(Progress(f"taking plugins from {folder}", 0, 1, "steps"))
        for name, jars in found.items():
            (into / name).mkdir()
            for jar in jars:
                link_or_copy(jar, into / name / jar.name)
        write_manifests(into, kafka)
        _refuse_without_plugin(folder, into)
        listener(Progress(f"taking plugins from {folder}", 1, 1, "steps"))

    return once(f"extra-plugins-{digest.hexdigest()[:16]}", make)


def _refuse_without_plugin(folder: Path, taken: Path) -> None:
    for jar in taken.rglob("*.jar"):
        with zipfile.ZipFile(jar) as packed:
            if any(name.startswith(_MANIFESTS) for name in packed.namelist()):
                return
    raise StackError(f"no jar in {folder} has a plugin of Kafka Connect in it; {_NEXT}")
