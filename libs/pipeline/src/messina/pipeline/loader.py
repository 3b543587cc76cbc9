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
    other = "the same command with the path of a pipeline's file (examples/ has some)"
    data = _read(file, "the file can't be read", "a pipeline's YAML file", other)
    if env is None:
        return parse_spec(data, str(file))
    beside = overlay_path(file, env)
    what = f"the file of the environment {env} can't be read"
    written = f"write {beside}, or leave out --env"
    over = _read(beside, what, f"a YAML file with what differs from {file}", written)
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


def _read(file: Path, what: str, expected: str, next_step: str) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        got = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
        problem = Problem(Position(str(file), 1, 1), what, got=got, expected=expected)
        raise SpecError([problem], f"Nothing was changed. Next: {next_step}") from None
