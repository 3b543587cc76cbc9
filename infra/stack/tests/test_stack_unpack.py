"""Archives become folders once, whole, inside their place, and open to other accounts."""

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from messina.stack.unpack import extract_tar, make_passable, once


@pytest.fixture
def strict_umask() -> Iterator[None]:
    """What some administrators give everybody."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def fill(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "inner" / "file").write_text("right")


def refuse(folder: Path) -> None:
    raise AssertionError("made again")


def test_a_folder_is_made_once(tmp_path: Path) -> None:
    """What is whole is used as it is."""
    made = once("thing", fill, tmp_path)

    assert once("thing", refuse, tmp_path) == made
    assert (made / "inner" / "file").read_text() == "right"


@pytest.mark.parametrize("damage", ["gone", "cut", "unlisted"])
def test_a_folder_that_lost_something_is_made_anew(tmp_path: Path, damage: str) -> None:
    """A file that is gone or cut, or no list of files: the folder is not used."""
    made = once("thing", fill, tmp_path)
    file = made / "inner" / "file"
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        os.truncate(file, 1)
    else:
        (made / ".files").unlink()

    once("thing", fill, tmp_path)
    assert file.read_text() == "right"


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    """What could not be made whole is not there, under any name."""
    with pytest.raises(AssertionError):
        once("thing", refuse, tmp_path)

    assert [path.name for path in (tmp_path / "trees").iterdir()] == ["thing.lock"]


@pytest.mark.usefixtures("strict_umask")
def test_other_accounts_may_enter_whatever_the_umask(tmp_path: Path) -> None:
    """PostgreSQL runs as another account, from a folder that root unpacked with umask 077."""
    source = tmp_path / "source" / "bin"
    source.mkdir(parents=True)
    (source / "server").write_text("run")
    (source / "server").chmod(0o755)
    with tarfile.open(tmp_path / "it.tar", "w") as tar:
        tar.add(source, "bin")

    made = once("thing", lambda folder: extract_tar(tmp_path / "it.tar", folder), tmp_path)

    for path in (made, made / "bin", made / "bin" / "server"):
        assert path.stat().st_mode & 0o005 == 0o005, path


@pytest.mark.usefixtures("strict_umask")
def test_only_new_folders_are_opened(tmp_path: Path) -> None:
    """A folder that somebody closed stays closed."""
    closed = tmp_path / "closed"
    closed.mkdir()
    make_passable(closed / "a" / "b")

    assert closed.stat().st_mode & 0o777 == 0o700
    assert (closed / "a" / "b").stat().st_mode & 0o777 == 0o755


@pytest.fixture(params=["with filters", "as in CPython 3.11.2"])
def _python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param != "with filters":
        monkeypatch.delattr(tarfile, "data_filter")


@pytest.mark.usefixtures("_python")
def test_a_tar_is_unpacked_as_it_is(tmp_path: Path) -> None:
    """Files, links and permissions arrive, also with a Python that has no extraction filters."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "server").write_text("run")
    (source / "server").chmod(0o755)
    (source / "link").symlink_to("server")
    with tarfile.open(tmp_path / "it.tar", "w") as tar:
        tar.add(source, "top")
    extract_tar(tmp_path / "it.tar", tmp_path / "out")

    assert (tmp_path / "out" / "top" / "link").read_text() == "run"
    assert os.access(tmp_path / "out" / "top" / "server", os.X_OK)


@pytest.mark.usefixtures("_python")
@pytest.mark.parametrize(("name", "link"), [("../out-of-it", ""), ("link", "../../secret")])
def test_a_tar_cannot_write_elsewhere(tmp_path: Path, name: str, link: str) -> None:
    """A member or a link that leads out of the folder is refused."""
    member = tarfile.TarInfo(name)
    if link:
        member.type, member.linkname = tarfile.SYMTYPE, link
    with tarfile.open(tmp_path / "it.tar", "w") as tar:
        tar.addfile(member)

    with pytest.raises(tarfile.TarError):
        extract_tar(tmp_path / "it.tar", tmp_path / "out")
    assert not (tmp_path / "out-of-it").exists()
