"""A pipeline from its first plan to its end: plan, apply, destroy."""

from typing import Annotated

import typer

from messina.commandline import (
    DIFFERENCES,
    AsJson,
    EndpointsPath,
    EnvName,
    SpecFile,
    print_json,
    told,
)
from messina.deployer import applying, destroying, planning
from messina.deployer.cli.common import EXPECTED, agreed, console, inputs
from messina.deployer.console import show_destroyed, show_event, show_plan, summary
from messina.deployer.errors import DeployerError


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        epilog="Examples:\n\n  messina deploy plan examples/flights.yaml\n\n"
        "  messina deploy plan examples/flights.yaml --json | jq .summary"
    )(plan)
    app.command(
        epilog="Examples:\n\n  messina deploy apply examples/flights.yaml\n\n"
        "  messina deploy apply examples/flights.yaml --timeout 300"
    )(apply)
    app.command(
        epilog="Examples:\n\n  messina deploy destroy examples/flights.yaml\n\n"
        "  messina deploy destroy examples/flights.yaml --delete-data --yes"
    )(destroy)


def plan(
    file: SpecFile, env: EnvName = None, endpoints: EndpointsPath = None, as_json: AsJson = False
) -> None:
    """Say what there is to do; change nothing. Exit 2 if there is something, 0 if nothing."""
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        result = planning.plan(spec, where)
        if as_json:
            print_json(result)
        else:
            show_plan(console(), result, spec.argument)
    if result.steps:
        raise typer.Exit(DIFFERENCES)


def apply(
    file: SpecFile,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds until every task must run.")
    ] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Do what the plan says, restart what has failed, and wait until every task runs."""
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        result = planning.plan(spec, where)
        screen = console()
        if not as_json:
            screen.print(f"pipeline [bold]{result.pipeline}[/]: {summary(result)}")
        for event in applying.apply(result, timeout=timeout, file=spec.argument):
            if not as_json:
                show_event(screen, event)
        if as_json:
            print_json(result)
        elif not result.steps:
            screen.print("unchanged")


def destroy(
    file: SpecFile,
    env: EnvName = None,
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
        spec, where = inputs(file, endpoints, env)
        if not yes:
            what = (
                "connectors, offsets, topics and Postgres tables" if delete_data else "connectors"
            )
            if not agreed(f"Delete the {what} of pipeline {spec.pipeline}?"):
                raise DeployerError("nothing was deleted; next: the same command with --yes")
        events = destroying.destroy(spec, where, delete_data=delete_data)
        if as_json:
            print_json({"events": [event.model_dump(mode="json") for event in events]})
        elif not show_destroyed(console(), events):
            console().print("there was nothing to delete")
