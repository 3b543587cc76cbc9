"""One table of a pipeline: what of it is carried, and how."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, Strict, WithJsonSchema, model_validator

from messina.pipeline.models import Model, misplaced
from messina.pipeline.scalars import CqlName

Partitions = Annotated[int, Field(ge=1, le=1_024)]
Tasks = Annotated[int, Field(ge=1, le=256)]

ColumnName = Annotated[str, Field(min_length=1, max_length=65_535)]
"""A column, in its exact case."""


def _null_is_a_word(value: object) -> object:
    # `mask: {name: null}`: YAML reads nothing there, which is what is meant.
    return "null" if value is None else value


Masking = Annotated[
    Literal["hmac", "null"],
    BeforeValidator(_null_is_a_word),
    WithJsonSchema({"enum": ["hmac", "null", None]}),
]
"""What stands in a masked column's place: a keyed hash of its value, or nothing."""


def _each_once(columns: tuple[str, ...]) -> tuple[str, ...]:
    for index, column in enumerate(columns):
        if column in columns[:index]:
            raise misplaced(f"the column {column!r} is listed twice", (index,))
    return columns


class TableSpec(Model):
    """One source table and where it goes."""

    name: CqlName
    """The table, on both sides."""
    partitions: Partitions | None = None
    """Partitions of its topic, instead of the default."""
    tasks: Tasks | None = None
    """Its tasks, instead of the default."""
    exclude: Annotated[tuple[ColumnName, ...], Strict(False), AfterValidator(_each_once)] = ()
    """Columns that are not carried at all: neither to Kafka nor to Postgres."""
    mask: Mapping[ColumnName, Masking] = {}
    """Columns whose values leave the source masked only: `hmac` or `null`."""

    @model_validator(mode="after")
    def _masked_or_excluded(self) -> Self:
        for column in self.mask:
            if column in self.exclude:
                raise misplaced(
                    f"the column {column!r} is excluded, so that there is nothing to mask",
                    ("mask", column),
                )
        return self
