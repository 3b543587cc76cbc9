"""How commands say which connectors are meant: by file, pipeline, connector, table, pattern."""

from pathlib import Path
from typing import Annotated

import typer

from messina.deployer.inventory import Role, Selection
from messina.pipeline import load_spec

_HELP = "A pipeline's YAML file, or the name of a pipeline or connector; names may have * and ?."

Targets = Annotated[list[str], typer.Argument(metavar="TARGET…", help=_HELP)]
"""The argument TARGET…"""

OptionalTargets = Annotated[
    list[str] | None, typer.Argument(metavar="[TARGET…]", help=f"{_HELP} All when left out.")
]
"""The argument TARGET…, which can be left out."""

TableNames = Annotated[
    list[str] | None,
    typer.Option(
        "--table", "-t", metavar="NAME", help="Only what carries this table, or tables like `ev_*`."
    ),
]
"""The option --table, which can be repeated."""

OnlyRole = Annotated[Role | None, typer.Option("--only", help="Only connectors of this kind.")]
"""The option --only."""


def chosen(
    targets: list[str] | None, tables: list[str] | None, role: Role | None, env: str | None
) -> Selection:
    """Return which connectors are meant. What is a file, or looks like one, is read as a spec.

    Args:
        targets: as they were given.
        tables: names or patterns.
        role: source or sink.
        env: the environment in which files are read.

    Raises:
        SpecError: if such a file is missing or wrong.
    """
    return Selection(
        targets=tuple(_name(target, env) for target in targets or ()),
        tables=tuple(tables or ()),
        role=role,
    )


def _name(target: str, env: str | None) -> str:
    path = Path(target)
    if path.suffix in (".yaml", ".yml", ".json") or "/" in target or path.is_file():
        return load_spec(path, env).pipeline
    return target
