"""Breakers and watchers in words, for tables and lines."""

from rich.markup import escape

from messina.deployer.durations import duration
from messina.deployer.watching.listing import SILENT_S
from messina.deployer.watching.model import Breaker, Lead


def told_breaker(one: Breaker, now: float) -> str:
    """Return how a breaker is, in a line of rich's markup."""
    name = f"[bold]{escape(one.connector)}[/]"
    reason = f": {escape(one.reason)}" if one.reason else ""
    if one.state == "closed":
        said = "waits" if one.waits_for else f"was restarted {one.attempts} times"
        return f"[yellow]![/] {name} {said}{reason}"
    since = duration(max(0.0, now - one.since))
    whose = f" by {escape(owner(one))}" if one.owner else ""
    due = trial(one, now)
    tried = f", next trial {due}" if due != "-" else ""
    return f"[red]■[/] {name} breaker {one.state}{whose} for {since}{tried}{reason}"


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
