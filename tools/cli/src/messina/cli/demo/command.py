"""`messina demo`."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from messina.artifacts import root
from messina.cli.demo.outcome import Outcome
from messina.cli.demo.run import Demo
from messina.cli.demo.timetable import changes
from messina.cli.stack import bring_up, current_layout
from messina.pipeline import Endpoints
from messina.reconciler.console import show_report
from messina.stack import down, status

EXAMPLE = "examples/flights.yaml"
_SHOWN = 10


def demo_command(
    rows: Annotated[int, typer.Option(help="How many flights to play.")] = 1000,
    rate: Annotated[float, typer.Option(help="CQL writes a second.", min=1)] = 200,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack running.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Plays a day of real flights from CQL to PostgreSQL and compares every row.

    Starts the stack if it is not running, makes keyspace `ops` and the pipeline of
    examples/flights.yaml anew, writes the changes live, adds a column half-way, compares. Exit
    code 0 only when both sides are equal; 2 when they are not.

    Examples: messina demo · messina demo --rows 5000 --keep · messina demo --json
    """
    began = time.monotonic()
    try:
        script = changes(rows)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    console = Console(stderr=as_json, highlight=False)
    layout = current_layout()
    was_running = any(entry.pid for entry in status(layout))
    console.print("[bold]stack[/]     Kafka, Connect, registry, PostgreSQL, CQL stand-in")
    try:
        bring_up(layout)
        endpoints = Endpoints.load(layout.endpoints)
        demo = Demo(endpoints, root() / EXAMPLE, script, rate, began)
        outcome, report = demo.run(console)
    finally:
        if not keep and not was_running:
            down(layout)
    if as_json:
        typer.echo(outcome.model_dump_json())
    else:
        _summary(console, outcome)
        if not report.equal:
            show_report(console, report, _SHOWN)
    if outcome.equal and keep:
        console.print("the stack is still up: `messina status`, `messina down`")
    raise typer.Exit(0 if outcome.equal else 2)


def _summary(console: Console, outcome: Outcome) -> None:
    table = Table(box=None, show_header=False, padding=(0, 2))
    latency = outcome.latency_ms
    table.add_row("rows written", f"{outcome.rows_written:,}")
    table.add_row("change events", f"{outcome.events:,} ({outcome.events_per_second:,.0f}/s)")
    table.add_row("rows in sink", f"{outcome.rows_in_sink:,}")
    if latency:
        table.add_row(
            "latency", f"p50 {latency.p50:,.0f} ms, p95 {latency.p95:,.0f}, max {latency.max:,.0f}"
        )
    table.add_row("time", f"{outcome.seconds.setup:.0f} s setup, {outcome.seconds.run:.0f} s run")
    verdict = "[green]equal[/]" if outcome.equal else f"[red]{outcome.discrepancies} differ[/]"
    table.add_row("both sides", verdict)
    console.print(table)
