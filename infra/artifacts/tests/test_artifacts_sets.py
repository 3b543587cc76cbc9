"""Locks and requests of artifact sets: what is read is what was written, or is refused."""

from pathlib import Path

import pytest

from messina.artifacts import ArtifactError, LockMissing, all_sets, cache_dir, root
from messina.artifacts.sets import Locked, read_lock, read_request, write_lock

ENTRY = Locked(
    groupId="g.h",
    artifactId="a",
    version="1",
    packaging="tar.gz",
    classifier="all",
    sha256="0" * 64,
    size=3,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESSINA_ROOT", str(tmp_path))
    made = tmp_path / "infra" / "thing"
    made.mkdir(parents=True)
    (made / "artifacts.toml").write_text('single = ["g.h:a:1:all:tar.gz"]\n')
    return made


def test_a_lock_gives_back_what_was_written(folder: Path) -> None:
    """What is locked is read again as it was, and lies where a Maven repository has it."""
    write_lock(folder, (ENTRY,), "3.2.0")

    assert read_lock(folder) == (ENTRY,)
    assert ENTRY.path == Path("g/h/a/1/a-1-all.tar.gz")
    assert {path.name for path in folder.iterdir()} == {"artifacts.toml", "jgo.lock.toml"}


def test_a_set_without_a_lock_says_how_to_make_it(folder: Path) -> None:
    """The message names the command, with the set as the command takes it."""
    with pytest.raises(LockMissing, match="run `tools/bin/messina artifacts lock infra/thing`"):
        read_lock(folder)


def test_a_lock_older_than_its_request_is_refused(folder: Path) -> None:
    """A changed artifacts.toml needs a new lock."""
    write_lock(folder, (ENTRY,), "3.2.0")
    (folder / "artifacts.toml").write_text("single = []\n")

    with pytest.raises(LockMissing, match="is older than"):
        read_lock(folder)


@pytest.mark.parametrize(
    "damage",
    ["[metadata", "metadata = 1", "", 'sha256 = "0"', "<<<<<<< HEAD"],
    ids=["toml", "form", "empty", "fields", "merge"],
)
def test_a_damaged_lock_is_refused_in_one_line(folder: Path, damage: str) -> None:
    """Whatever is wrong with a lock, the message says which, and what to do."""
    write_lock(folder, (ENTRY,), "3.2.0")
    (folder / "jgo.lock.toml").write_text(damage)

    with pytest.raises(LockMissing, match="is damaged") as caught:
        read_lock(folder)
    assert "\n" not in str(caught.value)


def test_a_lock_with_a_cut_hash_is_refused(folder: Path) -> None:
    """A SHA-256 has 64 digits; a lock with fewer is damaged."""
    write_lock(folder, (ENTRY,), "3.2.0")
    lock = folder / "jgo.lock.toml"
    lock.write_text(lock.read_text().replace("0" * 64, "0" * 63))

    with pytest.raises(LockMissing, match="is damaged"):
        read_lock(folder)


def test_a_folder_without_a_request_is_no_set(tmp_path: Path) -> None:
    """A wrong path is said to be one."""
    with pytest.raises(ArtifactError, match="is no artifact set"):
        read_lock(tmp_path)


@pytest.mark.parametrize("text", ["unknown = 1", 'single = ["a"]', 'closure = ["g:a:1:b"]', "["])
def test_a_request_of_another_form_is_refused(folder: Path, text: str) -> None:
    """artifacts.toml knows three keys, and coordinates of a fixed form."""
    (folder / "artifacts.toml").write_text(text)

    with pytest.raises(ArtifactError, match="cannot be read as an artifact set"):
        read_request(folder)


def test_every_set_of_the_checkout_has_a_current_lock() -> None:
    """No set was committed with a lock that does not answer it."""
    for folder in all_sets(root()):
        assert read_lock(folder), folder


def test_a_relative_cache_home_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the XDG specification has it: the cache must not be wherever the person happens to be."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert cache_dir() == tmp_path / ".cache" / "messina"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_dir() == tmp_path / "x" / "messina"
