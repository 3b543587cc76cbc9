"""backfill: fill a sink from a table that has data already."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from messina.commandline import AsJson, EndpointsPath, EnvName, Listen, SpecFile, print_json, told
from messina.kafka import KafkaProblem
from messina.pipeline import Endpoints, SpecError, load_spec
from messina.postgres import PostgresError
from messina.reconciler.backfill.pace import Filled
from messina.reconciler.backfill.running import IN_FLIGHT, MOST_ROWS
from messina.reconciler.backfill.running import backfill as fill_tables
from messina.reconciler.cli.watching import watched_backfill
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.store import Run
from messina.scylla import ScyllaError
from messina.secrets import SecretsError
from messina.telemetry import get_logger
from messina.telemetry.serving import ServingError

EXPECTED = (
    SpecError,
    ReconcilerError,
    ScyllaError,
    PostgresError,
    KafkaProblem,
    SecretsError,
    ServingError,
)

EPILOG = (
    "Examples:\n\n  messina reconcile backfill examples/flights.yaml\n\n"
    "  messina reconcile backfill examples/flights.yaml --table flights --rows-per-second 2000\n\n"
    "  messina reconcile backfill examples/flights.yaml --resume --listen :9466"
)
_LOGGED_S = 10.0


def backfill(
    file: SpecFile,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", metavar="NAME", help="Only this table; may be given again."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the newest one that was not ended.")
    ] = False,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="ID", help="Go on with this one.", show_default=False),
    ] = None,
    rows_per_second: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="So many at most. The source connector has a ceiling, too: "
            "source.signals_per_second, for each of its tasks.",
            show_default=False,
        ),
    ] = None,
    in_flight: Annotated[
        int, typer.Option(min=1, max=1_000, metavar="N", help="Ranges asked for at a time.")
    ] = IN_FLIGHT,
    range_rows: Annotated[
        int,
        typer.Option(min=1, max=MOST_ROWS, metavar="N", help="About how many rows a range has."),
    ] = 10_000,
    listen: Listen = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Fill Postgres with all rows that the source has, while changes go on arriving.

    Exit 0 once all of them are in Postgres. What is done is kept: after ctrl-C, a kill or an error
    --resume goes on. Rows that only Postgres has are left: `messina reconcile run` finds them.
    """
    resume = resume or run is not None
    if resume and table:
        raise typer.BadParameter("--resume goes on with the tables of its run: drop --table")
    screen = Console(stderr=True, highlight=False)
    log = get_logger(__name__)

    def begun(which: Run) -> None:
        log.info("backfill begins", run=which.id, resumed=which.resumed)

    with told(EXPECTED, as_json), ExitStack() as opened:
        spec = load_spec(file, env)
        watched = watched_backfill(opened, listen, spec.pipeline)
        with _bar(screen) as show:

            def progress(filled: Filled) -> None:
                show(filled)
                if watched is not None:
                    watched(filled)

            result = fill_tables(
                spec,
                Endpoints.load(endpoints),
                table or None,
                resume=resume,
                run_id=run,
                rows_per_second=rows_per_second,
                in_flight=in_flight,
                rows_a_range=range_rows,
                progress=progress,
                begun=begun,
            )
    if as_json:
        print_json(result.as_json())
    else:
        rate = result.rows / result.seconds if result.seconds else 0
        Console(highlight=False).print(
            f"filled: {result.rows:,} rows in {result.ranges:,} ranges, {result.seconds:.1f} s"
            + ("" if resume else f" ({rate:,.0f} rows/s)")
            + f"; run {result.run}"
        )


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[Filled], None]]:
    """A bar with rows of rows estimated, and when it will be over; without a terminal, logs."""
    columns = (
        TextColumn("filling"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        TimeElapsedColumn(),
    )
    log = get_logger(__name__)
    told = time.monotonic()
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("filling", total=None, said="")

        def show(filled: Filled) -> None:
            nonlocal told
            total = filled.estimated_rows or None
            bars.update(task, completed=filled.rows, total=total, said=said(filled))
            if time.monotonic() - told > _LOGGED_S:
                told = time.monotonic()
                log.info(
                    "backfill goes on",
                    rows=filled.rows,
                    estimated_rows=filled.estimated_rows,
                    ranges=filled.ranges,
                    ranges_done=filled.ranges_done,
                    rows_per_second=round(filled.rows_per_second),
                )

        yield show


def said(filled: Filled) -> str:
    """How far it is, in a few words."""
    text = f"{filled.rows:,} of about {filled.estimated_rows:,} rows"
    if filled.rows_per_second:
        text += f", {filled.rows_per_second:,.0f} rows/s"
    if filled.seconds_left is not None:
        minutes, seconds = divmod(round(filled.seconds_left), 60)
        hours, minutes = divmod(minutes, 60)
        left = f"{hours} h {minutes} m" if hours else f"{minutes} m {seconds} s"
        text += f", about {left} left"
    return text
