"""Options that mean the same in every command."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from messina.commandline.telling import work
from messina.pipeline import endpoints_stated
from messina.telemetry import configure_logging

_LOUD = ("cassandra",)
"""Libraries that log, with their tracebacks, the errors that they raise too: those are told."""

SpecFile = Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline's YAML file.")]
"""The argument FILE."""

EnvName = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar="NAME",
        help="The environment: merges FILE's overlay of it, of pipeline.yaml and prod "
        "pipeline.prod.yaml.",
        show_default=False,
    ),
]
"""The option --env."""


def _state(context: typer.Context, path: Path | None) -> Path | None:
    if path is not None:
        context.with_resource(endpoints_stated(path))
    return path


EndpointsPath = Annotated[
    Path | None,
    typer.Option(
        "--endpoints",
        metavar="PATH",
        callback=_state,
        help="Where the systems are. [default: $MESSINA_ENDPOINTS, else $MESSINA_HOME/"
        "endpoints.json, else .messina/endpoints.json]",
        show_default=False,
    ),
]
"""The option --endpoints; its file also says where references to Vault lead."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
"""The option --json."""

Listen = Annotated[
    str | None,
    typer.Option(
        "--listen",
        metavar="HOST:PORT",
        help="Serve /healthz, /readyz and /metrics there; :PORT is this machine only, port 0 a "
        "free one. [default: they are not served]",
        show_default=False,
    ),
]
"""The option --listen of a command that stays."""


def add_common(app: typer.Typer, service: str, version: Callable[[], str]) -> None:
    """Give a command line what all have: --version, and logs on stderr with a correlation ID.

    Each run of a command is one piece of work: its lines, those of libraries too, carry one ID.

    Args:
        app: the command line; its options stand before the command.
        service: what its lines say they are from.
        version: returns the service's version.
    """

    def show(asked: bool) -> None:
        if asked:
            typer.echo(version())
            raise typer.Exit

    @app.callback()
    def _common(
        context: typer.Context,
        show_version: Annotated[
            bool,
            typer.Option(
                "--version", is_eager=True, callback=show, help="Print the version and end."
            ),
        ] = False,
        log_format: Annotated[
            Literal["text", "json"],
            typer.Option(envvar="MESSINA_LOG_FORMAT", help="How logs and errors are on stderr."),
        ] = "text",
        log_level: Annotated[
            Literal["debug", "info", "warning", "error", "critical"],
            typer.Option(envvar="MESSINA_LOG_LEVEL", help="The least that is logged."),
        ] = "warning",
    ) -> None:
        configure_logging(service, version(), level=log_level, form=log_format)
        for loud in _LOUD:
            level = logging.NOTSET if log_level == "debug" else logging.CRITICAL
            logging.getLogger(loud).setLevel(level)
        context.with_resource(work(context.invoked_subcommand or service))
