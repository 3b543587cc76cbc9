"""From a pipeline's file, and an environment's over it, to its spec."""

import os
import shlex
from pathlib import Path

from messina.pipeline.document import Document, read_document
from messina.pipeline.explain import validated
from messina.pipeline.overlays import overlaid, overlay_path
from messina.pipeline.problems import Position, Problem, SpecError
from messina.pipeline.spec import PipelineSpec


def load_spec(path: str | os.PathLike[str], env: str | None = None) -> PipelineSpec:
    """Read a pipeline's YAML file; `SpecError` names all that is wrong, with line and column.

    Args:
        path: the file.
        env: an environment, whose file is merged over it: of `flights.yaml` and `prod`,
            `flights.prod.yaml`.
    """
    file = Path(path)
    data = _read(file, "the file can't be read", "a pipeline's YAML file")
    if env is None:
        return parse_spec(data, str(file))
    beside = overlay_path(file, env)
    what = f"the file of the environment {env} can't be read"
    over = _read(beside, what, f"a YAML file with what differs from {file}")
    try:
        base, differing = read_document(str(file), data), read_document(str(beside), over)
        return _spec(overlaid(base, differing, env))
    except SpecError as error:
        raise _refused(error, f"{shlex.quote(str(file))} --env {env}") from None


def parse_spec(data: bytes | str, file: str = "<spec>") -> PipelineSpec:
    """Make a spec of a file's content; `file` is the name its problems carry."""
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        return _spec(read_document(file, data))
    except SpecError as error:
        raise _refused(error, file) from None


def _spec(document: Document) -> PipelineSpec:
    spec = validated(PipelineSpec, document)
    spec._origin = document.origin
    return spec


def _refused(error: SpecError, argument: str) -> SpecError:
    next_step = f"Nothing was changed. Next: correct the file, then messina deploy plan {argument}"
    return SpecError(error.problems, next_step)


def _read(file: Path, what: str, expected: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        problem = Problem(
            Position(str(file), 1, 1),
            what,
            got=error.strerror or type(error).__name__,
            expected=expected,
        )
        raise SpecError([problem], "Nothing was changed.") from None
    except ValueError as error:  # a NUL in the name
        problem = Problem(Position(str(file), 1, 1), what, got=str(error), expected=expected)
        raise SpecError([problem], "Nothing was changed.") from None
