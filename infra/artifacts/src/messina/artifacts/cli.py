"""`messina artifacts`: lock, fetch, build and test what runs on the JVM."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.text import Text

from messina.artifacts import java, maven, resolving
from messina.artifacts.errors import ArtifactError
from messina.artifacts.places import root
from messina.artifacts.progress import Listener, Progress
from messina.artifacts.sets import all_sets, set_name

app = typer.Typer(no_args_is_help=True, help=__doc__)
_console = Console(stderr=True)

Names = Annotated[
    list[str] | None, typer.Argument(help="Folders of sets (infra/standin, say); none means all.")
]


@contextmanager
def bars() -> Iterator[Listener]:
    """A listener that draws one bar a task on a terminal, and a line at a task's end elsewhere."""
    if not _console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), _Amount(), TimeElapsedColumn())
    with Bars(*columns, console=_console, transient=True) as drawing:
        tasks: dict[str, TaskID] = {}

        def draw(step: Progress) -> None:
            if step.task not in tasks:
                tasks[step.task] = drawing.add_task(step.task, total=step.total, unit=step.unit)
            drawing.update(tasks[step.task], completed=step.done)

        yield draw


class _Amount(ProgressColumn):
    """Megabytes for bytes, plain numbers for the rest."""

    def render(self, task: Task) -> Text:
        total = task.total or 0
        if task.fields.get("unit") == "bytes":
            return Text(f"{task.completed / 1e6:.1f}/{total / 1e6:.1f} MB")
        return Text(f"{task.completed:.0f}/{total:.0f}")


class _Lines:
    """One line for each task, at its end: the end may be told more than once."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def __call__(self, step: Progress) -> None:
        if step.done != step.total or step.task in self._told:
            return
        self._told.add(step.task)
        amount = f" ({step.total / 1e6:.1f} MB)" if step.unit == "bytes" else ""
        _console.print(f"{step.task}: done{amount}", highlight=False)


@app.command("lock")
def lock_command(names: Names = None) -> None:
    """Renews the locks of artifact sets.

    Example: messina artifacts lock infra/standin
    """
    with _errors():
        for folder in _folders(names):
            with bars() as listener:
                locked = resolving.lock(folder, listener)
            size = sum(entry.size for entry in locked) / 1e6
            typer.echo(f"{set_name(folder)}: {len(locked)} files, {size:.1f} MB")


@app.command("fetch")
def fetch_command(names: Names = None) -> None:
    """Fetches and verifies artifact sets into the cache.

    Example: messina artifacts fetch
    """
    with _errors():
        for folder in _folders(names):
            with bars() as listener:
                files = maven.ensure(folder, listener)
            typer.echo(f"{set_name(folder)}: {len(files)} files")


@app.command("build")
def build_command(room: str) -> None:
    """Compiles a Java room and prints its jar.

    Example: messina artifacts build infra/standin
    """
    with _errors(), bars() as listener:
        built = java.build(root(), room, listener)
    typer.echo(str(built.jar))


@app.command("classpath")
def classpath_command(room: str) -> None:
    """Prints the run-time class path of a Java room.

    Example: java -cp "$(messina artifacts classpath infra/standin)" …
    """
    with _errors():
        typer.echo(":".join(map(str, java.build(root(), room).classpath)))


@app.command("junit")
def junit_command(room: str) -> None:
    """Runs the JUnit tests of a Java room.

    Example: messina artifacts junit infra/connect/scylla-source
    """
    with _errors():
        result = java.run_junit(root(), room)
    typer.echo(result.output)
    raise typer.Exit(0 if result.ok else 1)


def _folders(names: list[str] | None) -> tuple[Path, ...]:
    top = root()
    known = all_sets(top)
    if not names:
        return known
    chosen = []
    for name in names:
        # As the shell completes it, from where the person is, or as messages say it.
        places = {(Path.cwd() / name).resolve(), (top / name).resolve()}
        found = [folder for folder in known if folder.resolve() in places]
        if not found:
            listed = ", ".join(map(set_name, known))
            raise typer.BadParameter(f"no artifact set {name}; there are {listed}")
        chosen += found
    return tuple(chosen)


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except ArtifactError as error:
        typer.echo(f"messina: {error}", err=True)
        raise typer.Exit(1) from None
