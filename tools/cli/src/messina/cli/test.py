"""`messina test`: the whole test suite under plain pytest, for machines without CPython 3.9."""

import subprocess
import sys

import typer

from messina.artifacts import root

_EXIT_CODES = {0: 0, 4: 64}


def test_command(context: typer.Context) -> None:
    """Runs the tests with pytest; what follows is handed to it.

    Example: messina test -k offsets
    """
    command = [sys.executable, "-m", "pytest", *context.args]
    done = subprocess.run(command, cwd=root(), check=False)
    # pytest's 2 is "interrupted or not collected", which here would mean "differences".
    raise typer.Exit(_EXIT_CODES.get(done.returncode, 1))
