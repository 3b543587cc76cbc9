"""What the command line shows of a watcher: its events, and breakers."""

import time
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from messina.deployer.console_status import duration
from messina.deployer.watching.listing import SILENT_S, Listed
from messina.deployer.watching.model import Breaker, Event, Lead

_SIGNS = {
    "failed": "[red]✗[/]",
    "opened": "[red]■[/]",
    "missing": "[red]✗[/]",
    "blind": "[red]?[/]",
    "not done": "[yellow]![/]",
    "waits": "[yellow]…[/]",
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


def owner(one: Breaker) -> str:
    """Return who opened a breaker."""
    return "-" if one.owner is None else one.by or one.owner


def trial(one: Breaker, now: float) -> str:
    """Return when a breaker's next trial is."""
    if one.state != "open" or one.until is None:
        return "-"
    if one.waits_for is not None and now >= one.until:
        return f"waits for {one.waits_for}"
    return f"in {duration(one.until - now)}" if one.until > now else "now"


def watched(pipeline: str, lead: Lead | None, now: float) -> str:
    """Return who watches a pipeline, in a line of rich's markup."""
    named = escape(pipeline)
    if lead is None:
        return f"[yellow]?[/] nobody watches {named}: messina deploy watch FILE"
    age = max(0.0, now - lead.at)
    if age > SILENT_S:
        return (
            f"[yellow]?[/] {named} was watched by {escape(lead.leader)}, "
            f"who has said nothing for {duration(age)}"
        )
    away = [f"{one.name} ({one.why})" for one in lead.dependencies if one.up is False]
    said = f"; away: {', '.join(away)}" if away else ""
    return f"{named} is watched by {escape(lead.leader)}{escape(said)}"
