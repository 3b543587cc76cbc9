"""What stays and watches, and its breakers: watch, breaker list, open, close, trial."""

from contextlib import ExitStack
from pathlib import Path

import typer

from messina.commandline import (
    AsJson,
    EndpointsPath,
    EnvName,
    Listen,
    SpecFile,
    print_json,
    told,
)
from messina.deployer.cli.common import EXPECTED, LOOKING_S, console, inputs, logged, wide_console
from messina.deployer.cli.targets import OnlyRole, OptionalTargets, TableNames, Targets, chosen
from messina.deployer.cli.verbs import Reason, Timeout
from messina.deployer.console_status import show_outcomes
from messina.deployer.console_watch import show_breakers, show_event
from messina.deployer.inventory import Role, Selection, deployed, select
from messina.deployer.site import Site, own_words
from messina.deployer.verbs import Verb, act
from messina.deployer.watching.listing import Listed, listed, try_again, vault_of
from messina.deployer.watching.watcher import Watcher
from messina.pipeline import Endpoints
from messina.telemetry.serving import ServingError, serving

_START = "messina deploy breaker"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(
        epilog="Examples:\n\n  messina deploy watch examples/flights.yaml\n\n"
        "  messina deploy watch examples/flights.yaml --listen 0.0.0.0:9464 --json"
    )(watch)
    group = typer.Typer(
        name="breaker",
        help="Breakers: what the watcher or a person has stopped, and why.",
        no_args_is_help=True,
        rich_markup_mode="rich",
    )
    for name, command, examples in (
        ("list", list_them, ("", "examples/flights.yaml --json")),
        ("open", open_them, ("flights.flights.sink --reason 'the warehouse is rebuilt'",)),
        ("close", close_them, ("examples/flights.yaml", "flights.flights.sink")),
        ("trial", trial, ("flights.flights.sink",)),
    ):
        lines = [f"  {_START} {name} {example}" for example in examples]
        group.command(name, epilog="Examples:\n\n" + "\n\n".join(lines))(command)
    app.add_typer(group)


def watch(
    file: SpecFile,
    listen: Listen = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Restart what has failed, stop what keeps failing, try it again; until it is ended.

    Several may run: one leads, and another goes on where it ended. What a person has paused or
    stopped is left so. The numbers are the spec's, under `watch`. --json is a line for each event.
    """
    with told((*EXPECTED, ServingError), as_json), ExitStack() as opened:
        spec, where = inputs(file, endpoints, env)
        opened.enter_context(own_words())
        watcher = Watcher(spec, where, vault=vault_of(spec, where))
        if listen is not None:
            # who does not serve does not wait for its import
            from messina.deployer.watching.metrics import registry_of

            url = opened.enter_context(
                serving(
                    listen,
                    healthz=watcher.beat,
                    readyz=watcher.view.ready,
                    registry=registry_of(watcher.view),
                )
            )
            if not as_json:
                console().print(f"{url}/healthz, /readyz, /metrics", soft_wrap=True)
        opened.enter_context(watcher)
        try:
            for event in logged(watcher.run()):
                if as_json:
                    print_json(event)
                else:
                    show_event(console(), event)
        except KeyboardInterrupt:
            return


def list_them(
    targets: OptionalTargets = None,
    table: TableNames = None,
    only: OnlyRole = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Show the breaker of each connector: state, owner, reason, since when, next trial."""
    with told(EXPECTED, as_json):
        found = _listed(Endpoints.load(endpoints), chosen(targets, table, only, env))
        if as_json:
            print_json(found)
        else:
            show_breakers(wide_console(), found)


def open_them(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    reason: Reason = None,
    timeout: Timeout = 30.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Stop connectors, and let nobody but a person start them again. The same as `stop`."""
    _turn("stop", "breaker open", (targets, table, only, env), endpoints, timeout, as_json, reason)


def close_them(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    timeout: Timeout = 30.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Let connectors go on, whoever stopped them; what had failed is forgotten."""
    _turn("resume", "breaker close", (targets, table, only, env), endpoints, timeout, as_json)


def trial(
    targets: Targets,
    table: TableNames = None,
    only: OnlyRole = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Let the watcher try what is stopped now, without waiting for the end of its cooldown."""
    with told(EXPECTED, as_json):
        where = Endpoints.load(endpoints)
        found = try_again(where, _listed(where, chosen(targets, table, only, env)))
        if as_json:
            print_json(found)
        else:
            show_breakers(wide_console(), found)


def _listed(where: Endpoints, selection: Selection) -> Listed:
    with Site(where, patience=LOOKING_S) as site:
        there = deployed(site.connect.overview())
    if there or selection.targets or selection.tables:
        there = select(there, selection)
    return listed(where, there)


def _turn(
    verb: Verb,
    command: str,
    meant: tuple[list[str], list[str] | None, Role | None, str | None],
    endpoints: Path | None,
    timeout: float,
    as_json: bool,
    reason: str | None = None,
) -> None:
    with told(EXPECTED, as_json):
        result = act(
            Endpoints.load(endpoints),
            verb,
            chosen(*meant),
            timeout=timeout,
            command=command,
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
