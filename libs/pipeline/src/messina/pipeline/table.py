"""One table of a pipeline: what of it is carried, and how; and many at once, by a pattern."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Strict,
    Tag,
    WithJsonSchema,
    model_validator,
)

from messina.pipeline.models import TAGS, Model, misplaced, some
from messina.pipeline.scalars import (
    CqlName,
    Duration,
    GroupName,
    PostgresColumn,
    PostgresTable,
    Size,
    TableGlob,
)

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
    seen: set[str] = set()
    for index, column in enumerate(columns):
        if column in seen:
            raise misplaced(f"the column {column!r} is listed twice", (index,))
        seen.add(column)
    return columns


Columns = Annotated[tuple[ColumnName, ...], Strict(False), AfterValidator(_each_once)]


class Expectations(Model):
    """What a table is expected to do: a plan's promises are computed from it."""

    rows_per_second: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    """Rows that change in a second."""
    row_bytes: Size | None = None
    """The size of a row, on average."""


class TableOptions(Model):
    """What can be said of one table and of many."""

    partitions: Partitions | None = None
    """Partitions of its topic, instead of the default."""
    tasks: Tasks | None = None
    """Its tasks, instead of the default."""
    group: GroupName | None = None
    """With `bulkhead: group`, the tables it shares its connectors with."""
    columns: Annotated[Columns, AfterValidator(some)] | None = None
    """The columns that are carried, besides those of the key; all when left out."""
    exclude: Columns = ()
    """Columns that are not carried at all: neither to Kafka nor to Postgres."""
    mask: Mapping[ColumnName, Masking] = {}
    """Columns whose values leave the source masked only: `hmac` or `null`."""
    rename: Mapping[ColumnName, PostgresColumn] = {}
    """What columns are called in Postgres, where it is not as in the source."""
    window: Duration | None = None
    """How much of its log is read at once, instead of the source's."""
    confidence: Duration | None = None
    """How old a window of it is when it is read, instead of the source's."""
    safe_confidence: Duration | None = None
    """How old a window of it is at its second look, instead of the source's."""
    expect: Expectations = Expectations()
    """What the table is expected to do."""

    @model_validator(mode="after")
    def _columns_agree(self) -> Self:
        if self.columns is not None and self.exclude:
            raise misplaced(
                "columns and exclude say the same thing twice",
                ("exclude",),
                expected="either what is carried or what is not",
            )
        for what, at in (("mask", self.mask), ("rename", self.rename)):
            for column in at:
                if column in self.exclude:
                    raise misplaced(
                        f"the column {column!r} is excluded, so that there is nothing to {what}",
                        (what, column),
                    )
        for column in self.mask:
            if self.columns is not None and column not in self.columns:
                raise misplaced(
                    f"the column {column!r} is not carried, so that there is nothing to mask",
                    ("mask", column),
                    expected="it among `columns`",
                )
        return self

    @model_validator(mode="after")
    def _names_are_apart(self) -> Self:
        taken: dict[str, str] = {}
        for column, name in self.rename.items():
            if (other := taken.setdefault(name, column)) != column:
                raise misplaced(
                    f"the columns {other!r} and {column!r} would have one name",
                    ("rename", column),
                    got=name,
                )
        return self

    def carries(self, column: str) -> bool:
        """Whether a column that is not part of the key leaves the source, masked or not."""
        listed = self.columns is None or column in self.columns
        return listed and column not in self.exclude

    def postgres_column(self, column: str) -> str:
        """What a column is called in Postgres."""
        return self.rename.get(column, column)


class TableSpec(TableOptions):
    """One source table and where it goes."""

    TAG: ClassVar[str] = "<table>"

    name: CqlName
    """The table in the source."""
    to: PostgresTable | None = None
    """The table in Postgres, where it is not of the same name."""

    @property
    def target(self) -> str:
        """The table's name in Postgres."""
        return self.to or self.name


class TablePattern(TableOptions):
    """All tables of the keyspace whose names fit, and that no other item names."""

    TAG: ClassVar[str] = "<pattern>"

    pattern: TableGlob
    """Their names: `*` is any text, `?` any letter, `[abc]` one of these."""


def _which(value: Any) -> str:
    has = "pattern" in value if isinstance(value, dict) else isinstance(value, TablePattern)
    return TablePattern.TAG if has else TableSpec.TAG


TableEntry = Annotated[
    Annotated[TableSpec, Tag(TableSpec.TAG)] | Annotated[TablePattern, Tag(TablePattern.TAG)],
    Discriminator(_which),
]
"""An item of a pipeline's list of tables."""

assert {model.TAG: model.__name__ for model in (TableSpec, TablePattern)} == TAGS
