"""A pipeline from its first plan to its end: plan, apply, destroy."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

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
from messina.deployer.cli.common import EXPECTED, Timeout, agreed, console, inputs, logged
from messina.deployer.console import show_destroyed
from messina.deployer.errors import DeployerError
from messina.deployer.plan import Plan
from messina.deployer.saved import moved, read_plan, write_plan
from messina.deployer.showing import Showing, show_moved, show_notes, show_plan, summary

DeleteData = Annotated[
    bool,
    typer.Option(
        "--delete-data",
        help="Delete topics, Postgres tables and offsets of tables that the spec names no more.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        epilog="Examples:\n\n  messina deploy plan examples/flights.yaml\n\n"
        "  messina deploy plan examples/flights.yaml --json | jq .summary\n\n"
        "  messina deploy plan pipelines/*.yaml\n\n"
        "  messina deploy plan examples/flights.yaml --out plan.json"
    )(plan)
    app.command(
        epilog="Examples:\n\n  messina deploy apply examples/flights.yaml\n\n"
        "  messina deploy apply examples/flights.yaml --timeout 300\n\n"
        "  messina deploy apply plan.json"
    )(apply)
    app.command(
        epilog="Examples:\n\n  messina deploy destroy examples/flights.yaml\n\n"
        "  messina deploy destroy examples/flights.yaml --delete-data --yes"
    )(destroy)


def plan(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", help="The pipeline's YAML file, or those of several."),
    ],
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PLAN",
            help="Save the plan, for apply, which refuses it later on if "
            "the world is another one by then.",
        ),
    ] = None,
    delete_data: DeleteData = False,
    as_json: AsJson = False,
) -> None:
    """Say what there is to do; change nothing. Exit 2 if there is something, 0 if nothing.

    Of several files one after the other; --json is a line for each.
    """
    if out is not None and len(files) > 1:
        raise typer.BadParameter("a saved plan is of one FILE", param_hint="--out")
    steps = 0
    with told(EXPECTED, as_json):
        for file in files:
            spec, where = inputs(file, endpoints, env)
            result = planning.plan(spec, where, delete_data=delete_data)
            steps += len(result.steps)
            if out is not None:
                write_plan(result, out)
            if as_json:
                print_json(result)
            else:
                show_plan(console(), result, str(out or spec.argument))
    if steps:
        raise typer.Exit(DIFFERENCES)


def apply(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The pipeline's YAML file, or a saved plan.")
    ],
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    timeout: Annotated[
        float, typer.Option(min=1.0, help="Seconds until every task must run.")
    ] = 120.0,
    delete_data: DeleteData = False,
    as_json: AsJson = False,
) -> None:
    """Do what the plan says, restart what has failed, and wait until every task runs.

    A saved plan is carried out as it is, at its own endpoints; exit 2, with nothing changed, if
    the world has moved since.
    """
    with told(EXPECTED, as_json):
        screen = console()
        result = read_plan(file)
        if result is None:
            spec, where = inputs(file, endpoints, env)
            result = planning.plan(spec, where, delete_data=delete_data)
        else:
            given = {"--env": env, "--endpoints": endpoints, "--delete-data": delete_data}
            if extra := [name for name, value in given.items() if value]:
                raise typer.BadParameter(
                    f"{file} is a saved plan: what it does, and where, was said when it was made; "
                    f"make it anew with them: messina deploy plan {result.file} "
                    f"{' '.join(extra)} --out {file}",
                    param_hint=", ".join(extra),
                )
            _refuse_moved(result, file, as_json)
        if not as_json:
            screen.print(f"pipeline [bold]{result.pipeline}[/]: {summary(result)}")
            show_notes(screen, result)
        with Showing(screen, result) as showing:
            for event in logged(applying.apply(result, timeout=timeout)):
                if not as_json:
                    showing.show(event)
        if as_json:
            print_json(result)
        elif not result.steps:
            screen.print("unchanged")


def _refuse_moved(plan: Plan, file: Path, as_json: bool) -> None:
    """Say what is not as the plan found it, and end with 2; do nothing where all is."""
    differing = moved(plan)
    if not differing:
        return
    ends = f"nothing was changed; next: messina deploy plan {plan.file} --out {file}"
    if as_json:
        print_json(
            {
                "error": f"the world has moved since {file} was made; {ends}",
                "kind": "Moved",
                "moved": [one.model_dump(mode="json") for one in differing],
            }
        )
    else:
        show_moved(console(), differing)
        console().print(
            f"The world has moved since {escape(str(file))} was made; {escape(ends)}",
            soft_wrap=True,
        )
    raise typer.Exit(DIFFERENCES)


def destroy(
    file: SpecFile,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    delete_data: Annotated[
        bool,
        typer.Option("--delete-data", help="Delete offsets, topics and Postgres tables as well."),
    ] = False,
    timeout: Timeout = 60.0,
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
        events = logged(destroying.destroy(spec, where, delete_data=delete_data, patience=timeout))
        if as_json:
            print_json(
                {"events": [event.model_dump(mode="json", exclude_none=True) for event in events]}
            )
        elif not show_destroyed(console(), events):
            console().print("there was nothing to delete")
