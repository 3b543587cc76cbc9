"""`messina test`: the whole test suite under plain pytest, for machines without CPython 3.9."""

import os
import subprocess
import sys

import typer

from messina.artifacts import root


def test_command(context: typer.Context) -> None:
    """Runs the tests with pytest; what follows is handed to it.

    Example: messina test -k offsets
    """
    command = [sys.executable, "-m", "pytest", *context.args]
    done = subprocess.run(command, cwd=root(), env=dict(os.environ), check=False)
    raise typer.Exit(done.returncode)
