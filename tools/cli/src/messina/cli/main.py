"""Puts the commands together; what goes wrong becomes a line and an exit code."""

import errno
import platform
from typing import Annotated

import typer
from typer.exceptions import TyperException

from messina.artifacts.cli import app as artifacts_app
from messina.cli import __version__
from messina.cli import stack as stack_commands
from messina.cli.demo.command import demo_command
from messina.cli.test import test_command
from messina.commandline import INTERRUPTED, WRONG_USAGE, leave_politely
from messina.deployer.cli import app as deployer_app
from messina.reconciler.cli import app as reconciler_app

app = typer.Typer(
    name="messina",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="ScyllaDB to PostgreSQL, change by change. Start with `messina demo`.",
)
stack_commands.register(app)
app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    test_command
)
app.add_typer(artifacts_app, name="artifacts")
app.command("demo")(demo_command)
app.add_typer(deployer_app, name="deploy")
app.add_typer(reconciler_app, name="reconcile")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"messina {__version__} (CPython {platform.python_version()})")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="And exit.")
    ] = False,
) -> None:
    pass


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line.

    Returns:
        0 fine, 1 error, 2 differences or drift found (only commands say that), 64 wrong usage,
        130 interrupted (143 by SIGTERM, 129 by SIGHUP).
    """
    leave_politely()
    try:
        result = app(arguments, standalone_mode=False, prog_name="messina")
    except TyperException as error:
        if hasattr(error, "show"):
            error.show()  # with the usage and a hint
        else:
            _say(str(error))
        return WRONG_USAGE if error.exit_code == 2 else 1
    except (typer.Abort, KeyboardInterrupt):
        result = INTERRUPTED
    except OSError as error:
        if error.errno is None:
            raise
        _say(_advice(error))
        return 1
    except Exception as error:
        if not type(error).__module__.startswith("messina."):
            raise
        _say(str(error))
        return 1
    if result == INTERRUPTED:
        _say("interrupted; the same command can be run again")
    return result if isinstance(result, int) else 0


def _advice(error: OSError) -> str:
    """One line for what the machine refused."""
    where = f" ({error.filename})" if error.filename else ""
    what = f"{error.strerror}{where}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{what}: make room there, then run the same command again; nothing is half written"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{what}: give this user access, or choose other folders by MESSINA_HOME (state) "
            "and XDG_CACHE_HOME (cache), then run the same command again"
        )
    return f"{what}: put that right, then run the same command again"


def _say(text: str) -> None:
    typer.echo(f"messina: {text}", err=True)
