"""A report and its progress, for people."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from messina.reconciler.report import OnProgress, Progress, Report

_STEPS = {
    "sink": "reading the sink",
    "source": "comparing the source",
    "recheck": "reading again",
    "repair": "asked for again",
}


@contextmanager
def progress_bars(console: Console) -> Iterator[OnProgress]:
    """Bars that show rows done of rows estimated; an estimate that proves too low is corrected."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[waiting]}", style="dim"),
    )
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[tuple[str, str], TaskID] = {}

        def show(progress: Progress) -> None:
            which = (progress.table, progress.step)
            if which not in tasks:
                label = Text.assemble(f"{progress.table}: {_STEPS[progress.step]}").plain
                tasks[which] = bars.add_task(label.replace("[", "\\["), total=None, waiting="")
            known = progress.total is not None and progress.total >= progress.done
            bars.update(
                tasks[which],
                completed=progress.done,
                total=progress.total if known else None,
                waiting=progress.waiting.replace("[", "\\["),
            )

        yield show


def show_report(console: Console, report: Report, limit: int) -> None:
    """The report: a line a table, then the discrepancies, `limit` of them at most."""
    summary = Table("table", "source", "sink", "in flight", "unsettled", "differ", box=None)
    for column in summary.columns[1:]:
        column.justify = "right"
    for table in report.tables:
        numbers = (table.rows_in_source, table.rows_in_sink, table.in_flight, table.unsettled)
        differ = Text(f"{table.differing:,}", style="bold red" if table.differing else "green")
        summary.add_row(Text(table.table), *(f"{number:,}" for number in numbers), differ)
    console.print(summary)
    for table in report.tables:
        for note in table.notes:
            console.print(Text(f"{table.table}: {note}", style="yellow"))
    found = report.discrepancies
    if found and limit:
        details = Table()
        for title in ("table", "key", "kind", "column", "source", "sink"):
            details.add_column(title, overflow="fold")
        for one in found[:limit]:
            key = ", ".join(f"{name}={value}" for name, value in one.key)
            head = [one.table, key, one.kind.replace("_", " ")]
            values = [(each.column, each.source, each.sink) for each in one.columns]
            for line in values or [("", "", "")]:
                details.add_row(*(Text(_short(text)) for text in (*head, *line)))
                head = ["", "", ""]
        console.print(details)
        if report.differing > limit:
            console.print(
                f"… and {report.differing - min(limit, len(found)):,} more{_more(report)}"
            )
    console.print(Text(verdict(report), style="green" if report.equal else "bold red"))


def verdict(report: Report) -> str:
    """The outcome in one line."""
    rows = sum(table.rows_in_source for table in report.tables)
    if report.equal:
        tables = f"{len(report.tables)} table" + ("" if len(report.tables) == 1 else "s")
        return f"equal: {rows:,} rows in {tables}, {report.seconds:.1f} s{_looked_at(report)}"
    unsettled = sum(table.unsettled for table in report.tables)
    moving = f", {unsettled:,} changed all the time" if unsettled else ""
    differ = f"{report.differing:,} rows differ{moving}"
    return f"{differ}; {rows:,} rows in the source, {report.seconds:.1f} s{_looked_at(report)}"


def _more(report: Report) -> str:
    """Where those are that are not shown."""
    held = len(report.discrepancies)
    if held == report.differing:
        return ": --limit shows them, --json has all"
    return f": the report holds {held:,} of them (--max-differences); history --run ID has all"


def _looked_at(report: Report) -> str:
    """What was looked at, where that was not all."""
    if all(table.share >= 1 for table in report.tables):
        return ""
    share = min(table.share for table in report.tables)
    return f" (of {share:.2%} of the tokens: the rest was not looked at)"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
