"""The command line: plan, apply, status, destroy.

Exit codes: 0 fine, 1 an error or an unhealthy pipeline, 2 there is something to do, 64 wrong usage.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from messina import commandline
from messina.commandline import (
    DIFFERENCES,
    AsJson,
    EndpointsPath,
    SpecFile,
    add_version,
    print_json,
    told,
)
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

EXPECTED = (SpecError, DeployerError, KafkaProblem, ScyllaError, PostgresError, SecretsError)

app = typer.Typer(
    name="deploy",
    help="Make a pipeline's spec real: topics, Postgres tables, connectors.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
)

add_version(app, version)


@app.command(
    epilog="Examples:\n\n  messina deploy plan examples/flights.yaml\n\n"
    "  messina deploy plan examples/flights.yaml --json | jq .summary"
)
def plan(file: SpecFile, endpoints: EndpointsPath = None, as_json: AsJson = False) -> None:
    """Say what there is to do; change nothing. Exit 2 if there is something, 0 if nothing."""
    with told(EXPECTED, as_json):
        spec, where = _inputs(file, endpoints)
        result = planning.plan(spec, where)
        if as_json:
            print_json(result)
        else:
            show_plan(_console(), result, str(file))
    if result.steps:
        raise typer.Exit(DIFFERENCES)


@app.command(
    epilog="Examples:\n\n  messina deploy apply examples/flights.yaml\n\n"
    "  messina deploy apply examples/flights.yaml --timeout 300"
)
def apply(
    file: SpecFile,
    endpoints: EndpointsPath = None,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds until every task must run.")
    ] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Do what the plan says, restart what has failed, and wait until every task runs."""
    with told(EXPECTED, as_json):
        spec, where = _inputs(file, endpoints)
        result = planning.plan(spec, where)
        console = _console()
        if not as_json:
            console.print(f"pipeline [bold]{result.pipeline}[/]: {summary(result)}")
        for event in applying.apply(result, timeout=timeout, file=str(file)):
            if not as_json:
                show_event(console, event)
        if as_json:
            print_json(result)
        elif not result.steps:
            console.print("unchanged")


@app.command(
    epilog="Examples:\n\n  messina deploy status examples/flights.yaml\n\n"
    "  messina deploy status examples/flights.yaml --json"
)
def status(file: SpecFile, endpoints: EndpointsPath = None, as_json: AsJson = False) -> None:
    """Say how each table's connectors are. Exit 0 if every expected task runs, 1 if not."""
    with told(EXPECTED, as_json):
        spec, where = _inputs(file, endpoints)
        result = health.status(spec, where)
        if as_json:
            print_json(result)
        else:
            show_status(_console(), result)
    if not result.healthy:
        raise typer.Exit(1)


@app.command(
    epilog="Examples:\n\n  messina deploy destroy examples/flights.yaml\n\n"
    "  messina deploy destroy examples/flights.yaml --delete-data --yes"
)
def destroy(
    file: SpecFile,
    endpoints: EndpointsPath = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    delete_data: Annotated[
        bool,
        typer.Option("--delete-data", help="Delete offsets, topics and Postgres tables as well."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete a pipeline's connectors; its data only with --delete-data."""
    with told(EXPECTED, as_json):
        spec, where = _inputs(file, endpoints)
        if not yes:
            what = (
                "connectors, offsets, topics and Postgres tables" if delete_data else "connectors"
            )
            if not _agreed(f"Delete the {what} of pipeline {spec.pipeline}?"):
                raise DeployerError("nothing was deleted; next: the same command with --yes")
        events = destroying.destroy(spec, where, delete_data=delete_data)
        if as_json:
            print_json({"events": [event.model_dump(mode="json") for event in events]})
        elif not show_destroyed(_console(), events):
            _console().print("there was nothing to delete")


def main() -> None:
    """Run the command line by itself."""
    sys.exit(invoke())


def invoke(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code, with 64 for wrong usage."""
    left = "what was made stays; next: the same command again goes on from here"
    return commandline.invoke(app, "connector-deployer", arguments, interrupted=left)


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
