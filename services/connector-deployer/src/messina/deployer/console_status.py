"""What the command line shows of a running pipeline: status, connectors, what verbs did."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from messina.deployer.describing import Description
from messina.deployer.health import Health, Lag, PipelineStatus, Side
from messina.deployer.inventory import Deployed
from messina.deployer.verbs import Outcomes, state_of
from messina.pipeline import STATIC

_DID = {
    "paused": "[yellow]‖[/] paused   ",
    "resumed": "[green]▶[/] resumed  ",
    "restarted": "[magenta]↻[/] restarted",
    "left": "[dim]=[/] left     ",
    "failed": "[red]✗[/] failed   ",
}
_OFFSETS_SHOWN = 16


def status_view(status: PipelineStatus, at: datetime | None = None) -> RenderableType:
    """Return a pipeline as one table: a row for each table, and for its statics.

    Args:
        status: of the pipeline.
        at: when it was looked at, where that is to be shown.
    """
    title = f"pipeline {status.pipeline}"
    grid = Table(
        title=title if at is None else f"{title}  {at:%H:%M:%S}", title_justify="left", box=None
    )
    for heading, right in (
        ("TABLE", False),
        ("SOURCE", False),
        ("TASKS", False),
        ("LAG", True),
        ("SINK", False),
        ("TASKS", False),
        ("LAG", True),
        ("ROWS", True),
        ("DEAD", True),
    ):
        grid.add_column(heading, no_wrap=True, justify="right" if right else "left")
    grid.add_column("LAST ERROR", overflow="fold")
    for table in status.tables:
        own = [side for side in (table.source, table.sink) if not side.healthy]
        grid.add_row(
            escape(table.table),
            *_side(table.source),
            _behind(table.lag, source=True),
            *_side(table.sink),
            *_sink_lag(table.lag),
            _errors(own, table.lag),
        )
        if (static := table.static_sink) is not None:
            grid.add_row(
                escape(f"{table.table}{STATIC}"),
                *("", "", ""),
                *_side(static),
                *_sink_lag(table.static_lag),
                _errors([] if static.healthy else [static], table.static_lag),
            )
    notes = [Text.from_markup(f"[yellow]?[/] {escape(why)}") for why in status.unknown]
    return Group(grid, *notes)


def show_health(console: Console, health: Health) -> None:
    """Show a verdict: a line for each thing that is not well."""
    if health.healthy:
        console.print(f"[green]✓[/] pipeline {escape(health.pipeline)} is well", soft_wrap=True)
    for reason in health.reasons:
        console.print(f"[red]✗[/] {escape(reason)}", soft_wrap=True)


def show_connectors(console: Console, there: Sequence[Deployed]) -> None:
    """Show connectors, one a line."""
    grid = Table(box=None)
    for heading in ("PIPELINE", "CONNECTOR", "ROLE", "STATE", "TASKS", "TABLES"):
        grid.add_column(heading, no_wrap=heading != "TABLES", overflow="fold")
    for one in there:
        grid.add_row(
            escape(one.pipeline),
            escape(one.name),
            one.role,
            *_side(state_of(one)),
            escape(", ".join(one.tables)),
        )
    console.print(grid)


def show_outcomes(console: Console, result: Outcomes) -> None:
    """Show what a verb did to each connector, and how many were done and left."""
    for one in result.outcomes:
        state = one.after if one.before == one.after else f"{one.before} → {one.after}"
        shared = f", carries {', '.join(one.tables)}" if len(one.tables) > 1 else ""
        reason = f": {one.reason}" if one.reason else ""
        console.print(
            f"{_DID[one.did]} [bold]{escape(one.connector)}[/]  "
            f"[dim]{escape(state)}{escape(shared)}[/]{escape(reason)}",
            soft_wrap=True,
        )
    counts: dict[str, int] = {}
    for one in result.outcomes:
        counts[one.did] = counts.get(one.did, 0) + 1
    console.print(", ".join(f"{number} {did}" for did, number in counts.items()), soft_wrap=True)


def show_description(console: Console, one: Description) -> None:
    """Show all there is to know about a connector."""
    state = one.state
    color = "green" if state.healthy else "red"
    console.print(f"[bold]{escape(one.name)}[/]", soft_wrap=True)
    _field(console, "role", f"{one.role} of pipeline {one.pipeline}, tables {_list(one.tables)}")
    console.print(f"  state     [{color}]{escape(_told(state))}[/]", soft_wrap=True)
    _field(console, "worker", one.worker or "none")
    for task in state.tasks:
        _field(console, f"task {task.id}", f"{task.state} on {task.worker}")
    _field(console, "topics", _list(one.topics) or "none used yet")
    console.print("  offsets" if one.offsets else "  offsets   none yet")
    for offset in one.offsets[:_OFFSETS_SHOWN]:
        console.print(
            f"    {escape(_pairs(offset.partition))}: {escape(_pairs(offset.offset or {}))}",
            soft_wrap=True,
        )
    if len(one.offsets) > _OFFSETS_SHOWN:
        more = len(one.offsets) - _OFFSETS_SHOWN
        console.print(f"    and {more} more: messina deploy describe … --json", soft_wrap=True)
    console.print("  config")
    for name, value in one.config.items():
        console.print(f"    {escape(name)}: {escape(value)}", soft_wrap=True)
    for where, trace in one.errors.items():
        console.print(f"  [red]error of {escape(where)}[/]")
        for line in trace.splitlines():
            console.print(f"    {escape(line)}", soft_wrap=True)
    for why in one.unknown:
        console.print(f"  [yellow]?[/] {escape(why)}", soft_wrap=True)


def duration(seconds: float) -> str:
    """Return a length of time in as few words as it needs: `0.7 s`, `3 m 20 s`, `2 h 5 m`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    for unit, size, lesser, part in (
        ("m", 60, "s", 1),
        ("h", 3_600, "m", 60),
        ("d", 86_400, "h", 3_600),
    ):
        if whole < size * {"m": 60, "h": 24, "d": 10**6}[unit]:
            return f"{whole // size} {unit} {whole % size // part} {lesser}"
    return f"{whole} s"


