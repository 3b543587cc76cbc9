"""The committed locks of tools/python: they answer their requests, by hash and without a host."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tools" / "python"
NAMES = sorted(path.stem for path in FOLDER.glob("*.in"))

_HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def asked(name: str) -> list[Requirement]:
    lines = (FOLDER / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pins(name: str) -> dict[str, set[str]]:
    """Each project of a lock and its versions; several where they differ by Python or platform."""
    found: dict[str, set[str]] = {}
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        if line and line[0] not in "# ":
            requirement = Requirement(line.removesuffix("\\"))
            (specifier,) = requirement.specifier
            assert specifier.operator == "=="
            found.setdefault(canonicalize_name(requirement.name), set()).add(specifier.version)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_holds_what_is_asked_for(name: str) -> None:
    """Each requirement of `NAME.in` is pinned in `NAME.txt`, at a version that satisfies it."""
    locked = pins(name)
    for requirement in asked(name):
        versions = locked.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not locked: run tools/python/lock {name}"
        assert all(
            requirement.specifier.contains(version) for version in versions
        ), f"{requirement} is locked at {versions}: run tools/python/lock {name}"


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_hashes(name: str) -> None:
    """A pin is followed by the SHA-256 of its files, so that pip takes nothing else."""
    blocks = re.split(r"^(?=[a-z0-9])", (FOLDER / f"{name}.txt").read_text(), flags=re.MULTILINE)
    for block in blocks[1:]:
        pin, *hashes = block.splitlines()
        assert hashes, f"no hash for {pin}"
        assert all(_HASH.match(line) for line in hashes), block


@pytest.mark.parametrize("name", NAMES)
def test_no_lock_names_a_host(name: str) -> None:
    """Where packages come from is the machine's matter: a lock has neither URL nor index option."""
    for suffix in ("in", "txt"):
        text = (FOLDER / f"{name}.{suffix}").read_text()
        assert "://" not in text
        assert not re.search(r"^ *(-i|-f|--index-url|--extra-index-url|--find-links)\b", text, re.M)


def test_every_lock_has_its_request() -> None:
    """There is no lock that nothing asks for."""
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == NAMES


def test_pants_toml_and_its_lock_name_one_version() -> None:
    """The Pants that is installed is the one that pants.toml asks for."""
    pants = tomllib.loads((ROOT / "pants.toml").read_text())
    assert pins("pants")["pantsbuild-pants"] == {pants["GLOBAL"]["pants_version"]}


def test_pants_asks_for_the_types_that_are_locked() -> None:
    """`[mypy].extra_type_stubs` is what mypy-stubs.in asks for; Pants installs nothing else."""
    pants = tomllib.loads((ROOT / "pants.toml").read_text())
    assert pants["mypy"]["extra_type_stubs"] == [str(each) for each in asked("mypy-stubs")]
