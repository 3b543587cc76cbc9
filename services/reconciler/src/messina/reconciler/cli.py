"""The command line: run.

Exit codes: 0 equal, 1 an error, 2 differences, 64 wrong usage.
"""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.exceptions import TyperException

from messina.pipeline import Endpoints, SpecError, load_spec, parse_duration
from messina.postgres import PostgresError
from messina.reconciler.comparing import compare
from messina.reconciler.console import progress_bars, show_report
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.version import version
from messina.scylla import ScyllaError
from messina.secrets import SecretsError
from messina.telemetry import configure_logging

DIFFERENCES = 2
WRONG_USAGE = 64
INTERRUPTED = 130

EXPECTED = (SpecError, ReconcilerError, ScyllaError, PostgresError, SecretsError)

app = typer.Typer(
    name="reconcile",
    help="Say whether source and sink are equal, row by row, while both are moving.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(version())
        raise typer.Exit


@app.callback()
def _common(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Print the version and end."
        ),
    ] = False,
) -> None:
    pass


def _duration(text: str) -> timedelta:
    if text in ("0", "0s"):
        return timedelta(0)
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command(
    epilog="Examples:\n\n  messina reconcile run examples/flights.yaml\n\n"
    "  messina reconcile run examples/flights.yaml --table flights --settle 1m\n\n"
    "  messina reconcile run examples/flights.yaml --json | jq .discrepancies"
)
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline's YAML file.")],
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="Only this table; may be given again."),
    ] = None,
    settle: Annotated[
        timedelta,
        typer.Option(
            parser=_duration,
            metavar="DURATION",
            help="A difference counts once the source's row has not changed for so long.",
        ),
    ] = "30s",  # type: ignore[assignment]  # typer parses a default, too
    limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Show so many differences. [default: 20, with --json all]",
            show_default=False,
        ),
    ] = None,
    endpoints: Annotated[
        Path | None,
        typer.Option(
            "--endpoints",
            metavar="PATH",
            help="Where the systems are. [default: $MESSINA_ENDPOINTS, else $MESSINA_HOME/"
            "endpoints.json, else .messina/endpoints.json]",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object instead of text.")
    ] = False,
) -> None:
    """Compare every row of every table; change nothing. Exit 0 if all are equal, 2 if not."""
    # What the driver logs of a failure comes back as an error, which is told in one line.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    screen = Console(stderr=True, highlight=False)
    with _told(as_json), progress_bars(screen) as progress:
        spec = load_spec(file)
        where = Endpoints.load(endpoints)
        report = compare(spec, where, table or None, settle, progress)
    if as_json:
        _print_json(report.as_json(limit))
    else:
        show_report(Console(highlight=False), report, 20 if limit is None else limit)
    if not report.equal:
        raise typer.Exit(DIFFERENCES)


def main() -> None:
    """Run the command line by itself."""
    configure_logging("reconciler", version(), level="warning")
    sys.exit(invoke())


def invoke(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code, with 64 for wrong usage."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="reconciler")
    except TyperException as error:
        if hasattr(error, "show"):
            error.show()
        else:
            typer.echo(str(error), err=True)
        return WRONG_USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    if code == INTERRUPTED:
        typer.echo("interrupted; nothing was changed; next: the same command again", err=True)
    return code if isinstance(code, int) else 0


@contextmanager
def _told(as_json: bool) -> Iterator[None]:
    """Turn what is expected to go wrong into one message and exit code 1."""
    try:
        yield
    except EXPECTED as error:
        if as_json:
            _print_json({"error": str(error), "kind": type(error).__name__})
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value))
