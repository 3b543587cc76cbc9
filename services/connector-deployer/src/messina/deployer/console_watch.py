"""What the command line shows of a watcher: its events, and breakers."""

import time
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from messina.deployer.durations import duration
from messina.deployer.showing_breakers import owner, trial, watched
from messina.deployer.watching.listing import Listed
from messina.deployer.watching.model import Event

_SIGNS = {
    "failed": "[red]✗[/]",
    "opened": "[red]■[/]",
    "missing": "[red]✗[/]",
    "blind": "[red]?[/]",
    "not done": "[yellow]![/]",
    "waits": "[yellow]…[/]",
    "waits long": "[yellow]…[/]",
    "held": "[yellow]■[/]",
    "fenced": "[yellow]![/]",
    "restarted": "[magenta]↻[/]",
    "reasserted": "[magenta]↻[/]",
    "trial": "[magenta]▶[/]",
}
_STATES = {"closed": "green", "half-open": "yellow", "open": "red"}


def show_event(console: Console, event: Event) -> None:
    """Show something that happened, on a line."""
    sign = _SIGNS.get(event.event, "[green]✓[/]")
    at = datetime.now(UTC).astimezone()
    parts = [f"[dim]{at:%H:%M:%S}[/] {sign} {event.event}"]
    parts += [f"[bold]{escape(event.connector)}[/]"] if event.connector else []
    facts = ", ".join(f"{name} {value}" for name, value in event.facts.items() if value is not None)
    parts += [f"[dim]{escape(facts)}[/]"] if facts else []
    said = f": {escape(event.reason)}" if event.reason else ""
    console.print(" ".join(parts) + said, soft_wrap=True)


def show_breakers(console: Console, found: Listed) -> None:
    """Show breakers, one a line, and who watches."""
    now = time.time()
    grid = Table(box=None)
    for heading in ("CONNECTOR", "BREAKER", "OWNER", "SINCE", "NEXT TRIAL", "REASON"):
        grid.add_column(heading, no_wrap=heading != "REASON", overflow="fold")
    for one in found.breakers:
        since = duration(max(0.0, now - one.since)) if one.since else "-"
        grid.add_row(
            escape(one.connector),
            f"[{_STATES[one.state]}]{one.state}[/]",
            escape(owner(one)),
            since,
            trial(one, now),
            escape(one.reason or ""),
        )
    console.print(grid)
    pipelines = sorted({one.connector.partition(".")[0] for one in found.breakers})
    for pipeline in pipelines:
        console.print(watched(pipeline, found.watchers.get(pipeline), now), soft_wrap=True)
