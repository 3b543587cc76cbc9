"""run: compare every row of a pipeline's tables."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from messina.commandline import (
    DIFFERENCES,
    AsJson,
    EndpointsPath,
    EnvName,
    Listen,
    SpecFile,
    print_json,
    told,
)
from messina.pipeline import Endpoints, SpecError, load_spec, parse_duration
from messina.postgres import PostgresError
from messina.reconciler.cli.comparing import Comparison, compared, held, memory, token_range
from messina.reconciler.cli.repairing import (
    PROBLEMS,
    RepairOptions,
    compare_and_repair,
    refuse_to_ask,
    refused,
    share,
)
from messina.reconciler.cli.watching import watched_comparison
from messina.reconciler.console import show_report
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.repair.plan import Limits
from messina.reconciler.report import MOST
from messina.reconciler.scanning import Options
from messina.reconciler.store import State
from messina.scylla import ScyllaError, TokenRange
from messina.secrets import SecretsError
from messina.telemetry.serving import ServingError

EXPECTED = (
    SpecError,
    ReconcilerError,
    ScyllaError,
    PostgresError,
    SecretsError,
    ServingError,
)

EPILOG = (
    "Examples:\n\n  messina reconcile run examples/flights.yaml\n\n"
    "  messina reconcile run examples/flights.yaml --table flights --settle 1m\n\n"
    "  messina reconcile run examples/flights.yaml --json | jq .discrepancies\n\n"
    "  messina reconcile run examples/flights.yaml --sample 1% --report report.html\n\n"
    "  messina reconcile run examples/flights.yaml --parallel 4 --max-rows-per-second 20000\n\n"
    "  messina reconcile run examples/flights.yaml --resume\n\n"
    "  messina reconcile run examples/flights.yaml --listen :9466\n\n"
    "  messina reconcile run examples/flights.yaml --repair --yes --max-repairs 500\n\n"
    "  messina reconcile run examples/flights.yaml --resume --repair"
)


class Level(StrEnum):
    """Consistency levels of reads."""

    ONE = "ONE"
    LOCAL_ONE = "LOCAL_ONE"
    TWO = "TWO"
    QUORUM = "QUORUM"
    LOCAL_QUORUM = "LOCAL_QUORUM"
    ALL = "ALL"


def duration(text: str) -> timedelta:
    """A duration of the command line; 0 is one."""
    if text in ("0", "0s"):
        return timedelta(0)
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def run(
    file: SpecFile,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="Only this table; may be given again."),
    ] = None,
    settle: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration,
            metavar="DURATION",
            help="Go by time: a difference counts once the source's row has not changed for so "
            "long. [default: go by the applied watermark]",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Show so many differences. [default: 20, with --json all that are held]",
            show_default=False,
        ),
    ] = None,
    max_differences: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Hold so many differences for the report; all are counted, and kept in Postgres.",
        ),
    ] = MOST,
    repair: Annotated[
        bool,
        typer.Option("--repair", help="Have the rows that differ written again; asks before."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --repair: don't ask.")] = False,
    max_repairs: Annotated[
        int, typer.Option(min=1, metavar="N", help="With --repair: refuse more rows than this.")
    ] = 10_000,
    max_share: Annotated[
        float,
        typer.Option(
            parser=share, metavar="P%", help="With --repair: refuse more of a table than this."
        ),
    ] = "10%",  # type: ignore[assignment]  # typer parses a default, too
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with a run: the newest that did not end, or --run."),
    ] = False,
    run_id: Annotated[
        str | None,
        typer.Option("--run", metavar="ID", help="Go on with this one, though it ended."),
    ] = None,
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            dir_okay=False,
            writable=True,
            help="Write the report as an HTML page that needs nothing else.",
        ),
    ] = None,
    token_ranges: Annotated[
        list[TokenRange] | None,
        typer.Option(
            "--token-range",
            parser=token_range,
            metavar="A:B",
            help="Only what lies behind token A, up to and with B; may be given again.",
        ),
    ] = None,
    sample: Annotated[
        float,
        typer.Option(
            parser=share,
            metavar="P%",
            help="Only this share of the tokens, in ranges spread over the ring.",
        ),
    ] = "100%",  # type: ignore[assignment]
    seed: Annotated[
        int, typer.Option(metavar="N", help="With --sample: the same seed takes the same ranges.")
    ] = 1,
    parallel: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=256,
            metavar="N",
            help="How many processes read. [default: one for each CPU; one for small tables]",
            show_default=False,
        ),
    ] = None,
    consistency: Annotated[
        Level | None,
        typer.Option(
            case_sensitive=False,
            help="At which the source is read. [default: as the pipeline's spec has it]",
            show_default=False,
        ),
    ] = None,
    max_rows_per_second: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Read no more rows of the source than this."),
    ] = None,
    memory_size: Annotated[
        int,
        typer.Option(
            "--memory",
            parser=memory,
            metavar="SIZE",
            help="What all processes may take; what does not fit goes to disk.",
        ),
    ] = "512MB",  # type: ignore[assignment]
    spill: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            writable=True,
            metavar="DIR",
            help="Where that is. [default: the system's folder for temporary files]",
            show_default=False,
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Read with the workers of this dask scheduler, which share the folder --spill; "
            "--memory is for each of them then.",
            show_default=False,
        ),
    ] = None,
    no_checkpoints: Annotated[
        bool,
        typer.Option(
            "--no-checkpoints", help="Keep nothing in Postgres: the run can't be resumed."
        ),
    ] = False,
    listen: Listen = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Compare every row of every table. Exit 0 if all are equal, 2 if not.

    No row is changed without --repair. What the run knows is kept in schema `messina` of the sink's
    database, so that --resume can go on with it.
    """
    screen = Console(stderr=True, highlight=False)
    resume = resume or run_id is not None
    if resume and (table or token_ranges or sample != 1):
        raise typer.BadParameter(
            "--resume goes on with what its run was told to look at: drop --table, --token-range "
            "and --sample"
        )
    if no_checkpoints and (resume or repair):
        raise typer.BadParameter("--resume and --repair need what --no-checkpoints leaves out")
    if not sample:
        raise typer.BadParameter("--sample 0% looks at nothing")
    if report_file is not None and not report_file.absolute().parent.is_dir():
        raise typer.BadParameter(f"--report: there is no folder {report_file.absolute().parent}")
    if scheduler is not None and spill is None:
        raise typer.BadParameter(
            "--scheduler: what one worker lays down another reads: add --spill with a folder that "
            "all of them, and this machine, have under the same name"
        )
    if scheduler is not None and parallel is not None:
        raise typer.BadParameter("--scheduler: as many read as it has workers: drop --parallel")
    how = Options(
        parallel,
        None if consistency is None else consistency.value,
        max_rows_per_second,
        memory_size,
        tuple(token_ranges or ()),
        sample,
        seed,
        None if spill is None else str(spill.absolute()),
        scheduler,
    )
    todo = Comparison(
        table or None,
        settle,
        limit,
        resume,
        run_id,
        how,
        not no_checkpoints,
        report_file,
        max_differences,
    )
    if repair:
        refuse_to_ask(yes, as_json)
        options = RepairOptions(file, yes, Limits(max_repairs, max_share))
        with told((*EXPECTED, *PROBLEMS), as_json), refused(as_json), ExitStack() as opened:
            spec, where = load_spec(file, env), Endpoints.load(endpoints)
            todo = replace(todo, told=watched_comparison(opened, listen, spec.pipeline))
            if not compare_and_repair(spec, where, todo, options, screen, as_json):
                raise typer.Exit(DIFFERENCES)
        return
    with told(EXPECTED, as_json), ExitStack() as opened:
        spec, where = load_spec(file, env), Endpoints.load(endpoints)
        todo = replace(todo, told=watched_comparison(opened, listen, spec.pipeline))
        with held(spec, where, todo, screen) as (todo, checkpoints):
            report = compared(spec, where, todo, checkpoints, screen)
            if checkpoints is not None:
                state: State = "equal" if report.equal else "different"
                checkpoints.store.finish(checkpoints.run, state)
    if as_json:
        print_json(report.as_json(limit))
    else:
        show_report(Console(highlight=False), report, 20 if limit is None else limit)
    if not report.equal:
        raise typer.Exit(DIFFERENCES)
