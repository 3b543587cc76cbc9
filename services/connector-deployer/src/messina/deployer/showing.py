"""What the command line shows of a plan: resource by resource, and while it is carried out."""

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from messina.deployer.applying import Happening
from messina.deployer.events import Advised, Began, Done, Restarted, Running, Waiting
from messina.deployer.plan import (
    Action,
    Change,
    Create,
    Delete,
    FieldChange,
    Plan,
    Replace,
    Restart,
    Resume,
    Unchanged,
)
from messina.deployer.promises.words import count, size, span
from messina.deployer.replacing import Drained, Swapped
from messina.deployer.resources import (
    ConnectorResource,
    Resource,
    TableResource,
    TopicResource,
    ViewResource,
)
from messina.deployer.saved import Moved

_SIGNS = {
    "create": "[green]+[/]",
    "change": "[yellow]~[/]",
    "replace": "[red]±[/]",
    "delete": "[red]-[/]",
    "restart": "[magenta]↻[/]",
    "resume": "[magenta]▶[/]",
    "unchanged": "[dim]=[/]",
}
_VERBS = {
    "create": "created",
    "change": "changed",
    "replace": "replaced",
    "delete": "deleted",
    "restart": "restarted",
    "resume": "resumed",
    "unchanged": "left",
}
_FEW = 8
"""Connectors that are told one by one while they are waited for; more are counted."""


def show_plan(console: Console, plan: Plan, file: str) -> None:
    """Show a plan, resource by resource, and what to do next.

    Args:
        console: where.
        plan: what there is to do.
        file: what to apply: the spec's file, or that of the saved plan.
    """
    console.print(f"pipeline [bold]{plan.pipeline}[/]")
    for action in plan.steps:
        for line in _lines(action):
            console.print(line, soft_wrap=True)
    for line in promise_lines(plan):
        console.print(line, soft_wrap=True)
    show_notes(console, plan)
    console.print(f"Plan: {summary(plan)}.", soft_wrap=True)
    if plan.steps:
        console.print(f"Next: messina deploy apply {escape(file)}", soft_wrap=True)


def show_notes(console: Console, plan: Plan) -> None:
    """Show what a plan says beside its steps: what is kept, lost, or to be done before."""
    for note in plan.notes:
        console.print(f"[yellow]![/] {escape(note)}", soft_wrap=True)


def promise_lines(plan: Plan) -> list[str]:
    """Return what a plan promises, line by line; nothing where it does not."""
    found = plan.promises
    if found is None:
        return []
    lines = [
        f"latency      {span(found.latency_floor_ms)} at most until a change is read, "
        f"{span(found.latency_ms)} with the road to Postgres",
        f"source       {count(found.log_queries_per_second)} CQL queries/s for the log, "
        f"{count(found.row_reads_per_second)} row reads/s at the stated rates",
        f"connect      {found.connect_tasks:,} tasks, {size(found.connect_memory_bytes)} of memory",
        f"postgres     {found.postgres_connections:,} connections at most",
        f"kafka        {size(found.kafka_bytes_per_day)} a day, before replication",
        f"log          {found.log_rows_kept:,} rows kept by its TTL, {size(found.log_bytes_kept)}",
    ]
    if found.log_kept_for_ever:
        lines.append(f"log          kept for ever: {_few(found.log_kept_for_ever)}")
    if found.unstated:
        lines.append(
            f"unstated     no rate of changes (expect.rows_per_second): {_few(found.unstated)}"
        )
    return ["[dim]promises[/]", *(f"  [dim]{escape(line)}[/]" for line in lines)]


def _few(names: Sequence[str], shown: int = 4) -> str:
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def summary(plan: Plan) -> str:
    """Return the number of resources by action, in words."""
    counts = plan.summary
    parts = [f"{counts[a]} to {a}" for a in _SIGNS if a in counts and a != "unchanged"]
    if "unchanged" in counts:
        parts.append(f"{counts['unchanged']} unchanged")
    return ", ".join(parts)


def show_moved(console: Console, moved: Sequence[Moved]) -> None:
    """Show what is not as a saved plan found it."""
    for one in moved:
        console.print(f"[red]![/] [bold]{escape(one.what)}[/] {escape(one.how)}", soft_wrap=True)
        for change in one.changes:
            console.print(field_line(change), soft_wrap=True)


