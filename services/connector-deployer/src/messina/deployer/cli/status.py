"""How a pipeline is: status, health, get, describe."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape

from messina.commandline import AsJson, EndpointsPath, EnvName, SpecFile, print_json, told
from messina.deployer.cli.common import EXPECTED, LOOKING_S, console, inputs, wide_console
from messina.deployer.cli.targets import OnlyRole, OptionalTargets, TableNames, Targets, chosen
from messina.deployer.console_status import (
    StatusView,
    show_connectors,
    show_description,
    show_health,
)
from messina.deployer.describing import describe as describe_connectors
from messina.deployer.health import PipelineStatus, verdict
from messina.deployer.inventory import deployed, select
from messina.deployer.looking import Looker
from messina.deployer.offsets.hints import standing
from messina.deployer.site import Site
from messina.deployer.verbs import state_of
from messina.pipeline import Endpoints, PipelineSpec, parse_duration

_WATCHING_S = 3.0


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        epilog="Examples:\n\n  messina deploy status examples/flights.yaml\n\n"
        "  messina deploy status examples/flights.yaml --watch --interval 5\n\n"
        "  messina deploy status examples/flights.yaml --json | jq '.tables[].lag'"
    )(status)
    app.command(
        epilog="Examples:\n\n  messina deploy health examples/flights.yaml\n\n"
        "  messina deploy health examples/flights.yaml --max-lag 60s || page-somebody"
    )(health)
    app.command(
        epilog="Examples:\n\n  messina deploy get\n\n  messina deploy get examples/flights.yaml\n\n"
        "  messina deploy get 'flight*' --only sink --json"
    )(get)
    app.command(
        epilog="Examples:\n\n  messina deploy describe examples/flights.yaml --table flights\n\n"
        "  messina deploy describe flights.flights.sink --json | jq .connectors[0].errors"
    )(describe)


def status(
    file: SpecFile,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Look again and again, until ctrl-C.")
    ] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="Seconds between looks, with --watch.")
    ] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Say how each table is: source, sink, tasks, lag, dead letters, last error.

    Exit 0 if every expected task runs, 1 if not. Kafka Connect is enough: what else does not
    answer shows as unknown. With --watch it ends with 0 at ctrl-C; --json is a line for each look.
    """
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        patience = _WATCHING_S if watch else LOOKING_S
        with Looker(spec, where, patience=patience) as looker:
            if watch:
                watching(looker, wide_console(), interval, as_json=as_json)
                return
            result = looker.look()
        if as_json:
            print_json(result)
        else:
            wide_console().print(StatusView(result))
            for text in stopped(spec, result):
                console().print(f"[yellow]![/] {escape(text)}", soft_wrap=True)
    if not result.healthy:
        raise typer.Exit(1)


def stopped(spec: PipelineSpec, result: PipelineStatus) -> tuple[str, ...]:
    """What to do about sources that lose rows when they are stopped."""
    if spec.source.connector != "scylladb":
        return ()
    ends = ("FAILED", "STOPPED", "PAUSED")
    names = {t.source.connector for t in result.tables if t.source.state in ends}
    return standing(names, spec.argument)


def watching(looker: Looker, screen: Console, interval: float, *, as_json: bool) -> None:
    """Look and show, again and again, until ctrl-C."""
    pause = threading.Event()  # nobody sets it: it is a sleep that ctrl-C ends at once
    try:
        if as_json or not screen.is_terminal:
            while True:
                result = looker.look()
                if as_json:
                    print_json(result)
                else:
                    screen.print(StatusView(result, _now()))
                pause.wait(interval)
        with Live(console=screen, auto_refresh=False, vertical_overflow="visible") as live:
            while True:
                live.update(StatusView(looker.look(), _now()), refresh=True)
                pause.wait(interval)
    except KeyboardInterrupt:
        return


def health(
    file: SpecFile,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    max_lag: Annotated[
        timedelta | None,
        typer.Option(
            parser=lambda text: _duration(text),
            metavar="TIME",
            help="How far behind a table may be, such as 60s; an unknown lag is too far. "
            "[default: lags are not judged]",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Exit 0 if the pipeline is well, or 1 with a line for each thing that is not."""
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        judged = max_lag is not None
        with Looker(spec, where, lag=judged, patience=LOOKING_S) as looker:
            result = verdict(looker.look(), max_lag.total_seconds() if max_lag else None)
        if as_json:
            print_json(result)
        else:
            show_health(console(), result)
    if not result.healthy:
        raise typer.Exit(1)


def get(
    targets: OptionalTargets = None,
    table: TableNames = None,
    only: OnlyRole = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """List the pipelines and connectors that Kafka Connect has of ours; or one pipeline's."""
    with told(EXPECTED, as_json):
        selection = chosen(targets, table, only, env)
        with Site(Endpoints.load(endpoints), patience=LOOKING_S) as site:
            there = deployed(site.connect.overview())
        if there or selection.targets or selection.tables:
            there = select(there, selection)
        if as_json:
            print_json(
                {
                    "pipelines": sorted({one.pipeline for one in there}),
                    "connectors": [
                        {
                            "pipeline": one.pipeline,
                            "role": one.role,
                            "tables": one.tables,
                            **state_of(one).model_dump(mode="json"),
                        }
                        for one in there
                    ],
                }
            )
        elif there:
            show_connectors(wide_console(), there)
        else:
            console().print("there is no pipeline; next: messina deploy apply FILE")


def describe(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Show all there is to know of connectors: configuration without secrets, tasks, errors."""
    with told(EXPECTED, as_json):
        found = describe_connectors(
            Endpoints.load(endpoints), chosen(targets, table, only, env), patience=LOOKING_S
        )
        if as_json:
            print_json({"connectors": [one.model_dump(mode="json") for one in found]})
        else:
            for one in found:
                show_description(console(), one)


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _now() -> datetime:
    return datetime.now(UTC).astimezone()
