"""What is done to connectors that run: pause, stop, resume, restart."""

from pathlib import Path
from typing import Annotated

import typer

from messina.commandline import AsJson, EndpointsPath, EnvName, print_json, told
from messina.deployer.cli.common import EXPECTED, console, logged
from messina.deployer.cli.targets import OnlyRole, TableNames, Targets, chosen
from messina.deployer.console_status import show_outcomes
from messina.deployer.inventory import Role
from messina.deployer.verbs import Verb, act
from messina.pipeline import Endpoints

Timeout = Annotated[
    float, typer.Option(min=1.0, metavar="SECONDS", help="Seconds until they must be so.")
]

Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why, for whoever looks at it later."),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        epilog="Examples:\n\n  messina deploy pause examples/flights.yaml\n\n"
        "  messina deploy pause flights --table 'event_*' --only sink"
    )(pause)
    app.command(
        epilog="Examples:\n\n  messina deploy stop examples/flights.yaml --reason 'new disks'\n\n"
        "  messina deploy stop flights.flights.sink"
    )(stop)
    app.command(
        epilog="Examples:\n\n  messina deploy resume examples/flights.yaml\n\n"
        "  messina deploy resume 'flight*' --table events"
    )(resume)
    app.command(
        epilog="Examples:\n\n  messina deploy restart examples/flights.yaml\n\n"
        "  messina deploy restart flights.flights.sink --all"
    )(restart)


def pause(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    reason: Reason = None,
    timeout: Timeout = 30.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Let connectors stand still; they keep their place. What stands still already is left.

    The watcher leaves them so until `resume`.
    """
    meant = (targets, table, only, env)
    _carry_out("pause", endpoints, meant, timeout, as_json, reason=reason)


def stop(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    reason: Reason = None,
    timeout: Timeout = 30.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Stop connectors and give up their tasks; they keep their offsets.

    The watcher leaves them so until `resume`.
    """
    meant = (targets, table, only, env)
    _carry_out("stop", endpoints, meant, timeout, as_json, reason=reason)


def resume(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    timeout: Timeout = 30.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Let connectors that were paused or stopped go on. What has failed needs a restart."""
    _carry_out("resume", endpoints, (targets, table, only, env), timeout, as_json)


def restart(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Restart what runs as well, not only what has failed.")
    ] = False,
    timeout: Timeout = 60.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Restart what has failed, or is missing a task, and wait until it runs."""
    meant = (targets, table, only, env)
    _carry_out("restart", endpoints, meant, timeout, as_json, everything=everything)


def _carry_out(
    verb: Verb,
    endpoints: Path | None,
    meant: tuple[list[str], list[str] | None, Role | None, str | None],
    timeout: float,
    as_json: bool,
    *,
    everything: bool = False,
    reason: str | None = None,
) -> None:
    with told(EXPECTED, as_json):
        selection = chosen(*meant)
        result = act(
            Endpoints.load(endpoints),
            verb,
            selection,
            everything=everything,
            timeout=timeout,
            reason=reason,
        )
        for _ in logged(result.outcomes):
            pass  # each is a line of the log
        if as_json:
            print_json(result)
        else:
            show_outcomes(console(), result)
    if result.failed:
        raise typer.Exit(1)
