"""run: compare every row of a pipeline's tables."""

import logging
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
from messina.pipeline import Endpoints, SpecError, load_spec, parse_duration
from messina.postgres import PostgresError
from messina.reconciler.cli.repairing import (
    PROBLEMS,
    Comparison,
    RepairOptions,
    compare_and_repair,
    refuse_to_ask,
    refused,
    share,
)
from messina.reconciler.comparing import compare
from messina.reconciler.console import progress_bars, show_report
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.repair.plan import Limits
from messina.scylla import ScyllaError
from messina.secrets import SecretsError

EXPECTED = (SpecError, ReconcilerError, ScyllaError, PostgresError, SecretsError)

EPILOG = (
    "Examples:\n\n  messina reconcile run examples/flights.yaml\n\n"
    "  messina reconcile run examples/flights.yaml --table flights --settle 1m\n\n"
    "  messina reconcile run examples/flights.yaml --json | jq .discrepancies\n\n"
    "  messina reconcile run examples/flights.yaml --repair --yes --max-repairs 500\n\n"
    "  messina reconcile run examples/flights.yaml --resume --repair"
)


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
            help="Show so many differences. [default: 20, with --json all]",
            show_default=False,
        ),
    ] = None,
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
        typer.Option("--run", metavar="ID", help="With --resume: which run; one that ended, too."),
    ] = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Compare every row of every table. Exit 0 if all are equal, 2 if not.

    Nothing is changed without --repair.
    """
    # What the driver logs of a failure comes back as an error, which is told in one line.
    logging.getLogger("cassandra").setLevel(logging.CRITICAL)
    screen = Console(stderr=True, highlight=False)
    if resume and not repair:
        raise typer.BadParameter("--resume goes on with a repair: add --repair")
    if repair:
        refuse_to_ask(yes, as_json)
        options = RepairOptions(file, yes, Limits(max_repairs, max_share))
        with told((*EXPECTED, *PROBLEMS), as_json), refused(as_json):
            spec, where = load_spec(file, env), Endpoints.load(endpoints)
            todo = Comparison(table or None, settle, limit, resume, run_id)
            if not compare_and_repair(spec, where, todo, options, screen, as_json):
                raise typer.Exit(DIFFERENCES)
        return
    with told(EXPECTED, as_json), progress_bars(screen) as progress:
        spec = load_spec(file, env)
        where = Endpoints.load(endpoints)
        report = compare(spec, where, table or None, settle, progress)
    if as_json:
        print_json(report.as_json(limit))
    else:
        show_report(Console(highlight=False), report, 20 if limit is None else limit)
    if not report.equal:
        raise typer.Exit(DIFFERENCES)
