"""What the command line shows of a pipeline that is taken down."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from messina.deployer.events import Deleted, Kept


def show_destroyed(console: Console, events: Iterable[Deleted | Kept]) -> int:
    """Show what goes and what stays, as it happens; return how much is gone."""
    gone = 0
    for event in events:
        if isinstance(event, Deleted):
            gone += 1
            console.print(f"[red]-[/] {event.kind} [bold]{escape(event.name)}[/]", soft_wrap=True)
        else:
            why = f": {escape(event.reason)}" if event.reason else ""
            console.print(f"[dim]= {event.kind} {escape(event.name)} kept{why}[/]", soft_wrap=True)
    return gone
