"""The command line: plan, apply, status, destroy.

Exit codes: 0 fine, 1 an error or an unhealthy pipeline, 2 there is something to do, 64 wrong usage.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich.console import Console
from typer.exceptions import TyperException

from messina.deployer import applying, destroying, health, planning
from messina.deployer.console import (
    show_destroyed,
    show_event,
    show_plan,
    show_status,
    summary,
)
from messina.deployer.errors import DeployerError
from messina.deployer.version import version
from messina.kafka import KafkaProblem
from messina.pipeline import Endpoints, PipelineSpec, SpecError, load_spec
from messina.postgres import PostgresError
from messina.scylla import ScyllaError
from messina.secrets import SecretsError

THERE_IS_SOMETHING_TO_DO = 2
WRONG_USAGE = 64
INTERRUPTED = 130

EXPECTED = (SpecError, DeployerError, KafkaProblem, ScyllaError, PostgresError, SecretsError)

app = typer.Typer(
    name="deploy",
    help="Make a pipeline's spec real: topics, Postgres tables, connectors.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline's YAML file.")]
EndpointsPath = Annotated[
    Path | None,
    typer.Option(
        "--endpoints",
        metavar="PATH",
        help="Where the systems are. [default: $MESSINA_ENDPOINTS, else $MESSINA_HOME/"
        "endpoints.json, else .messina/endpoints.json]",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(version())
        raise typer.Exit


@app.callback()
def _common(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_show_version,
            help="Print the version and end.",
        ),
    ] = False,
) -> None:
    pass


@app.command(
    epilog="Examples:\n\n  messina deploy plan examples/flights.yaml\n\n"
    "  messina deploy plan examples/flights.yaml --json | jq .summary"
)
def plan(file: File, endpoints: EndpointsPath = None, as_json: AsJson = False) -> None:
    """Say what there is to do; change nothing. Exit 2 if there is something, 0 if nothing."""
    with _told(as_json):
        spec, where = _inputs(file, endpoints)
        result = planning.plan(spec, where)
        if as_json:
            _print_json(result)
        else:
            show_plan(_console(), result, str(file))
    if result.steps:
        raise typer.Exit(THERE_IS_SOMETHING_TO_DO)


@app.command(
    epilog="Examples:\n\n  messina deploy apply examples/flights.yaml\n\n"
    "  messina deploy apply examples/flights.yaml --timeout 300"
)
def apply(
    file: File,
    endpoints: EndpointsPath = None,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds until every task must run.")
    ] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Do what the plan says, restart what has failed, and wait until every task runs."""
    with _told(as_json):
        spec, where = _inputs(file, endpoints)
        result = planning.plan(spec, where)
        console = _console()
        if not as_json:
            console.print(f"pipeline [bold]{result.pipeline}[/]: {summary(result)}")
        for event in applying.apply(result, timeout=timeout, file=str(file)):
            if not as_json:
                show_event(console, event)
        if as_json:
            _print_json(result)
        elif not result.steps:
            console.print("unchanged")


@app.command(
    epilog="Examples:\n\n  messina deploy status examples/flights.yaml\n\n"
    "  messina deploy status examples/flights.yaml --json"
)
def status(file: File, endpoints: EndpointsPath = None, as_json: AsJson = False) -> None:
    """Say how each table's connectors are. Exit 0 if every expected task runs, 1 if not."""
    with _told(as_json):
        spec, where = _inputs(file, endpoints)
        result = health.status(spec, where)
        if as_json:
            _print_json(result)
        else:
            show_status(_console(), result)
    if not result.healthy:
        raise typer.Exit(1)


@app.command(
    epilog="Examples:\n\n  messina deploy destroy examples/flights.yaml\n\n"
    "  messina deploy destroy examples/flights.yaml --delete-data --yes"
)
def destroy(
    file: File,
    endpoints: EndpointsPath = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    delete_data: Annotated[
        bool,
        typer.Option("--delete-data", help="Delete offsets, topics and Postgres tables as well."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a pipeline's connectors; its data only with --delete-data."""
    with _told(as_json):
        spec, where = _inputs(file, endpoints)
        if not yes:
            what = (
                "connectors, offsets, topics and Postgres tables" if delete_data else "connectors"
            )
            if not _agreed(f"Delete the {what} of pipeline {spec.pipeline}?"):
                raise DeployerError("nothing was deleted; next: the same command with --yes")
        events = destroying.destroy(spec, where, delete_data=delete_data)
        if as_json:
            _print_json({"events": [event.model_dump(mode="json") for event in events]})
        elif not show_destroyed(_console(), events):
            _console().print("there was nothing to delete")


def main() -> None:
    """Run the command line by itself."""
    sys.exit(run(app))


def run(application: typer.Typer, arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code, with 64 for wrong usage."""
    try:
        code = application(arguments, standalone_mode=False, prog_name="connector-deployer")
    except TyperException as error:
        if hasattr(error, "show"):
            error.show()
        else:
            typer.echo(str(error), err=True)
        return WRONG_USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    if code == INTERRUPTED:
        typer.echo(
            "interrupted; what was made stays; next: the same command again goes on from here",
            err=True,
        )
    return code if isinstance(code, int) else 0


def _inputs(file: Path, endpoints: Path | None) -> tuple[PipelineSpec, Endpoints]:
    return load_spec(file), Endpoints.load(endpoints)


def _agreed(question: str) -> bool:
    """Whether a person says yes; nobody there, or ctrl-C, is no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo(err=True)
        return False


def _console() -> Console:
    return Console(highlight=False)


def _print_json(value: BaseModel | dict[str, Any]) -> None:
    content = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    typer.echo(json.dumps(content))


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
