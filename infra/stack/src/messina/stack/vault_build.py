"""Vault's binary, built once per machine from source: its makers publish none on a registry."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from messina.artifacts import Listener, Progress, cache_dir
from messina.stack.component import last_lines
from messina.stack.errors import StackError
from messina.stack.unpack import once

_ROOM = Path("infra/stack/vault")
# `minimal` leaves out the engines of clouds and databases, which nobody here uses; go.mod puts
# stand-ins in place of further clients of clouds. The lock has no module whose path is a registry's
# host: `mod` adds them, in the versions that Vault's own locked go.mod names, checked against Go's
# checksum database.
_BUILD = ("build", "-mod=mod", "-trimpath", "-tags", "minimal", "-ldflags", "-s -w", "-o")
# An index of every package of every module, made before anything is compiled, takes longer than to
# find the few that are used. Compilers that collect less garbage are a little faster.
_GO = {"GOWORK": "off", "GODEBUG": "goindex=0", "GOGC": "400"}
GIVEN = "MESSINA_VAULT_BINARY"
"""The variable that names a Vault that is there already."""


def vault_version(checkout: Path) -> str:
    """The version that is built, or "given" where `MESSINA_VAULT_BINARY` names another."""
    if os.environ.get(GIVEN):
        return "given"
    found = re.search(
        r"github\.com/hashicorp/vault v(\S+)", (checkout / _ROOM / "go.mod").read_text()
    )
    return found[1] if found else "unknown"


def why_no_vault(checkout: Path, *, build: bool = True) -> str | None:
    """None when there is a Vault or, where it may be built, a Go to do it; else what is missing."""
    if os.environ.get(GIVEN) or _tree(checkout).is_dir():
        return None
    if not build:
        return "there is no Vault in the cache yet; next: messina up --with vault builds one"
    if shutil.which("go") is not None:
        return None
    return (
        "Vault is built from source, for which Go must be installed (`go version`), and is not; "
        f"next: install Go {_go_version(checkout)} or newer, or set {GIVEN} to a Vault's binary"
    )


def vault_binary(checkout: Path, listener: Listener) -> Path:
    """The program, from the cache; built first where it is not there (4 minutes of 1 core).

    Raises:
        StackError: there is no Go, the build failed, or the binary that was named is not there.
    """
    if given := os.environ.get(GIVEN):
        binary = Path(given).resolve()
        if not os.access(binary, os.X_OK) or binary.is_dir():
            raise StackError(f"{GIVEN}={given} is no program; nothing was started")
        return binary
    if (problem := why_no_vault(checkout)) is not None:
        raise StackError(f"{problem}. Nothing was started; without Vault: messina up --with none")

    def make(folder: Path) -> None:
        task = f"building Vault {vault_version(checkout)} with Go (once, some minutes)"
        listener(Progress(task, 0, 1, "steps"))
        _build(checkout, folder / "vault")
        listener(Progress(task, 1, 1, "steps"))

    return once(_tree(checkout).name, make) / "vault"


def _tree(checkout: Path) -> Path:
    digest = hashlib.sha256(" ".join(_BUILD).encode())
    room = checkout / _ROOM
    for file in sorted(room.rglob("*")):
        if file.is_file():
            digest.update(f"\n{file.relative_to(room)} ".encode() + file.read_bytes())
    return cache_dir() / "trees" / f"vault-{vault_version(checkout)}-{digest.hexdigest()[:12]}"


def _build(checkout: Path, target: Path) -> None:
    # In a folder of its own: Go looks for workspaces and vendor folders above.
    with tempfile.TemporaryDirectory(prefix="messina-vault-") as folder:
        room = shutil.copytree(checkout / _ROOM, Path(folder, "vault"))
        done = subprocess.run(
            # It takes all cores for minutes: what runs beside it comes first.
            ["nice", "-n", "15", "go", *_BUILD, str(target), "."],
            cwd=room,
            env={**os.environ, **_GO},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        said = last_lines("\n".join(_telling(done.stderr)))
        raise StackError(
            "Vault could not be built; nothing was started, what Go fetched stays in its cache. "
            f"Next: mend this, then run the command again, or set {GIVEN}:\n{said}"
        )


def _telling(text: str) -> list[str]:
    """What Go says, without a line for each module that it fetches."""
    return [line for line in text.splitlines() if not line.startswith("go: downloading ")]


def _go_version(checkout: Path) -> str:
    found = re.search(r"^go (\d+\.\d+)", (checkout / _ROOM / "go.mod").read_text(), re.MULTILINE)
    return found[1] if found else ""
