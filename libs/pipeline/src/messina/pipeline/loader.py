"""From a pipeline's file to its spec."""

import os
from pathlib import Path

from messina.pipeline.document import read_document
from messina.pipeline.explain import validated
from messina.pipeline.problems import Position, Problem, SpecError
from messina.pipeline.spec import PipelineSpec


def load_spec(path: str | os.PathLike[str]) -> PipelineSpec:
    """Read a pipeline's YAML file; `SpecError` names all that is wrong, with line and column."""
    file = Path(path)
    try:
        data = file.read_bytes()
    except OSError as error:
        problem = Problem(
            Position(str(file), 1, 1),
            "the file can't be read",
            got=error.strerror or type(error).__name__,
            expected="a pipeline's YAML file",
        )
        raise SpecError([problem], "Nothing was changed.") from None
    return parse_spec(data, str(file))


def parse_spec(data: bytes | str, file: str = "<spec>") -> PipelineSpec:
    """Make a spec of a file's content; `file` is the name its problems carry."""
    data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    try:
        document = read_document(file, data)
        spec = validated(PipelineSpec, document)
    except SpecError as error:
        next_step = f"Nothing was changed. Next: correct the file, then messina deploy plan {file}"
        raise SpecError(error.problems, next_step) from None
    spec._origin = document.origin
    return spec
