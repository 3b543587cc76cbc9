"""What the command line shows of offsets."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from messina.deployer.offsets.alterations import Alterations
from messina.deployer.offsets.altering import (
    Altered,
    OffsetEvent,
    StaysStopped,
    Stopped,
    Untold,
    WentOn,
)
from messina.deployer.offsets.backups import Backup
from messina.deployer.offsets.report import OffsetsReport, TableOffsets
from messina.deployer.offsets.times import micros_text

_SHOWN = 24
"""So many offsets of a connector are told one by one."""


def show_offsets(console: Console, report: OffsetsReport, now: int, *, places: bool) -> None:
    """Show where a pipeline stands.

    Args:
        console: where.
        report: what.
        now: the time now, in microseconds.
        places: whether every slice and partition is shown, or a line for each table.
    """
    grid = Table(title=f"pipeline {report.pipeline}", title_justify="left", box=None)
    for heading in ("TABLE", "SOURCE", "FIRST LOOK UNTIL", "ALL OUT UNTIL", "SINK", "UNREAD"):
        grid.add_column(heading, no_wrap=True, overflow="fold")
    for table in report.tables:
        sinks = [(sink.state, sink.lag) for sink in table.sinks] or [("missing", "?")]
        for number, (state, lag) in enumerate(sinks):
            first = (
                escape(table.table),
                "missing" if table.source is None else table.source.state,
                _when(table.fast_until, now),
                _when(table.out_until, now),
            )
            grid.add_row(*(first if number == 0 else ("", "", "", "")), state, lag)
    console.print(grid, soft_wrap=True)
    if places:
        for table in report.tables:
            _show_places(console, table)


def _show_places(console: Console, table: TableOffsets) -> None:
    for one in filter(None, (table.source, *table.sinks)):
        console.print(f"[bold]{escape(one.connector)}[/] [dim]{one.state}[/]", soft_wrap=True)
        for position in one.positions:
            line = f"  {position.place}: {position.text()}"
            if position.form == "slice" and position.signals_until:
                line += f", signals before {position.signals_until}"
            console.print(escape(line), soft_wrap=True)
        if not one.positions:
            console.print("  [dim]no offsets yet[/]")
        if one.foreign:
            console.print(
                f"  [dim]and {one.foreign} of another connector that had this name[/]",
                soft_wrap=True,
            )


def show_alterations(console: Console, plan: Alterations) -> None:
    """Show what is to be altered, and what to know of it."""
    for one in plan.alterations:
        console.print(f"[yellow]~[/] {one.member.role} [bold]{escape(one.member.name)}[/]")
        for entry in one.entries[:_SHOWN]:
            old = "nothing" if entry.before is None else entry.before.text()
            new = "nothing" if entry.after is None else entry.after.text()
            console.print(escape(f"    {entry.place}: {old} → {new}"), soft_wrap=True)
        if len(one.entries) > _SHOWN:
            console.print(f"    … and {len(one.entries) - _SHOWN} more")
    for note in plan.notes:
        console.print(f"[yellow]![/] {escape(note)}", soft_wrap=True)


def show_offset_event(console: Console, event: OffsetEvent) -> None:
    """Show one event of altering offsets."""
    if isinstance(event, Untold):
        console.print(f"[yellow]![/] {escape(event.reason)}", soft_wrap=True)
        return
    name = f"[bold]{escape(event.connector)}[/]"
    match event:
        case Stopped():
            console.print(f"[magenta]■[/] stopped {name}", soft_wrap=True)
        case Altered():
            console.print(f"[yellow]~[/] {event.offsets} offsets of {name} set", soft_wrap=True)
        case WentOn():
            console.print(
                f"[magenta]▶[/] {name} is {event.state} again [dim]{event.seconds:.1f} s[/]",
                soft_wrap=True,
            )
        case StaysStopped():
            then = (
                "its breaker had stopped it: its watcher tries it, or messina deploy apply does"
                if event.tried
                else "messina deploy apply lets it go on"
            )
            console.print(f"[magenta]■[/] {name} stays STOPPED, as it was; {then}", soft_wrap=True)


def show_backup(console: Console, backup: Backup, path: str) -> None:
    """Show what a backup holds."""
    console.print(
        f"[green]✓[/] {len(backup.tables)} tables of pipeline [bold]{backup.pipeline}[/] in "
        f"[bold]{escape(path)}[/]",
        soft_wrap=True,
    )
    for table in backup.tables:
        since = "nothing yet" if table.since is None else micros_text(table.since)
        lag = "" if table.applied else ", [yellow]its sinks lag[/]"
        console.print(f"  {escape(table.table)}: all out until {since}{lag}", soft_wrap=True)


def _when(micros: int | None, now: int) -> str:
    if micros is None:
        return "?"
    ago = (now - micros) / 1_000_000
    since = f"{ago:.1f} s" if ago < 120 else f"{ago / 60:.0f} min" if ago < 7200 else ""
    since = since or f"{ago / 3600:.1f} h"
    return f"{micros_text(micros)[:-4]}Z [dim]{since} ago[/]"
