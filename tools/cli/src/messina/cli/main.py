"""Puts the commands together and turns errors into one line and an exit code."""

import click
import typer

from messina.artifacts import ArtifactError
from messina.artifacts.cli import app as artifacts_app
from messina.cli import stack as stack_commands
from messina.cli.test import test_command
from messina.stack import StackError

USAGE = 64
INTERRUPTED = 130

app = typer.Typer(
    name="messina",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="ScyllaDB to PostgreSQL, change by change. Start with `messina demo`.",
)
stack_commands.register(app)
app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    test_command
)
app.add_typer(artifacts_app, name="artifacts")


def main() -> int:
    """Runs the command line.

    Returns:
        0 fine, 1 error, 2 differences or drift found (only commands say that), 64 wrong usage,
        130 interrupted.
    """
    try:
        result = app(standalone_mode=False, prog_name="messina")
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.Abort:
        typer.echo("messina: interrupted", err=True)
        return INTERRUPTED
    except KeyboardInterrupt:
        typer.echo("messina: interrupted", err=True)
        return INTERRUPTED
    except (ArtifactError, StackError, click.ClickException) as error:
        typer.echo(f"messina: {error}", err=True)
        return 1
    return result if isinstance(result, int) else 0
