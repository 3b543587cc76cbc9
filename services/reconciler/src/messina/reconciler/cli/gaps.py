"""gaps: what is open, when it is due, and why it was not healed."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from messina.commandline import AsJson, EndpointsPath, EnvName, SpecFile, print_json, told
from messina.pipeline import Endpoints, SpecError, load_spec
from messina.postgres import PostgresError
from messina.reconciler.errors import GapNotOpen
from messina.reconciler.gaps.values import OpenGap
from messina.reconciler.store.database import SCHEMA, Database
from messina.reconciler.store.gaps import GapTable
from messina.secrets import SecretsError

EXPECTED = (SpecError, GapNotOpen, PostgresError, SecretsError)

EPILOG = (
    "Examples:\n\n  messina reconcile gaps examples/flights.yaml\n\n"
    "  messina reconcile gaps examples/flights.yaml --json | jq '.gaps[] | select(.attempts > 0)'"
)


def gaps(
    file: SpecFile,
    close: Annotated[
        list[str] | None,
        typer.Option(
            "--close",
            metavar="ID",
            help="Close this gap, which somebody has seen to; may be given again.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Show so many at most.")] = 100,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """List open gaps: those first that are due longest. They are healed by `heal`."""
    with told(EXPECTED, as_json):
        spec = load_spec(file, env)
        server = Endpoints.load(endpoints).under(spec).postgres
        database = Database.open(server, SCHEMA)
        try:
            table = GapTable(database, spec.pipeline)
            idents = [_ident(text) for text in close or ()]
            if idents:
                closed = table.drop(idents)
                missing = [
                    text
                    for text, each in zip(close or (), idents, strict=True)
                    if each not in closed
                ]
                if missing:
                    raise GapNotOpen(missing)
            found = table.open(limit)
            sums = table.sums(int(datetime.now(UTC).timestamp() * 1e6))
        finally:
            database.close()
    if as_json:
        print_json(
            {
                "open": sums.open,
                "due": sums.due,
                "failing": sums.failing,
                "for_people": sums.for_people,
                "gaps": [gap.as_json() for gap in found],
            }
        )
        return
    screen = Console(highlight=False)
    if found:
        screen.print(_shown(found))
    screen.print(
        f"{sums.open:,} open: {sums.due:,} due, {sums.failing:,} tried in vain, "
        f"{sums.for_people:,} for a person"
    )


def _shown(found: list[OpenGap]) -> Table:
    shown = Table(box=None)
    for title in ("kind", "table", "key", "due", "attempts", "error", "id"):
        shown.add_column(title, overflow="fold")
    for gap in found:
        table = gap.table + ("__static" if gap.static else "")
        error = "" if gap.error is None else gap.error
        cells = (gap.kind, table, _place(gap), _time(gap.due_us), str(gap.attempts), error)
        shown.add_row(*map(Text, cells), Text(f"{gap.subject}/{gap.slot}"))
    return shown


def _place(gap: OpenGap) -> str:
    if gap.partition_key is None:
        return f"tokens {gap.from_token} to {gap.to_token}"
    if gap.lower is not None and gap.lower == gap.upper:
        return f"{gap.partition_key} {gap.lower}"
    bounds = []
    if gap.lower is not None:
        bounds.append(f"{'from' if gap.lower_inclusive else 'behind'} {gap.lower}")
    if gap.upper is not None:
        bounds.append(f"{'up to' if gap.upper_inclusive else 'before'} {gap.upper}")
    return " ".join((gap.partition_key, *bounds))


def _time(us: int) -> str:
    try:
        return datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{us} us"


def _ident(text: str) -> tuple[UUID, int]:
    subject, _, slot = text.partition("/")
    try:
        return UUID(subject), int(slot)
    except ValueError:
        raise GapNotOpen([text]) from None
