"""How a pipeline is: status."""

import typer

from messina.commandline import AsJson, EndpointsPath, EnvName, SpecFile, print_json, told
from messina.deployer import health
from messina.deployer.cli.common import EXPECTED, console, inputs
from messina.deployer.console import show_status


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        epilog="Examples:\n\n  messina deploy status examples/flights.yaml\n\n"
        "  messina deploy status examples/flights.yaml --json"
    )(status)


def status(
    file: SpecFile, env: EnvName = None, endpoints: EndpointsPath = None, as_json: AsJson = False
) -> None:
    """Say how each table's connectors are. Exit 0 if every expected task runs, 1 if not."""
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        result = health.status(spec, where)
        if as_json:
            print_json(result)
        else:
            show_status(console(), result)
    if not result.healthy:
        raise typer.Exit(1)
