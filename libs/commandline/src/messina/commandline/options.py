"""Options that mean the same in every command."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

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

EndpointsPath = Annotated[
    Path | None,
    typer.Option(
        "--endpoints",
        metavar="PATH",
        help="Where the systems are. [default: $MESSINA_ENDPOINTS, else $MESSINA_HOME/"
        "endpoints.json, else .messina/endpoints.json]",
        show_default=False,
    ),
]
"""The option --endpoints."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
"""The option --json."""


def add_version(app: typer.Typer, version: Callable[[], str]) -> None:
    """Give a command line the option --version, which prints what `version` returns."""

    def show(asked: bool) -> None:
        if asked:
            typer.echo(version())
            raise typer.Exit

    @app.callback()
    def _common(
        show_version: Annotated[
            bool,
            typer.Option(
                "--version", is_eager=True, callback=show, help="Print the version and end."
            ),
        ] = False,
    ) -> None:
        pass
