"""history: what past runs found and repaired."""

import os
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from messina.commandline import AsJson, EndpointsPath, EnvName, SpecFile, print_json, told
from messina.pipeline import Endpoints, SpecError, load_spec
from messina.postgres import PostgresError
from messina.reconciler.cli.run import duration
from messina.reconciler.errors import ReconcilerError
from messina.reconciler.store import Keeping, PastRun, RepairRow, Store, StoredDiscrepancy
from messina.reconciler.store.errors import RunNotFound
from messina.secrets import SecretsError

EPILOG = (
    "Examples:\n\n  messina reconcile history examples/flights.yaml\n\n"
    "  messina reconcile history examples/flights.yaml --run ID --json | jq .repairs\n\n"
    "  messina reconcile history examples/flights.yaml --prune --keep 7d --keep-runs 50"
)
_KEEPING = Keeping()


def history(
    file: SpecFile,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="ID", help="One run: what it found, what it repaired."),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Show so many runs, or rows of one.")
    ] = 20,
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget old runs, as each run does when it begins.")
    ] = False,
    keep: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration,
            metavar="DURATION",
            help="With --prune: runs younger than this stay. [default: 30d]",
            show_default=False,
        ),
    ] = None,
    keep_runs: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="With --prune: no more than the newest N stay."),
    ] = _KEEPING.number,
    keep_repairs: Annotated[
        timedelta | None,
        typer.Option(
            parser=duration,
            metavar="DURATION",
            help="With --prune: runs that repaired rows stay so long. [default: 365d]",
            show_default=False,
        ),
    ] = None,
    env: EnvName = None,
    endpoints: EndpointsPath = None,
    as_json: AsJson = False,
) -> None:
    """Show past runs, the newest first; or all of one. Needs nothing but Postgres."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 200
    expected = (SpecError, ReconcilerError, PostgresError, SecretsError)
    with told(expected, as_json):
        spec = load_spec(file, env)
        where = Endpoints.load(endpoints).under(spec)
        with Store.open(where.postgres, spec.pipeline) as store:
            if prune:
                keeping = Keeping(
                    _KEEPING.age if keep is None else keep,
                    keep_runs,
                    _KEEPING.audited if keep_repairs is None else keep_repairs,
                )
                gone = store.prune(keeping)
                if as_json:
                    print_json({"pruned": gone})
                else:
                    console.print(f"{gone:,} runs were forgotten")
            elif run is None:
                _show_runs(console, store.history(limit), as_json)
            else:
                found = store.history(1, run)
                if not found:
                    raise RunNotFound(run, spec.pipeline)
                _show_run(console, store, found[0], None if as_json else limit)


def _show_runs(console: Console, runs: tuple[PastRun, ...], as_json: bool) -> None:
    if as_json:
        print_json({"runs": [_json(run) for run in runs]})
        return
    table = Table("run", "kind", "state", "started", "rows", "differ", "repaired", box=None)
    for place, column in enumerate(table.columns):
        column.no_wrap = True
        column.justify = "right" if place > 3 else "left"
    # Never cut, however narrow the screen: it is what `--run` and `--resume` are given.
    table.columns[0].min_width = max((len(run.id) for run in runs), default=0)
    for run in runs:
        table.add_row(
            Text(run.id),
            Text(run.kind),
            Text(run.state),
            Text(f"{run.started_at:%Y-%m-%d %H:%M:%S}"),
            f"{sum(part.rows_in_source for part in run.parts):,}",
            f"{sum(part.discrepancies for part in run.parts):,}",
            f"{run.repairs.get('verified', 0):,}",
        )
    console.print(table if runs else "no run is kept; next: messina reconcile run FILE")


def _show_run(console: Console, store: Store, run: PastRun, limit: int | None) -> None:
    found = store.discrepancies(run.id)
    repairs = store.audit.rows(run.id)
    if limit is None:
        print_json(
            {
                **_json(run),
                "discrepancies": [_found(each) for each in found],
                "repairs": [_repair(each) for each in repairs],
            }
        )
        return
    _show_runs(console, (run,), as_json=False)
    if run.error:
        console.print(Text(run.error, style="red"))
    outcomes = {each.discrepancy_id: each for each in repairs}
    for number, each in enumerate(found):
        if number == limit:
            console.print("… and more: --limit shows them, --json has all")
            break
        repair = outcomes.get(each.id)
        came = "" if repair is None else f" → {(repair.outcome or 'open').replace('_', ' ')}"
        why = "" if repair is None or repair.reason is None else f" ({repair.reason})"
        where = f"{each.table} (static columns)" if each.static else each.table
        kind = each.kind.replace("_", " ")
        console.print(Text(f"{where} {each.key_json}: {kind}{came}{why}"))


def _json(run: PastRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "kind": run.kind,
        "state": run.state,
        "correlation_id": run.correlation_id,
        "started_at": run.started_at.isoformat(),
        "finished_at": None if run.finished_at is None else run.finished_at.isoformat(),
        "resumed": run.resumed,
        "error": run.error,
        "options": dict(run.options),
        "tables": [part.as_json() for part in run.parts],
        "outcomes": dict(run.repairs),
    }


def _found(each: StoredDiscrepancy) -> dict[str, Any]:
    return {
        "table": each.table,
        "static": each.static,
        "key": each.key_json,
        "kind": each.kind,
        "columns": each.columns,
        "found_at": each.found_at.isoformat(),
    }


def _repair(each: RepairRow) -> dict[str, Any]:
    times = {
        "intended_at": each.intended_at,
        "signalled_at": each.signalled_at,
        "settled_at": each.settled_at,
    }
    return {
        "table": each.table,
        "static": each.static,
        "key": each.key_json,
        "kind": each.kind,
        "before": each.before,
        "after": each.after,
        "outcome": each.outcome or "open",
        "reason": each.reason,
        "signal_id": each.signal_id,
        "attempts": each.attempts,
        "correlation_id": each.correlation_id,
        "asked_by": each.asked_by,
        **{name: None if time is None else time.isoformat() for name, time in times.items()},
    }
