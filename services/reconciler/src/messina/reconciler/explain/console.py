"""An explanation for people."""

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from messina.reconciler.explain.values import EventView, Explanation, moment

_OPS = {"c": "created", "u": "updated", "d": "deleted", "r": "read again"}


def show_explanation(console: Console, found: Explanation) -> None:
    """The row on both sides, where its slice stands, its events, and what it comes to."""
    key = ", ".join(f"{name}={value}" for name, value in found.key)
    console.print(Text(f"{found.table} ({key})", style="bold"))
    if found.written_us is not None:
        console.print(Text(f"last written {moment(found.written_us)}, as far as the source tells"))
    rows = Table("column", "source", "sink", box=None)
    for column in found.columns:
        style = "bold red" if column.differs else ""
        rows.add_row(
            Text(column.name, style=style),
            Text(_short(column.source), style=style),
            Text(_short(column.sink), style=style),
        )
    for side, there in (("source", found.in_source), ("sink", found.in_sink)):
        if not there:
            console.print(Text(f"the {side} has no such row", style="bold red"))
    if found.in_source or found.in_sink:
        console.print(rows)
    stands = found.standing
    console.print(Text(f"token {stands.token}; {stands.topic}, {_slice(stands.slice)}"))
    if stands.fast_until_us is not None:
        console.print(
            Text(
                f"first look at {moment(stands.fast_until_us)}, "
                f"second at {moment(stands.swept_until_us)}"
            )
        )
    reads = "has read nothing" if stands.reads_next is None else f"reads {stands.reads_next} next"
    console.print(Text(f"{stands.group} {reads}"))
    for problem in stands.unknown:
        console.print(Text(problem, style="yellow"))
    since = datetime.fromtimestamp(found.since_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if not found.events:
        console.print(Text(f"no events since {since}"))
    else:
        events = Table("offset", "event", "written", "in Kafka", "correlation", "signal", box=None)
        for event in found.events[-20:]:
            events.add_row(*map(Text, _line(event)))
        more = len(found.events) - 20
        console.print(
            Text(f"events since {since}" + (f", the last 20 of {more + 20}" if more > 0 else ""))
        )
        console.print(events)
    verdict, following = found.verdict()
    console.print(Text(verdict, style="green" if found.equal else "bold red"))
    if following is not None:
        console.print(Text(f"next: {following}"))


def _line(event: EventView) -> tuple[str, ...]:
    return (
        f"{event.offset}",
        _OPS.get(event.op, event.op),
        "" if event.written_us is None else moment(event.written_us),
        moment(event.came_ms * 1000),
        event.correlation_id or "",
        event.signal_id or "",
    )


def _slice(number: int | None) -> str:
    return "any partition" if number is None else f"partition {number}"


def _short(text: str | None) -> str:
    if text is None:
        return "–"
    return text if len(text) <= 80 else f"{text[:79]}…"
