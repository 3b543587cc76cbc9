"""The development shell: the flake can be parsed, and its lock answers for its inputs."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
FLAKE = ROOT / "flake.nix"

_GITHUB_INPUT = re.compile(r'inputs\.(\w+)\.url = "github:([\w.-]+)/([\w.-]+)/([\w.-]+)";')


def locked_nodes() -> dict[str, Any]:
    lock = json.loads((ROOT / "flake.lock").read_text())
    assert lock["version"] == 7
    assert lock["root"] == "root"
    nodes: dict[str, Any] = lock["nodes"]
    return nodes


def test_every_input_is_locked_as_it_is_asked_for() -> None:
    """The lock names the same inputs as the flake, at the same owner, repository and branch."""
    asked = {
        name: {"type": "github", "owner": owner, "repo": repo, "ref": ref}
        for name, owner, repo, ref in _GITHUB_INPUT.findall(FLAKE.read_text())
    }
    nodes = locked_nodes()

    inputs = nodes["root"]["inputs"]
    assert asked.keys() == inputs.keys()
    assert {name: nodes[node]["original"] for name, node in inputs.items()} == asked


def test_every_locked_input_has_a_revision_and_a_hash() -> None:
    """A locked input is a commit of what was asked for, with the hash of its content."""
    for name, node in locked_nodes().items():
        if name == "root":
            continue
        for key in ("type", "owner", "repo"):
            assert node["locked"][key] == node["original"][key]
        assert re.fullmatch(r"[0-9a-f]{40}", node["locked"]["rev"])
        assert re.fullmatch(r"sha256-[A-Za-z0-9+/]{43}=", node["locked"]["narHash"])


def test_the_outputs_take_exactly_the_inputs() -> None:
    """The flake's function has a parameter for each of its inputs, and no other."""
    text = FLAKE.read_text()
    parameters = re.search(r"outputs = \{ ([^}]*) \}:", text)
    assert parameters
    names = {name for name, *_ in _GITHUB_INPUT.findall(text)}
    assert set(parameters.group(1).split(", ")) == {"self", *names}


def test_the_shell_brings_both_pythons_and_both_launchers() -> None:
    """In the shell are CPython 3.9 for Pants, 3.11 for Messina, and the two commands by name."""
    text = FLAKE.read_text()
    for package in ("pkgs.python39", "pkgs.python311"):
        assert package in text
    for name in ("messina", "pants"):
        assert f'(launcher pkgs "{name}")' in text


@pytest.mark.skipif(
    shutil.which("nix-instantiate") is None,
    reason="nix-instantiate is not here: install nix-bin to have flake.nix parsed",
)
def test_nix_can_parse_the_flake() -> None:
    """Nix itself reads flake.nix without an error."""
    done = subprocess.run(
        ["nix-instantiate", "--parse", str(FLAKE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
