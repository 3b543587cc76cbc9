"""What the commands share: what may go wrong, what they read, how they ask and print."""

from pathlib import Path

import typer
from rich.console import Console

from messina.deployer.errors import DeployerError
from messina.kafka import KafkaProblem
from messina.pipeline import Endpoints, PipelineSpec, SpecError, load_spec
from messina.postgres import PostgresError
from messina.scylla import ScyllaError
from messina.secrets import SecretsError

EXPECTED = (SpecError, DeployerError, KafkaProblem, ScyllaError, PostgresError, SecretsError)
"""Errors whose text says what happened and what to do next."""


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
