"""What `run` compares, and where it leaves what it knows: a run of the store, to be resumed."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from messina.pipeline import Endpoints, PipelineSpec
from messina.postgres import PostgresError, SchemaNotPermitted, StatementFailed
from messina.reconciler.checkpoints import Checkpoints
from messina.reconciler.comparing import WHOLE, chosen, compare
from messina.reconciler.console import progress_bars
from messina.reconciler.errors import NotWritten
from messina.reconciler.html import report_html
from messina.reconciler.repair.errors import RepairRefused
from messina.reconciler.report import MOST, OnProgress, Report, told_to
from messina.reconciler.scanning import LEAST_MEMORY, Options
from messina.reconciler.store import Store
from messina.scylla import MAX_TOKEN, MIN_TOKEN, TokenRange

_UNITS = {"KB": 2**10, "MB": 2**20, "GB": 2**30, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


@dataclass(frozen=True)
class Comparison:
    """What is compared, or which run is gone on with.

    Attributes:
        tables: names; None are all.
        settle: as `compare` has it.
        limit: how many differences are shown.
        resume: whether a run is gone on with, instead.
        run_id: which; None is the newest that did not end.
        options: what is looked at, and how fast.
        checkpoints: whether the run is kept in the sink's database.
        report: the file of the report for people to read later.
        most: how many differences are held; all are counted.
        told: is told of progress, besides the screen.
    """

    tables: list[str] | None
    settle: timedelta | None
    limit: int | None
    resume: bool
    run_id: str | None
    options: Options = WHOLE
    checkpoints: bool = True
    report: Path | None = None
    most: int = MOST
    told: OnProgress | None = None

    def as_json(self) -> dict[str, Any]:
        """What a resumed run is told again, as JSON can hold it."""
        return {
            "tables": self.tables,
            "token_ranges": [[each.after, each.upto] for each in self.options.token_ranges],
            "sample": self.options.sample,
            "seed": self.options.seed,
        }

    def again(self, stored: Any) -> "Comparison":
        """The same, of what a run was told to look at."""
        ranges = tuple(TokenRange(*each) for each in stored.get("token_ranges", ()))
        options = replace(
            self.options,
            token_ranges=ranges,
            sample=stored.get("sample", 1.0),
            seed=stored.get("seed", 1),
        )
        return replace(self, tables=stored.get("tables"), options=options)


@contextmanager
def held(
    spec: PipelineSpec,
    endpoints: Endpoints,
    todo: Comparison,
    screen: Console,
    needed: bool = False,
) -> Iterator[tuple[Comparison, Checkpoints | None]]:
    """The run that is begun or resumed, and what it compares; None where nothing is kept.

    A run that fails inside is marked so: it can be resumed. Who comes to an end finishes it. A user
    who may not write compares without keeping anything, unless that is `needed`.

    Raises:
        PostgresError: if the store can't be had, or no run be resumed.
    """
    if spec.resolved:
        chosen(spec, todo.tables)
    with ExitStack() as opened:
        store = _store(spec, endpoints, todo, screen, opened, needed)
        if store is None:
            yield todo, None
            return
        if todo.resume:
            run = store.resume("compare", todo.run_id, finished=todo.run_id is not None)
            todo = todo.again(run.options)
        else:
            run = store.begin("compare", todo.as_json())
        try:
            yield todo, Checkpoints(store, run)
        except Exception as error:
            if not isinstance(error, typer.Exit | RepairRefused):
                # what broke the run may have broken the connection, too
                with suppress(PostgresError):
                    store.finish(run, "failed", str(error))
            raise


def compared(
    spec: PipelineSpec,
    endpoints: Endpoints,
    todo: Comparison,
    checkpoints: Checkpoints | None,
    screen: Console,
) -> Report:
    """Compare with bars on the screen; the report is written where that was asked for."""
    with progress_bars(screen) as progress:
        report = compare(
            spec,
            endpoints,
            todo.tables,
            todo.settle,
            told_to(progress, todo.told),
            todo.options,
            checkpoints,
            todo.most,
        )
    if todo.report is not None:
        run = "" if checkpoints is None else checkpoints.run.id
        page = report_html(report, run, todo.as_json())
        try:
            todo.report.write_text(page, encoding="utf-8")
        except OSError as error:
            again = "--resume with another --report" if run else "another --report"
            raise NotWritten("the report", todo.report, error, again) from error
    return report


def _store(
    spec: PipelineSpec,
    endpoints: Endpoints,
    todo: Comparison,
    screen: Console,
    opened: ExitStack,
    needed: bool,
) -> Store | None:
    if not todo.checkpoints:
        return None
    try:
        return opened.enter_context(Store.open(endpoints.under(spec).postgres, spec.pipeline))
    except (SchemaNotPermitted, StatementFailed) as error:
        if todo.resume or needed:
            raise
        screen.print(Text(f"without checkpoints, so it can't be resumed: {error}", style="yellow"))
        return None


def memory(text: str) -> int:
    """Bytes of the command line, such as 512MB."""
    number = text.strip().upper()
    unit = next((unit for unit in _UNITS if number.endswith(unit)), "")
    digits = number.removesuffix(unit).strip()
    if not unit or not digits.isdecimal() or len(digits) > 9:
        raise typer.BadParameter(f"{text}: expected a size, such as 512MB or 2GB")
    size = int(digits) * _UNITS[unit]
    if size < LEAST_MEMORY:
        raise typer.BadParameter(f"{text}: at least {LEAST_MEMORY // 2**20}MB are needed")
    return size


def token_range(text: str) -> TokenRange:
    """A range of the command line: `a:b`, behind token a, up to and with b."""
    after, _, upto = text.partition(":")
    try:
        found = TokenRange(int(after), int(upto))
    except ValueError:
        raise typer.BadParameter(f"{text}: expected two tokens, such as -100:100") from None
    if not MIN_TOKEN <= found.after < found.upto <= MAX_TOKEN:
        raise typer.BadParameter(f"{text}: the first token is not less than the second, or too far")
    return found
