"""Each service as one file: it runs on its own, and knows its version."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("connector-deployer", "reconciler")


@pytest.mark.parametrize("service", SERVICES)
def test_a_packaged_service_says_its_own_version(service: str, tmp_path: Path) -> None:
    """Far from any checkout, `SERVICE.pex --version` prints the service's VERSION."""
    packaged = ROOT / f"{service}.pex"
    if not packaged.exists():
        pytest.skip("only Pants packages the services: `tools/bin/pants package ::`")

    done = subprocess.run(
        [str(packaged), "--version"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PEX_ROOT": str(tmp_path / "pex")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    version = (ROOT / "services" / service / "VERSION").read_text().strip()
    assert done.stdout.split()[-1] == version
