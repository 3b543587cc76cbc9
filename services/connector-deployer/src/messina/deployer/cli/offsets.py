"""Where connectors stand: offsets show, backup, restore, rewind, reset."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import typer

from messina.commandline import AsJson, EndpointsPath, EnvName, SpecFile, print_json, told
from messina.deployer.cli.common import (
    EXPECTED,
    LOOKING_S,
    Timeout,
    agreed,
    console,
    inputs,
    wide_console,
)
from messina.deployer.console_offsets import (
    show_alterations,
    show_backup,
    show_offset_event,
    show_offsets,
)
from messina.deployer.errors import DeployerError
from messina.deployer.offsets import backups, commands
from messina.deployer.offsets.alterations import Alterations
from messina.deployer.offsets.altering import carry_out
from messina.deployer.offsets.report import report
from messina.deployer.offsets.restoring import Allowed
from messina.deployer.offsets.taking import take
from messina.deployer.offsets.times import micros_of, parse_when
from messina.deployer.site import Site
from messina.deployer.watching.hands import Hands
from messina.pipeline import PipelineSpec

Tables = Annotated[
    list[str] | None,
    typer.Option("--table", metavar="NAME", help="Only this table; may be given again."),
]
SideOption = Annotated[
    Literal["sources", "sinks", "both"],
    typer.Option("--side", help="Which connectors."),
]
BeyondLog = Annotated[
    bool,
    typer.Option("--beyond-log", help="Also where a part of the table's CDC log is gone."),
]

_START = "messina deploy offsets"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(
        name="offsets",
        help="Where connectors stand: see it, keep it, put it back, go back in time.",
        no_args_is_help=True,
        rich_markup_mode="rich",
    )
    for command, examples in (
        (show, ("examples/flights.yaml", "examples/flights.yaml --table flights")),
        (backup, ("examples/flights.yaml --out flights.backup.json",)),
        (
            restore,
            (
                "examples/flights.yaml flights.backup.json",
                "examples/flights.yaml flights.backup.json --sources-only",
            ),
        ),
        (
            rewind,
            (
                "examples/flights.yaml --to 15m",
                "examples/flights.yaml --to 2026-11-23T06:00:00Z --table flights --side sinks",
                "examples/flights.yaml --window",
            ),
        ),
        (reset, ("examples/flights.yaml --table flights --to now",)),
    ):
        lines = [f"  {_START} {command.__name__} {example}" for example in examples]
        group.command(epilog="Examples:\n\n" + "\n\n".join(lines))(command)
    app.add_typer(group)


def show(
    file: SpecFile,
    table: Tables = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Show where every source and sink stands; with --table, each slice and partition."""
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        with Site(where.under(spec), patience=LOOKING_S) as site:
            result = report(site, spec, table or ())
        if as_json:
            print_json(result)
        else:
            now = micros_of(backups.now())
            places = bool(table) or len(result.tables) == 1
            show_offsets(wide_console(), result, now, places=places)


