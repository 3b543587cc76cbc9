"""The command line. One file for each group of commands; what they share is in `common`.

Exit codes: 0 fine, 1 an error or an unhealthy pipeline, 2 there is something to do, 64 wrong usage.
"""

import sys

import typer

from messina import commandline
from messina.commandline import add_common
from messina.deployer.cli import dlq, lifecycle, offsets, status, verbs, watch
from messina.deployer.version import version

app = typer.Typer(
    name="deploy",
    help="Make a pipeline's spec real: topics, Postgres tables, connectors.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)

add_common(app, "connector-deployer", version)
lifecycle.register(app)
status.register(app)
verbs.register(app)
offsets.register(app)
dlq.register(app)
watch.register(app)


def main() -> None:
    """Run the command line by itself."""
    sys.exit(invoke())


def invoke(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code, with 64 for wrong usage."""
    left = "what was made stays; next: the same command again goes on from here"
    return commandline.invoke(app, "connector-deployer", arguments, interrupted=left)
