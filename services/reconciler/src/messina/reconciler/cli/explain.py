"""explain: one row on both sides, and on its way."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console

from messina.commandline import (
    DIFFERENCES,
    AsJson,
    EndpointsPath,
    EnvName,
    SpecFile,
    print_json,
    told,
)
from messina.pipeline import Endpoints, load_spec
from messina.reconciler import explain as explaining
from messina.reconciler.cli.run import EXPECTED, duration

EPILOG = (
    "Examples:\n\n  messina reconcile explain pipeline.yaml flights 4711\n\n"
    "  messina reconcile explain pipeline.yaml events"
    """ '{"id": 7, "at": "2026-11-23T06:00:00Z"}'\n\n"""
    """  messina reconcile explain pipeline.yaml events '[7, "a"]' --since 1d --json"""
)


def explain(
    file: SpecFile,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The table in the source.")],
    key: Annotated[
        str,
        typer.Argument(
            metavar="KEY",
            help="The whole primary key: a JSON object of its columns, a JSON array of their "
            "values, or the bare value where it is one column.",
        ),
    ],
    static: Annotated[
        bool, typer.Option("--static", help="What the partition shares, not one of its rows.")
    ] = False,
    since: Annotated[
        timedelta,
        typer.Option(
            parser=duration, metavar="DURATION", help="How far back events are looked for."
        ),
    ] = "1h",  # type: ignore[assignment]  # typer parses a default, too
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Show one row on both sides, its events and where it stands. Exit 0 if equal, 2 if not."""
    with told(EXPECTED, as_json):
        spec = load_spec(file, env)
        where = Endpoints.load(endpoints)
        found = explaining.explain(spec, where, table, key, static=static, since=since)
    if as_json:
        print_json(found.as_json())
    else:
        explaining.show_explanation(Console(highlight=False), found)
    if not found.equal:
        raise typer.Exit(DIFFERENCES)