def backup(
    file: SpecFile,
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to write.")],
    table: Tables = None,
    timeout: Annotated[
        float,
        typer.Option(min=0.0, help="Seconds that sinks are given to catch up with the sources."),
    ] = 60.0,
    allow_lag: Annotated[
        bool, typer.Option("--allow-lag", help="Take it also where sinks have not caught up.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Write where sources and sinks stand to a file, once the sinks have caught up.

    The pipeline may run meanwhile. Sinks may be ahead of the sources in the file: harmless.
    """
    with told(EXPECTED, as_json):
        spec, where = inputs(file, endpoints, env)
        backups.refuse_existing(out, force=force)
        with Site(where.under(spec), patience=LOOKING_S) as site:
            taken = take(site, spec, table or (), timeout=timeout, allow_lag=allow_lag)
        backups.write(taken, out, force=force)
        if as_json:
            print_json({"out": str(out), **taken.model_dump(mode="json")})
        else:
            show_backup(console(), taken, str(out))


def restore(
    file: SpecFile,
    backup_file: Annotated[Path, typer.Argument(metavar="BACKUP", help="The backup's file.")],
    table: Tables = None,
    sources_only: Annotated[
        bool,
        typer.Option("--sources-only", help="Leave sinks as they are: on another Kafka cluster."),
    ] = False,
    forward: Annotated[
        bool,
        typer.Option("--forward", help="Also where a connector stands before the backup."),
    ] = False,
    beyond_log: BeyondLog = False,
    empty_sink: Annotated[
        bool,
        typer.Option("--empty-sink", help="Also where a Postgres table has lost its rows."),
    ] = False,
    timeout: Timeout = 60.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Go on where a backup was taken. Its version, checksum and identity are checked first.

    The pipeline must have been applied. What runs is stopped, and goes on afterwards.
    """
    allowed = Allowed(
        sources_only=sources_only, forward=forward, beyond_log=beyond_log, empty_sink=empty_sink
    )

    def plan(site: Site, spec: PipelineSpec) -> Alterations:
        return commands.plan_restore(site, spec, stored, table or (), allowed)

    with told(EXPECTED, as_json):
        stored = backups.load(backup_file)
        _alter(file, endpoints, env, as_json, timeout, plan)


def rewind(
    file: SpecFile,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="TIME", help="A time (ISO 8601, UTC), or how long ago: 15m, 2h."
        ),
    ] = None,
    window: Annotated[
        bool,
        typer.Option(
            "--window",
            help="The connector scylladb: read the window again in which it was stopped.",
        ),
    ] = False,
    table: Tables = None,
    side: SideOption = "sources",
    beyond_log: BeyondLog = False,
    timeout: Timeout = 60.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Go back to a time: what was written since is read again, as it is now. Never forward."""
    if (to is None) == (not window):
        raise typer.BadParameter("give either --to TIME or --window", param_hint="--to")
    try:
        when = None if to is None else parse_when(to, micros_of(backups.now()))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--to") from None

    def plan(site: Site, spec: PipelineSpec) -> Alterations:
        if when is None:
            return commands.plan_rewind_window(site, spec, table or ())
        return commands.plan_rewind(site, spec, table or (), when, side, beyond_log=beyond_log)

    with told(EXPECTED, as_json):
        _alter(file, endpoints, env, as_json, timeout, plan)


def reset(
    file: SpecFile,
    to: Annotated[
        Literal["nothing", "now"],
        typer.Option("--to", help="Forget where they stood, or set them to now."),
    ] = "nothing",
    table: Tables = None,
    side: SideOption = "sources",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    timeout: Timeout = 60.0,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Forget where connectors stood, or set them to now. What is in between is lost: asks."""

    def plan(site: Site, spec: PipelineSpec) -> Alterations:
        return commands.plan_reset(site, spec, table or (), side, to_now=to == "now")

    with told(EXPECTED, as_json):
        _alter(file, endpoints, env, as_json, timeout, plan, ask=not yes)


def _alter(
    file: Path,
    endpoints: Path | None,
    env: str | None,
    as_json: bool,
    timeout: float,
    plan: Callable[[Site, PipelineSpec], Alterations],
    *,
    ask: bool = False,
) -> None:
    spec, where = inputs(file, endpoints, env)
    screen = console()
    with Site(where.under(spec), patience=timeout) as site:
        planned = plan(site, spec)
        if not as_json:
            show_alterations(screen, planned)
        if ask and planned.entries:
            notes = "" if not as_json else "".join(f"{note}\n" for note in planned.notes)
            if not agreed(f"{notes}Alter {planned.entries} offsets?"):
                raise DeployerError(
                    "nothing was stopped or changed; next: the same command with --yes"
                )
        events = []
        hands = Hands(site.endpoints.kafka, spec.pipeline, f"offsets {planned.verb}")
        # closed whatever happens, as to a pipe that nobody reads: it says what is left then
        with closing(carry_out(site, planned, hands)) as happening:
            for event in happening:
                events.append(event.model_dump(mode="json"))
                if not as_json:
                    show_offset_event(screen, event)
    if as_json:
        print_json({**planned.document(), "events": events})
    elif not planned.entries:
        screen.print("unchanged")
