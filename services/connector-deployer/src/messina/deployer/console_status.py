"""What the command line shows of a running pipeline: status, connectors, what verbs did."""

import re
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, JustifyMethod, RenderResult
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from messina.deployer.describing import Description
from messina.deployer.durations import duration
from messina.deployer.health import Health, Lag, PipelineStatus, Side
from messina.deployer.inventory import Deployed
from messina.deployer.showing_breakers import told_breaker, watched
from messina.deployer.verbs import Outcomes, state_of
from messina.pipeline import STATIC

_DID = {
    "paused": "[yellow]‖[/] paused   ",
    "stopped": "[yellow]■[/] stopped  ",
    "resumed": "[green]▶[/] resumed  ",
    "restarted": "[magenta]↻[/] restarted",
    "left": "[dim]=[/] left     ",
    "failed": "[red]✗[/] failed   ",
}
_OFFSETS_SHOWN = 16
_COLUMNS: tuple[tuple[str, JustifyMethod], ...] = (
    ("TABLE", "left"),
    ("SOURCE", "left"),
    ("TASKS", "left"),
    ("LAG", "right"),
    ("SINK", "left"),
    ("TASKS", "left"),
    ("LAG", "right"),
    ("ROWS", "right"),
    ("DEAD", "right"),
)
_ROOM_FOR_ERRORS = 40
"""Characters beside the table from which on errors stand there."""
_PACKAGE = re.compile(r"^([a-z]\w*\.)+(?=[A-Z])")
"""Where a Java class is, which says nothing in a table."""


class StatusView:
    """A pipeline as one table: a row for each table, and for its statics.

    Errors stand at the end of their rows where the console is wide enough, else below the table.

    Args:
        status: of the pipeline.
        at: when it was looked at, where that is to be shown.
    """

    def __init__(self, status: PipelineStatus, at: datetime | None = None) -> None:
        self._status = status
        self._at = at

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give what rich prints."""
        narrow = self._grid(errors=False)
        room = options.max_width - Measurement.get(console, options, narrow).maximum
        errors = room >= _ROOM_FOR_ERRORS
        yield self._grid(errors=True) if errors else narrow
        if not errors:
            for _, error in self._rows():
                for line in error.splitlines():
                    yield Text.from_markup(f"[red]✗[/] {escape(line)}")
        for why in (*self._status.unknown, *self._status.doubts):
            yield Text.from_markup(f"[yellow]?[/] {escape(why)}")
        now = time.time()
        for one in self._status.breakers:
            yield Text.from_markup(told_breaker(one, now))
        if self._status.watcher is not None:
            yield Text.from_markup(watched(self._status.pipeline, self._status.watcher, now))

    def _grid(self, *, errors: bool) -> Table:
        title = f"pipeline {self._status.pipeline}"
        grid = Table(
            title=title if self._at is None else f"{title}  {self._at:%H:%M:%S}",
            title_justify="left",
            box=None,
        )
        for heading, justify in _COLUMNS:
            grid.add_column(heading, no_wrap=True, justify=justify)
        if errors:
            grid.add_column("LAST ERROR", overflow="fold")
        for cells, error in self._rows():
            grid.add_row(*cells, *([escape(error)] if errors else []))
        return grid

    def _rows(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The cells of each row, and what is wrong."""
        for table in self._status.tables:
            cells = (
                escape(table.table),
                *_side(table.source),
                _behind(table.lag, source=True),
                *_side(table.sink),
                *_sink_lag(table.sink, table.lag),
            )
            yield cells, _errors((table.source, table.sink), table.lag)
            if (static := table.static_sink) is not None:
                name = escape(f"{table.table}{STATIC}")
                lag = _sink_lag(static, table.static_lag)
                yield (name, "", "", "", *_side(static), *lag), _errors((static,), table.static_lag)


def show_health(console: Console, health: Health) -> None:
    """Show a verdict: a line for each thing that is not well."""
    if health.healthy:
        console.print(f"[green]✓[/] pipeline {escape(health.pipeline)} is well", soft_wrap=True)
    for reason in health.reasons:
        console.print(f"[red]✗[/] {escape(reason)}", soft_wrap=True)
    for doubt in health.doubts:
        console.print(f"[yellow]?[/] {escape(doubt)}", soft_wrap=True)


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
    for doubt in result.doubts:
        console.print(f"[yellow]?[/] {escape(doubt)}", soft_wrap=True)


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


def _side(side: Side) -> tuple[str, str]:
    color = "green" if side.healthy else "yellow" if side.state == "unknown" else "red"
    running = "?" if side.state == "unknown" else str(side.running)
    return f"[{color}]{side.state}[/]", f"[{color}]{running}/{side.expected}[/]"


def _behind(lag: Lag | None, *, source: bool) -> str:
    seconds = None if lag is None else lag.source_s if source else lag.sink_s
    return "?" if seconds is None else duration(seconds)


def _sink_lag(side: Side, lag: Lag | None) -> tuple[str, str, str]:
    """A sink's lag in time and in rows, and its dead letters."""
    rows = dead = "?"
    if lag is not None:
        if lag.rows is not None:
            rows = f"{lag.rows:,}" if lag.exact else f"≤ {lag.rows:,}"
        if lag.dead_letter_topic is None:
            # where a sink puts them is what its configuration says
            dead = "?" if side.state == "unknown" else "-"
        elif lag.dead_letters_open is not None:
            most = "" if lag.dead_letters_exact else "≤ "
            dead = f"{most}{lag.dead_letters_open:,}"
    return _behind(lag, source=False), rows, dead


def _errors(sides: Sequence[Side], lag: Lag | None) -> str:
    wrong = [side for side in sides if not side.healthy and side.state != "unknown"]
    lines = [f"{side.connector}: {_brief(side)}" for side in wrong]
    lines += [
        f"{side.connector} {side.waits.words()}"
        for side in sides
        if side.waits is not None and side not in wrong
    ]
    if lag is not None:
        lines += [f"lag: {reason}" for reason in lag.unknown]
        if lag.expired:
            lines.append(f"{lag.expired} offsets expired unread: messina reconcile run")
    return "\n".join(lines)


def _brief(side: Side) -> str:
    if side.waits is not None and not side.odd and side.error is None:
        return side.waits.words()
    if side.error is None:
        return ", ".join(side.odd) or f"it is {side.state}"
    return _PACKAGE.sub("", side.error)


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
