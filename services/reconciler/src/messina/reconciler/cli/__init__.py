"""The command line: one file for each command.

Exit codes: 0 equal, or done; 1 an error, 2 differences, 64 wrong usage.
"""

import logging
import sys

import typer

from messina import commandline
from messina.commandline import add_common
from messina.reconciler.cli import backfill, explain, gaps, heal, history, run
from messina.reconciler.version import version

__all__ = ["app", "invoke", "main"]

app = typer.Typer(
    name="reconcile",
    help="Say whether source and sink are equal, row by row, while both are moving.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)


add_common(app, "reconciler", version)

# What the driver logs of a failure comes back as an error, which is told in one line.
logging.getLogger("cassandra").setLevel(logging.CRITICAL)

app.command(epilog=run.EPILOG)(run.run)
app.command(epilog=history.EPILOG)(history.history)
app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=backfill.EPILOG)(backfill.backfill)
app.command(epilog=heal.EPILOG)(heal.heal)
app.command(epilog=gaps.EPILOG)(gaps.gaps)


def main() -> None:
    """Run the command line by itself."""
    sys.exit(invoke())


def invoke(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code, with 64 for wrong usage."""
    left = "what is done is kept; next: the same command, of run and backfill with --resume"
    return commandline.invoke(app, "reconciler", arguments, interrupted=left)
