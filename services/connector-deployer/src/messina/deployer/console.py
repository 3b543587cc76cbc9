"""What the command line shows of plans and their progress."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from messina.deployer.events import Began, Deleted, Done, Event, Kept, Restarted, Running, Waiting
from messina.deployer.plan import Action, Change, Create, Plan, Restart, Resume, Unchanged
from messina.deployer.resources import (
    ConnectorResource,
    Resource,
    TableResource,
    TopicResource,
    ViewResource,
)

_SIGNS = {
    "create": "[green]+[/]",
    "change": "[yellow]~[/]",
    "restart": "[magenta]↻[/]",
    "resume": "[magenta]▶[/]",
    "unchanged": "[dim]=[/]",
}
_VERBS = {
    "create": "created",
    "change": "changed",
    "restart": "restarted",
    "resume": "resumed",
    "unchanged": "left",
}


def show_plan(console: Console, plan: Plan, file: str) -> None:
    """Show a plan, resource by resource, and what to do next."""
    console.print(f"pipeline [bold]{plan.pipeline}[/]")
    for action in plan.steps:
        for line in _lines(action):
            console.print(line, soft_wrap=True)
    for note in plan.notes:
        console.print(f"[yellow]![/] {escape(note)}", soft_wrap=True)
    console.print(f"Plan: {summary(plan)}.", soft_wrap=True)
    if plan.steps:
        console.print(f"Next: messina deploy apply {escape(file)}", soft_wrap=True)


def summary(plan: Plan) -> str:
    """Return the number of resources by action, in words."""
    counts = plan.summary
    parts = [
        f"{counts[a]} to {a}" for a in ("create", "change", "restart", "resume") if a in counts
    ]
    if "unchanged" in counts:
        parts.append(f"{counts['unchanged']} unchanged")
    return ", ".join(parts)


def show_event(console: Console, event: Event) -> None:
    """Show one event of an apply."""
    match event:
        case Began():
            pass
        case Done(step=step):
            resource = step.resource
            console.print(
                f"{_SIGNS[step.action]} {_VERBS[step.action]} {resource.kind} "
                f"[bold]{escape(resource.name)}[/] [dim]{event.seconds:.1f} s[/]",
                soft_wrap=True,
            )
        case Waiting():
            for name, state in sorted(event.connectors.items()):
                console.print(
                    f"[dim]… {event.seconds:4.0f} s  {escape(name)}: {escape(state)}[/]",
                    soft_wrap=True,
                )
        case Restarted():
            console.print(
                f"{_SIGNS['restart']} restarted [bold]{escape(event.connector)}[/], as it failed: "
                f"{escape(event.reason)}",
                soft_wrap=True,
            )
        case Running():
            console.print(
                f"[green]✓[/] {event.connectors} connectors run with {event.tasks} tasks "
                f"[dim]{event.seconds:.1f} s[/]"
            )


def show_destroyed(console: Console, events: Iterable[Deleted | Kept]) -> int:
    """Show what goes and what stays, as it happens; return how much is gone."""
    gone = 0
    for event in events:
        if isinstance(event, Deleted):
            gone += 1
            console.print(f"[red]-[/] {event.kind} [bold]{escape(event.name)}[/]", soft_wrap=True)
        else:
            console.print(f"[dim]= {event.kind} {escape(event.name)} kept[/]", soft_wrap=True)
    return gone


def _lines(action: Action) -> list[str]:
    resource = action.resource
    head = f"{_SIGNS[action.action]} {resource.kind:<9} [bold]{escape(resource.name)}[/]"
    match action:
        case Create():
            return [f"{head}  [dim]{escape(_told(resource))}[/]"]
        case Change(changes=changes):
            return [head] + [
                f"    {escape(c.field)}: {escape(_shown(c.old))} → {escape(_shown(c.new))}"
                for c in changes
            ]
        case Restart(reason=reason) | Resume(reason=reason):
            return [f"{head}  {escape(reason)}"]
        case Unchanged():
            return [head]


def _told(resource: Resource) -> str:
    match resource:
        case TopicResource():
            return f"partitions {resource.partitions}, {resource.config.get('cleanup.policy')}"
        case TableResource():
            key = ", ".join(resource.primary_key)
            return f"columns {len(resource.columns)}, primary key ({key})"
        case ViewResource():
            return f"of {resource.rows} and {resource.shared}"
        case ConnectorResource():
            return f"{resource.role}, tasks {resource.tasks}"
        case _:
            return ""


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value or "(empty)"
