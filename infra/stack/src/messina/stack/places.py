"""Where data lies that another account must reach, when the stack's own folder is closed to it.

Root's home is closed on most machines, and with umask 077 every folder is. Such data goes below
/var/lib/messina, and a link in the stack's `data` folder leads there: the link alone says whose it
is. A stack folder that was removed takes its link with it; what it led to is removed when a stack
is made there anew, since its password is gone too.
"""

import secrets
import shutil
from pathlib import Path

from messina.stack.account import Account
from messina.stack.errors import ComponentFailed
from messina.stack.layout import Layout
from messina.stack.unpack import make_passable

SYSTEM = Path("/var/lib/messina")


def data_folder(
    layout: Layout, component: str, account: Account | None, system: Path = SYSTEM
) -> Path:
    """The data folder of a component, which need not exist; the folder above it does.

    Once chosen, it stays: a closed door must not make the data look lost.

    Raises:
        ComponentFailed: the data is where `account` cannot reach it any more.
    """
    inside = layout.data(component)
    if inside.is_symlink():
        make_passable(inside.readlink().parent)
        return inside.readlink()
    make_passable(inside.parent)
    if account is None:
        return inside
    reachable = account.reaches(inside.parent)
    if inside.exists():
        if not reachable:
            raise ComponentFailed(
                f"{component} runs as {account.name}, who cannot reach its data in {inside}; the "
                f"data is untouched. Open the folders above it: chmod o+x FOLDER"
            )
        return inside
    if reachable:
        return inside
    return _outside(layout, component, inside, system / "stacks")


def _outside(layout: Layout, component: str, link: Path, top: Path) -> Path:
    make_passable(top)
    for orphan in top.glob(f"{layout.identity}-{component}-*"):
        shutil.rmtree(orphan)
    folder = top / f"{layout.identity}-{component}-{secrets.token_hex(4)}"
    make_passable(folder)
    link.symlink_to(folder / "data")
    return folder / "data"