class Showing:
    """Shows the events of an apply, with a bar where there is a terminal. Use it in a `with`.

    The bar counts what is done: steps, and connectors of which every task runs. So it stands still
    where nothing happens.

    Args:
        console: where.
        plan: what is being done.
    """

    def __init__(self, console: Console, plan: Plan) -> None:
        self._console = console
        self._steps = len(plan.steps)
        self._wanted = len(plan.connectors) if plan.steps else 0
        self._done = 0
        self._told = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=self._steps + self._wanted)

    def __enter__(self) -> "Showing":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, event: Happening) -> None:
        """Show one event."""
        match event:
            case Began(step=step):
                name = f"{step.resource.kind} {step.resource.name}"
                self._bar.update(self._task, description=escape(name))
            case Done(step=step):
                self._done += 1
                self._bar.update(self._task, completed=self._done)
                resource = step.resource
                self._line(
                    f"{_SIGNS[step.action]} {_VERBS[step.action]} {resource.kind} "
                    f"[bold]{escape(resource.name)}[/] [dim]{event.seconds:.1f} s[/]"
                )
            case Waiting():
                self._wait(event)
            case Drained():
                self._line(
                    f"[dim]… {event.seconds:4.0f} s  {escape(event.connector)} is stopped, and all "
                    "that it put out is applied[/]"
                )
            case Advised():
                self._line(f"[yellow]![/] {escape(event.text)}")
            case Swapped(since=None):
                pass  # a sink: the plan has said that it goes on where it stood
            case Swapped():
                self._line(f"[yellow]![/] {escape(event.connector)}: {escape(event.advice)}")
            case Restarted():
                self._line(
                    f"{_SIGNS['restart']} restarted [bold]{escape(event.connector)}[/], as it "
                    f"failed: {escape(event.reason)}"
                )
            case Running():
                self._bar.update(self._task, completed=self._steps + self._wanted)
                self._line(
                    f"[green]✓[/] {event.connectors} connectors run with {event.tasks} tasks "
                    f"[dim]{event.seconds:.1f} s[/]"
                )

    def _wait(self, event: Waiting) -> None:
        run = event.of - len(event.connectors)
        told = f"{run} of {event.of} connectors run"
        self._bar.update(self._task, completed=self._done + run, description=told)
        if len(event.connectors) > _FEW:
            if told != self._told and not self._console.is_terminal:
                self._line(f"[dim]… {event.seconds:4.0f} s  {told}[/]")
            self._told = told
            return
        lines = [f"{escape(n)}: {escape(state)}" for n, state in sorted(event.connectors.items())]
        if "\n".join(lines) != self._told:
            for line in lines:
                self._line(f"[dim]… {event.seconds:4.0f} s  {line}[/]")
        self._told = "\n".join(lines)

    def _line(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)


def _lines(action: Action) -> list[str]:
    resource = action.resource
    head = f"{_SIGNS[action.action]} {resource.kind:<9} [bold]{escape(resource.name)}[/]"
    match action:
        case Create(takes=takes):
            return [f"{head}  [dim]{escape(_told(resource))}[/]", *_taken(takes)]
        case Change(changes=changes, takes=takes):
            return [head, *map(field_line, changes), *_taken(takes)]
        case Replace(changes=changes, reasons=reasons):
            return [f"{head}  {escape('; '.join(reasons))}", *map(field_line, changes)]
        case Restart(reason=reason) | Resume(reason=reason):
            return [f"{head}  {escape(reason)}"]
        case Delete(reason=reason, offsets=offsets):
            return [f"{head}  {escape(reason)}{', with its offsets' if offsets else ''}"]
        case Unchanged():
            return [head]


def _taken(takes: Mapping[str, str]) -> Iterator[str]:
    for other in sorted(set(takes.values())):
        names = [name for name, whose in takes.items() if whose == other]
        yield f"    offsets of {escape(_few(names))}: from {escape(other)}"


def field_line(change: FieldChange) -> str:
    """Return the line of one field: its name, old → new."""
    return (
        f"    {escape(change.field)}: {escape(_shown(change.old))} → {escape(_shown(change.new))}"
    )


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
