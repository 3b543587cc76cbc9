"""The demo's live view: rate, lag, latency. On anything but a terminal, a line now and then."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from messina.cli.demo.latency import Sampler

_LINE_EVERY_SECONDS = 5.0


@dataclass(slots=True)
class View:
    """What the player tells, drawn with what the sampler saw."""

    console: Console
    sampler: Sampler
    total: int
    started: float
    written: int = 0

    def row(self) -> tuple[str, str, str]:
        """Rate, lag and latency, as text."""
        seconds = max(time.monotonic() - self.started, 0.001)
        rate = f"{self.written / seconds:,.0f} changes/s"
        newest = self.sampler.newest
        behind = (datetime.now(UTC) - newest).total_seconds() if newest else None
        lag = "lag -" if behind is None else f"lag {max(behind, 0.0):.1f} s"
        latency = self.sampler.samples.quantiles()
        text = f"p50 {latency.p50:,.0f} ms  p95 {latency.p95:,.0f} ms" if latency else "no row yet"
        if self.sampler.error is not None:
            text = "no latency: Postgres went away"
        return rate, lag, text


@contextmanager
def playing(console: Console, sampler: Sampler, total: int) -> Iterator[View]:
    """Draws while changes are played; the player sets `View.written`."""
    view = View(console, sampler, total, time.monotonic())
    if not console.is_terminal:
        yield view
        return
    bars = Progress(
        TextColumn("  changes"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )
    task = bars.add_task("changes", total=total)

    def draw() -> Table:
        bars.update(task, completed=view.written)
        grid = Table.grid(padding=(0, 2))
        grid.add_row(bars)
        grid.add_row("  " + "   ".join(view.row()))
        return grid

    with Live(get_renderable=draw, console=console, refresh_per_second=4, transient=True):
        yield view


class Reporter:
    """Passes the player's count on; prints a line now and then where there is no live view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._next = time.monotonic() + _LINE_EVERY_SECONDS

    def __call__(self, written: int) -> None:
        """Takes the number of writes so far."""
        view = self._view
        view.written = written
        if not view.console.is_terminal and time.monotonic() >= self._next:
            self._next += _LINE_EVERY_SECONDS
            line = ", ".join(view.row())
            view.console.print(f"  {written}/{view.total} changes, {line}", highlight=False)