def _side(side: Side) -> tuple[str, str]:
    color = "green" if side.healthy else "yellow" if side.state == "unknown" else "red"
    running = "?" if side.state == "unknown" else str(side.running)
    return f"[{color}]{side.state}[/]", f"[{color}]{running}/{side.expected}[/]"


def _behind(lag: Lag | None, *, source: bool) -> str:
    seconds = None if lag is None else lag.source_s if source else lag.sink_s
    return "?" if seconds is None else duration(seconds)


def _sink_lag(lag: Lag | None) -> tuple[str, str, str]:
    """A sink's lag in time and in rows, and its dead letters."""
    rows = dead = "?"
    if lag is not None:
        if lag.rows is not None:
            rows = f"{lag.rows:,}" if lag.exact else f"≤ {lag.rows:,}"
        if lag.dead_letter_topic is None:
            dead = "-"
        elif lag.dead_letters is not None:
            dead = str(lag.dead_letters)
    return _behind(lag, source=False), rows, dead


def _errors(sides: Sequence[Side], lag: Lag | None) -> str:
    lines = [f"{side.connector}: {_brief(side)}" for side in sides if side.state != "unknown"]
    if lag is not None:
        lines += [f"lag: {reason}" for reason in lag.unknown]
        if lag.expired:
            lines.append(f"{lag.expired} offsets expired unread: messina reconcile run")
    return escape("\n".join(lines))


def _brief(side: Side) -> str:
    return side.error or ", ".join(side.odd) or f"it is {side.state}"


def _told(side: Side) -> str:
    return f"{side.state}, {side.running} of {side.expected} tasks run" + (
        f": {', '.join(side.odd)}" if side.odd else ""
    )


def _field(console: Console, name: str, value: str) -> None:
    console.print(f"  {name:<9} {escape(value)}", soft_wrap=True)


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _pairs(values: object) -> str:
    if not isinstance(values, dict):
        return str(values)
    return ", ".join(f"{key} {_value(key, value)}" for key, value in values.items())


def _value(key: str, value: object) -> str:
    """A value of an offset; a time also as people read it."""
    if key.endswith("_until") and isinstance(value, int) and value > 0:
        moment = datetime.fromtimestamp(value / 1_000_000, UTC)
        return f"{value} ({moment:%Y-%m-%d %H:%M:%S}Z)"
    return str(value)
