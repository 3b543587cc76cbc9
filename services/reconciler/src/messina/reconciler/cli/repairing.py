"""--repair: what a comparison found is asked for again, after a question, within limits."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from messina.commandline import DIFFERENCES, print_json
from messina.commandline.telling import tell
from messina.kafka import KafkaProblem
from messina.pipeline import Endpoints, PipelineSpec
from messina.reconciler.cli.comparing import Comparison, compared, held
from messina.reconciler.comparing import WHOLE
from messina.reconciler.console import progress_bars, show_report
from messina.reconciler.repair.errors import RepairRefused
from messina.reconciler.repair.opening import open_mender
from messina.reconciler.repair.plan import KINDS, Limits, RepairPlan, repair_plan
from messina.reconciler.report import OnProgress, told_to
from messina.reconciler.scanning import Options
from messina.reconciler.store import RepairRow, Run, Store
from messina.telemetry import correlation

_ROWS = 5
PROBLEMS = (KafkaProblem,)
"""What else can go wrong where rows are repaired."""


@dataclass(frozen=True)
class RepairOptions:
    """What the command line says of a repair.

    Attributes:
        file: the pipeline's file, for what is said to do next.
        yes: don't ask.
        limits: what may be repaired at once.
    """

    file: Path
    yes: bool
    limits: Limits


def share(text: str) -> float:
    """A share of the command line, such as 10%, as a number from 0 to 1."""
    number = text.strip().removesuffix("%")
    try:
        found = float(number) / 100
    except ValueError:
        found = -1.0
    if not text.strip().endswith("%") or not 0 <= found <= 1:
        raise typer.BadParameter(f"{text}: expected a share from 0% to 100%, such as 10%")
    return found


def refuse_to_ask(yes: bool, as_json: bool) -> None:
    """Refuse what would have to ask a question where nobody can answer, before all work."""
    if not yes and (as_json or not sys.stdin.isatty()):
        raise typer.BadParameter(
            "--repair asks before it changes rows, and nobody can answer here: add --yes"
        )


def compare_and_repair(
    spec: PipelineSpec,
    endpoints: Endpoints,
    todo: Comparison,
    options: RepairOptions,
    screen: Console,
    as_json: bool,
) -> bool:
    """Compare, or take up what a run has found, and repair it; return whether all is equal then.

    Raises:
        RepairRefused: if that is more than the limits allow.
        typer.Exit: 2, if the question was answered with no.
    """
    console = Console(highlight=False)
    with ExitStack() as opened:
        # before the comparison, which may take long: what is missing here is told at once
        todo, checkpoints = opened.enter_context(held(spec, endpoints, todo, screen, needed=True))
        assert checkpoints is not None
        store, run = checkpoints.store, checkpoints.run
        report = compared(spec, endpoints, todo, checkpoints, screen)
        unsettled = sum(table.unsettled for table in report.tables)
        document = report.as_json(todo.limit)
        if not as_json:
            show_report(console, report, 20 if todo.limit is None else todo.limit)
        try:
            document["repair"] = repaired(
                spec, endpoints, store, run, options, screen, todo.options, todo.told
            )
        except (RepairRefused, typer.Exit):
            store.finish(run, "different")
            raise
        outcomes = document["repair"]["outcomes"]
        equal = not unsettled and not {"open", "not_cured"} & outcomes.keys()
        store.finish(run, "equal" if equal else "different")
        if as_json:
            document["equal"] = equal
            document["repair"]["not_cured"] = [_why(row) for row in not_cured(store, run)]
            print_json(document)
        else:
            show_outcome(console, outcomes, not_cured(store, run))
    return equal


def repaired(
    spec: PipelineSpec,
    endpoints: Endpoints,
    store: Store,
    run: Run,
    options: RepairOptions,
    screen: Console,
    how: Options = WHOLE,
    told: OnProgress | None = None,
) -> dict[str, Any]:
    """Repair what a run has found, and return what came of it, as JSON can hold it.

    Raises:
        RepairRefused: if that is more than the limits allow.
        typer.Exit: 2, if the question was answered with no.
    """
    plan = repair_plan(store.audit.due_counts(run), store.counts(run))
    again = f"messina reconcile run {options.file} --resume --run {run.id} --repair"
    if reasons := plan.refusals(options.limits):
        raise RepairRefused(reasons, _after_refusal(plan, options, run, again))
    if plan.total:
        _show(screen, plan, store, run)
        if not options.yes and not typer.confirm("Go on?", err=True):
            tell(f"nothing was changed; next: {again}", kind="Declined")
            raise typer.Exit(DIFFERENCES)
        with (
            correlation(run.correlation_id),
            progress_bars(screen) as progress,
            open_mender(spec, endpoints, store, run, told_to(progress, told), how=how) as mender,
        ):
            mender.mend()
    return {"run": run.id, "plan": plan.as_json(), "outcomes": store.audit.counts(run.id)}


def _after_refusal(plan: RepairPlan, options: RepairOptions, run: Run, again: str) -> str:
    look = f"look at them (messina reconcile history {options.file} --run {run.id})"
    more = ""
    if plan.total > options.limits.repairs:
        more += f" --max-repairs {plan.total}"
    largest = max((part.share for part in plan.parts), default=0.0)
    if largest > options.limits.share:
        more += " --max-share 100%"
    return f"{look}, and if they are all to be repaired: {again}{more}"


def _show(screen: Console, plan: RepairPlan, store: Store, run: Run) -> None:
    """What will be done: numbers by table and kind, and some rows."""
    table = Table("to repair", *(kind.replace("_", " ") for kind in KINDS), "share", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for part in plan.parts:
        numbers = (f"{part.due.get(kind, 0):,}" for kind in KINDS)
        table.add_row(Text(part.name), *numbers, f"{part.share:.1%}")
    screen.print(table)
    for found in store.audit.due(run, 0, _ROWS):
        kind = found.kind.replace("_", " ")
        screen.print(Text(f"  {found.table} {found.key_json}: {kind}"))
    if plan.total > _ROWS:
        screen.print(f"  … and {plan.total - _ROWS:,} more")


def not_cured(store: Store, run: Run) -> Iterator[RepairRow]:
    """Repairs that are not known to have helped."""
    return (row for row in store.audit.rows(run.id) if row.outcome in (None, "not_cured"))


def _why(row: RepairRow) -> dict[str, Any]:
    return {
        "table": row.table,
        "static": row.static,
        "key": row.key_json,
        "kind": row.kind,
        "reason": row.reason,
    }


def show_outcome(console: Console, outcomes: Mapping[str, int], rows: Iterator[RepairRow]) -> None:
    """What came of a repair, in a line; and why, of some rows that are not cured."""
    cured = outcomes.get("verified", 0)
    already = outcomes.get("not_needed", 0)
    left = outcomes.get("not_cured", 0) + outcomes.get("open", 0)
    said = f"repaired: {cured:,} rows, each read again and equal"
    if already:
        said += f"; {already:,} were equal by then"
    if left:
        said += f"; {left:,} are not cured"
    console.print(Text(said, style="bold red" if left else "green"))
    for number, row in enumerate(rows):
        if number == _ROWS:
            console.print("  … the rest: messina reconcile history FILE --run ID --json")
            break
        console.print(Text(f"  {row.table} {row.key_json}: {row.reason or 'not verified'}"))


@contextmanager
def refused(as_json: bool) -> Iterator[None]:
    """Turn a refusal into one message and exit code 2: there is something for a person to do."""
    try:
        yield
    except RepairRefused as error:
        if as_json:
            print_json(
                {"error": str(error), "kind": "RepairRefused", "reasons": list(error.reasons)}
            )
        tell(str(error), kind="RepairRefused")
        raise typer.Exit(DIFFERENCES) from error
