"""A pipeline: a source keyspace, a sink schema and a list of tables."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from messina.pipeline.endpoints import PostgresEndpoint
from messina.pipeline.models import Model, Some, misplaced
from messina.pipeline.problems import Origin, Position, Problem
from messina.pipeline.scalars import PipelineName, SchemaName, milliseconds
from messina.pipeline.source import FIRST_LOOK, SourceSpec
from messina.pipeline.table import Partitions, TableSpec, Tasks

STATIC = "__static"
"""What stands behind a table's name where its static columns go: topic, Postgres table."""
WITH_STATIC = "__with_static"
"""What stands behind a table's name where rows and static columns are seen together."""


class SinkSpec(Model):
    """Where changes go."""

    connector: Literal["debezium"] = "debezium"
    """Which sink connector writes the tables."""
    schema_name: Annotated[SchemaName, Field(alias="schema")]
    """The Postgres schema the tables are in."""
    postgres: PostgresEndpoint | None = None
    """The database; from the stack's endpoints when left out."""


class Defaults(Model):
    """What holds for every table that does not say otherwise."""

    partitions: Partitions = 4
    """Partitions of a table's topic: the slices of its ring, fixed once the topic exists."""
    tasks: Tasks = 1
    """Source tasks and sink tasks of a table."""


def _each_once(tables: tuple[TableSpec, ...]) -> tuple[TableSpec, ...]:
    seen: dict[str, int] = {}
    for index, table in enumerate(tables):
        if (first := seen.setdefault(table.name, index)) != index:
            raise misplaced(
                f"the table {table.name!r} is listed twice",
                (index, "name"),
                expected=f"each table once; it is number {first + 1} already",
            )
    return tables


class PipelineSpec(Model):
    """The whole of a pipeline's file."""

    pipeline: PipelineName
    """The pipeline's name, which is the prefix of its topics and connectors."""
    source: SourceSpec
    """Where changes come from."""
    sink: SinkSpec
    """Where changes go."""
    defaults: Defaults = Defaults()
    """What holds for every table."""
    tables: Annotated[Some[TableSpec], AfterValidator(_each_once)]
    """The tables to carry."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @model_validator(mode="after")
    def _masks_can_be_made(self) -> Self:
        for index, table in enumerate(self.tables):
            for column, masking in table.mask.items():
                at = ("tables", index, "mask", column)
                if self.source.connector == "scylladb":
                    raise misplaced(
                        f"the column {column!r} can't be masked by the connector scylladb",
                        at,
                        expected="source.connector messina, or the column among `exclude`",
                    )
                if masking == "hmac" and self.source.mask_key is None:
                    raise misplaced(
                        f"the column {column!r} is masked, and there is no key",
                        at,
                        expected="source.mask_key: a reference to the key",
                    )
        return self

    @model_validator(mode="after")
    def _tables_fit(self) -> Self:
        for index, table in enumerate(self.tables):
            if self.tasks_of(table) > self.partitions_of(table):
                raise misplaced(
                    f"the table {table.name!r} has more tasks than slices",
                    ("tables", index, "name" if table.tasks is None else "tasks"),
                    got=f"{self.tasks_of(table)} tasks, {self.partitions_of(table)} partitions",
                    expected="as many partitions as tasks, or more",
                )
            if self.topic(table) == self.signals_done_topic:
                raise misplaced(
                    f"the topic of table {table.name!r} would be that of the answers to signals",
                    ("tables", index, "name"),
                )
        return self

    def partitions_of(self, table: TableSpec) -> int:
        """How many partitions the table's topic has."""
        return self.defaults.partitions if table.partitions is None else table.partitions

    def tasks_of(self, table: TableSpec) -> int:
        """How many tasks each of the table's connectors runs."""
        return self.defaults.tasks if table.tasks is None else table.tasks

    def topic(self, table: TableSpec) -> str:
        """The topic with the table's change events."""
        return f"{self.pipeline}.{self.source.keyspace}.{table.name}"

    def static_topic(self, table: TableSpec) -> str:
        """The topic with the changes of the table's static columns, where it has such."""
        return f"{self.topic(table)}{STATIC}"

    def source_connector(self, table: TableSpec) -> str:
        """The name of the connector that reads the table."""
        return f"{self.pipeline}.{table.name}.source"

    def sink_connector(self, table: TableSpec) -> str:
        """The name of the connector that writes the table."""
        return f"{self.pipeline}.{table.name}.sink"

    def static_sink_connector(self, table: TableSpec) -> str:
        """The name of the connector that writes what the table's static columns hold."""
        return f"{self.pipeline}.{table.name}{STATIC}.sink"

    @property
    def watermarks_topic(self) -> str:
        """Where tasks say how far they are."""
        return f"{self.pipeline}.watermarks"

    @property
    def gaps_topic(self) -> str:
        """Where tasks name what a re-read of one row can't cure."""
        return f"{self.pipeline}.gaps"

    @property
    def signals_topic(self) -> str:
        """Where a re-read is asked for."""
        return f"{self.pipeline}.signals"

    @property
    def signals_done_topic(self) -> str:
        """Where tasks answer signals."""
        return f"{self.pipeline}.signals.done"

    @property
    def window_ms(self) -> int:
        """Messina's window, in milliseconds."""
        return milliseconds(self.source.window or FIRST_LOOK)

    @property
    def confidence_ms(self) -> int:
        """The first look's confidence, in milliseconds."""
        return milliseconds(self.source.confidence or FIRST_LOOK)

    @property
    def safe_confidence_ms(self) -> int:
        """The second look's confidence, in milliseconds."""
        return milliseconds(self.source.safe_confidence)

    def position(self, *at: str | int) -> Position:
        """Where the value at `at` stands in the file this spec was read from."""
        return self._origin.position(at)

    def problem(
        self, what: str, *at: str | int, got: str | None = None, expected: str | None = None
    ) -> Problem:
        """A problem of the value at `at`, such as `("tables", 2, "name")`, for a `SpecError`."""
        return Problem(self.position(*at), what, got, expected)
