"""What is printed: JSON as one line, expected errors as one message; and what is logged."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from pydantic import BaseModel

from messina.commandline.codes import INTERRUPTED
from messina.telemetry import correlation, get_logger, logs_are_json


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
        # stderr first: nobody may read stdout any more
        tell(str(error), kind=type(error).__name__)
        if as_json:
            print_json({"error": str(error), "kind": type(error).__name__})
        raise typer.Exit(1) from error


def tell(text: str, *, kind: str) -> None:
    """Say on stderr what went wrong: as text, or as a line of the log where that is JSON.

    Args:
        text: what happened, and what to do next.
        kind: the name of the error.
    """
    if logs_are_json():
        get_logger(__name__).error(text, kind=kind)
    else:
        typer.echo(text, err=True)


@contextmanager
def work(command: str) -> Iterator[None]:
    """One piece of work: all that is logged inside carries one ID, and so do its begin and end."""
    log = get_logger(__name__)
    with correlation():
        begin = time.monotonic()
        code = 1
        log.info("command begins", command=command)
        try:
            yield
            code = 0
        except typer.Exit as end:
            code = end.exit_code
            raise
        except (KeyboardInterrupt, typer.Abort):
            code = INTERRUPTED
            raise
        finally:
            seconds = round(time.monotonic() - begin, 3)
            log.info("command ends", command=command, exit_code=code, seconds=seconds)
