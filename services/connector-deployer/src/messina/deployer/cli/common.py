"""What the commands share: what may go wrong, what they read, how they ask and print."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from messina.deployer.errors import DeployerError
from messina.deployer.events import Began, Done
from messina.deployer.resources import Value
from messina.kafka import KafkaProblem
from messina.pipeline import Endpoints, PipelineSpec, SpecError, load_spec
from messina.postgres import PostgresError
from messina.scylla import ScyllaError
from messina.secrets import SecretsError
from messina.telemetry import get_logger

EventT = TypeVar("EventT", bound=Value)

EXPECTED = (SpecError, DeployerError, KafkaProblem, ScyllaError, PostgresError, SecretsError)
"""Errors whose text says what happened and what to do next."""


LOOKING_S = 10.0
"""How long Kafka Connect is waited for where it is only asked."""

Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        min=1.0,
        metavar="SECONDS",
        help="Seconds that Kafka Connect is given to settle, for each request.",
    ),
]
"""The option --timeout of what changes connectors."""

_FILE_WIDTH = 240


def inputs(
    file: Path, endpoints: Path | None, env: str | None = None
) -> tuple[PipelineSpec, Endpoints]:
    """Return the spec of a file in an environment, and where the systems are."""
    return load_spec(file, env), Endpoints.load(endpoints)


def agreed(question: str) -> bool:
    """Whether a person says yes; nobody there, or ctrl-C, is no."""
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo(err=True)
        return False


def console() -> Console:
    """Return what commands print on."""
    return Console(highlight=False)


def wide_console() -> Console:
    """Return what tables are printed on: a file or a pipe has no width that they must fit."""
    screen = console()
    if not screen.is_terminal and "COLUMNS" not in os.environ:
        screen.width = _FILE_WIDTH
    return screen


def logged(events: Iterable[EventT]) -> Iterator[EventT]:
    """Pass events on, and log each on its way."""
    log = get_logger("messina.deployer")
    for event in events:
        fields = event.model_dump(mode="json", exclude={"step"}, exclude_none=True)
        if isinstance(event, Began | Done):
            resource = event.step.resource
            fields |= {"action": event.step.action, "kind": resource.kind, "name": resource.name}
        log.info(fields.pop("event", type(event).__name__.lower()), **fields)
        yield event
