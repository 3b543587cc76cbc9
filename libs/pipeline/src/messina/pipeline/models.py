"""What every model of a spec has in common."""

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from messina.pipeline.problems import Path

ItemT = TypeVar("ItemT")

TAGS = {"<table>": "TableSpec", "<pattern>": "TablePattern"}
"""The steps that pydantic puts into an error's place where an item may be of several models."""


class Model(BaseModel):
    """Frozen, strict, and without room for unknown keys."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
    )


def some(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    """Return the items; raise if there are none."""
    if not items:
        raise PydanticCustomError("empty", "empty", {"expected": "one item or more"})
    return items


Some = Annotated[
    tuple[ItemT, ...],
    Strict(False),
    AfterValidator(some),
    Field(json_schema_extra={"minItems": 1}),
]
"""A list with something in it.

(Pydantic's `min_length` also complains of a list whose items are all wrong.)
"""


def misplaced(
    what: str, at: Path, got: str | None = None, expected: str | None = None
) -> PydanticCustomError:
    """Return an error of a whole that belongs to one of its parts, `at`."""
    context = {"what": what, "at": at, "got": got, "expected": expected}
    return PydanticCustomError(
        "spec", "{what}", {k: v for k, v in context.items() if v is not None}
    )
