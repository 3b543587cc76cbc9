"""What the command line shows of dead letters."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from messina.deployer.deadletters.histogram import Histogram
from messina.deployer.deadletters.planning import ReplayPlan
from messina.deployer.deadletters.reading import OnProgress
from messina.deployer.deadletters.showing import Shown, compact
from messina.deployer.deadletters.verdicts import Verdict

_FEW = 20


@contextmanager
def reading_bar(console: Console) -> Iterator[OnProgress]:
    """A bar of offsets that are read, of those that there were when reading began."""
    with _bars(console) as bars:
        task = bars.add_task("reading letters", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def replaying_bar(console: Console, rows: int) -> Iterator[Callable[[], None]]:
    """A bar of rows of which it is known, and written down, what became of them."""
    with _bars(console) as bars:
        task = bars.add_task("rows settled", total=rows)
        yield lambda: bars.advance(task)


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def show_histogram(console: Console, found: Histogram, file: str, *, further: bool = True) -> None:
    """Show how many letters there are, a line for each table and reason."""
    show_notes(console, found.notes)
    if not found.bars:
        console.print("there are no such letters", style="green")
        return
    states = ("open", "quarantined", "replayed", "discarded")
    grid = Table(title=f"pipeline {found.pipeline}", title_justify="left", box=None)
    for heading in ("TABLE", "REASON", *(state.upper() for state in states), "FIRST", "LAST"):
        numeric = heading.lower() in states
        grid.add_column(heading, no_wrap=True, justify="right" if numeric else "left")
    for bar in found.bars:
        numbers = (f"{bar.counts.get(state, 0):,}" for state in states)  # type: ignore[call-overload]
        times = (when(bar.first_ms), when(bar.last_ms))
        grid.add_row(Text(bar.table), Text(str(bar.reason)), *numbers, *times)
    console.print(grid, soft_wrap=True)
    if not further:
        return
    if found.count("open"):
        console.print(
            f"next: cure the cause, then messina deploy dlq replay {escape(file)}", soft_wrap=True
        )
    elif found.count("quarantined"):
        console.print(
            f"next: messina deploy dlq show {escape(file)} --state quarantined; cured: "
            f"messina deploy dlq replay {escape(file)} --include-quarantined",
            soft_wrap=True,
        )


def show_letter(console: Console, one: Shown) -> None:
    """Show a letter whole."""
    console.print(Text(one.at, style="bold"), Text(one.state, style="yellow"))
    lines = {
        "table": one.table,
        "reason": f"{one.reason}: {one.message}" if one.message else str(one.reason),
        "record": f"{one.origin or 'unknown'}, of {when(one.at_ms)}",
        "key": compact(one.key),
        "value": compact(one.value),
        "correlation": one.correlation_id or "-",
        **{f"header {name}": text for name, text in one.headers.items()},
    }
    if one.attempts:
        lines["came back"] = f"{one.attempts} times in a row"
    for act in one.history:
        why = f": {act.why}" if act.why else ""
        lines[f"{when(act.at_ms)}"] = f"{act.what}, {act.by}{why}"
    for name, text in lines.items():
        console.print(Text(f"  {name}: {text}"), soft_wrap=True)


def show_plan(console: Console, plan: ReplayPlan, file: str) -> None:
    """Show what a replay would ask for."""
    if not plan.due:
        console.print("there is nothing to replay", style="green")
        return
    grid = Table(box=None)
    for heading in ("TABLE", "REASON", "LETTERS", "ROWS"):
        grid.add_column(heading, justify="right" if heading in ("LETTERS", "ROWS") else "left")
    for due in plan.due:
        grid.add_row(Text(due.table), Text(str(due.reason)), f"{due.letters:,}", f"{due.rows:,}")
    console.print(grid)
    if plan.keyless:
        console.print(
            f"{plan.keyless:,} letters have no key by which to ask for their rows; next: "
            f"messina deploy dlq show {escape(file)} --reason undecodable, then dlq discard",
            soft_wrap=True,
        )


def show_verdicts(
    console: Console, outcomes: Mapping[str, int], left: Iterable[Verdict], file: str
) -> None:
    """Show what became of rows: numbers, and why of some that did not come through."""
    said = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(outcomes.items()))
    through = set(outcomes) <= {"came through"}
    console.print(Text(f"rows: {said}", style="green" if through else "bold red"))
    for number, verdict in enumerate(left):
        if number == _FEW:
            console.print(f"  … more: messina deploy dlq show {escape(file)}")
            break
        outcome = "quarantined" if verdict.quarantined else verdict.outcome
        console.print(
            Text(f"  {verdict.table} {verdict.key}: {outcome}: {verdict.why}"), soft_wrap=True
        )


def show_discarded(console: Console, marked: int) -> None:
    """Show how many letters were marked."""
    console.print(f"{marked:,} letters are marked as not needed; they stay in Kafka")


def show_notes(console: Console, notes: Iterable[str]) -> None:
    """Show what could not be read."""
    for note in notes:
        console.print(f"[yellow]?[/] {escape(note)}", soft_wrap=True)


def when(ms: int) -> str:
    """Return a time as people read it, in UTC."""
    try:
        return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"
