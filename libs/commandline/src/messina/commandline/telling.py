"""What is printed: JSON as one line, expected errors as one message."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import BaseModel


def print_json(value: BaseModel | dict[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    content = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    typer.echo(json.dumps(content))


@contextmanager
def told(expected: tuple[type[Exception], ...], as_json: bool) -> Iterator[None]:
    """Turn what is expected to go wrong into one message on stderr and exit code 1.

    Args:
        expected: errors whose text says what happened and what to do next.
        as_json: also print `{"error", "kind"}` on stdout.
    """
    try:
        yield
    except expected as error:
        if as_json:
            print_json({"error": str(error), "kind": type(error).__name__})
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
