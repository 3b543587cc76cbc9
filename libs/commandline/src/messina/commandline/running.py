"""Running a command line to its exit code."""

from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from messina.commandline.codes import INTERRUPTED, WRONG_USAGE
from messina.commandline.signals import leave_politely
from messina.commandline.telling import tell


def invoke(
    app: typer.Typer, name: str, arguments: Sequence[str] | None, *, interrupted: str
) -> int:
    """Run a command line and return its exit code.

    Args:
        app: the commands.
        name: what it is called in usage messages.
        arguments: instead of the process's own, if not None.
        interrupted: said after ctrl-C: what was left, and the next step.
    """
    code: object
    if arguments is None:
        leave_politely()
    try:
        code = app(
            None if arguments is None else list(arguments), standalone_mode=False, prog_name=name
        )
    except TyperException as error:
        if hasattr(error, "show"):
            error.show()  # with the usage and a hint
        else:
            typer.echo(str(error), err=True)
        return WRONG_USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    if code == INTERRUPTED:
        tell(f"interrupted; {interrupted}", kind="Interrupted")
    return code if isinstance(code, int) else 0
