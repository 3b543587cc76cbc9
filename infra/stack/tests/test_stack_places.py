"""Where another account keeps its data, so that it can get there and nothing is lost."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from messina.stack import Layout, open_layout
from messina.stack.account import Account
from messina.stack.errors import ComponentFailed
from messina.stack.places import data_folder

# Who is neither us nor in our group.
STRANGER = Account("stranger", 54321, 54321)


@pytest.fixture
def layout() -> Iterator[Layout]:
    """A stack's home below folders that everybody may pass (pytest's own are closed)."""
    with tempfile.TemporaryDirectory(dir="/tmp") as top:
        Path(top).chmod(0o755)
        home = Path(top) / "home"
        home.mkdir(mode=0o755)
        yield open_layout(home, Path(top))


def test_our_own_server_keeps_its_data_at_home(layout: Layout) -> None:
    """An ordinary user's data lies in the stack's own folder, however closed that is."""
    layout.home.chmod(0o700)

    assert data_folder(layout, "postgres", None, layout.checkout / "var") == layout.data("postgres")
    assert not (layout.checkout / "var").exists()


def test_another_account_keeps_its_data_at_home_if_it_gets_there(layout: Layout) -> None:
    """Root's stack in an open folder needs no other place."""
    assert data_folder(layout, "postgres", STRANGER, layout.checkout / "var") == layout.data(
        "postgres"
    )


def test_a_closed_home_gets_a_link(layout: Layout) -> None:
    """Data that must lie elsewhere is found by a link in the stack's folder, in every later run."""
    layout.home.chmod(0o700)
    place = data_folder(layout, "postgres", STRANGER, layout.checkout / "var")
    place.mkdir()

    assert STRANGER.reaches(place.parent)
    assert layout.data("postgres").resolve() == place
    layout.home.chmod(0o755)
    assert data_folder(layout, "postgres", STRANGER, layout.checkout / "var") == place


def test_a_door_that_closed_later_does_not_lose_data(layout: Layout) -> None:
    """Data at home that the account no longer reaches is an error, not an empty new database."""
    data_folder(layout, "postgres", STRANGER, layout.checkout / "var").mkdir()
    layout.home.chmod(0o700)

    with pytest.raises(ComponentFailed, match="the data is untouched.*chmod o"):
        data_folder(layout, "postgres", STRANGER, layout.checkout / "var")


def test_a_home_made_anew_does_not_find_old_data(layout: Layout) -> None:
    """Who removes the stack's folder gets an empty stack; what it led to goes with the next one."""
    layout.home.chmod(0o700)
    old = data_folder(layout, "postgres", STRANGER, layout.checkout / "var")
    old.mkdir()
    layout.data("postgres").unlink()

    new = data_folder(layout, "postgres", STRANGER, layout.checkout / "var")
    assert new != old
    assert not old.exists()
