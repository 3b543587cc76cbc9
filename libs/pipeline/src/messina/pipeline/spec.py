"""A pipeline: a source keyspace, a sink schema and a list of tables."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from messina.pipeline.endpoints import PostgresEndpoint, ScyllaEndpoint
from messina.pipeline.models import Model, Some
from messina.pipeline.problems import Origin, Path, Position, Problem
from messina.pipeline.scalars import (
    CqlName,
    Duration,
    PipelineName,
    SchemaName,
    milliseconds,
    parse_duration,
)

Partitions = Annotated[int, Field(ge=1, le=1_024)]
Tasks = Annotated[int, Field(ge=1, le=256)]


def _misplaced(
    what: str, at: Path, got: str | None = None, expected: str | None = None
) -> PydanticCustomError:
    """An error of a whole that belongs to one of its parts, `at`."""
    context = {"what": what, "at": at, "got": got, "expected": expected}
    return PydanticCustomError(
        "spec", "{what}", {k: v for k, v in context.items() if v is not None}
    )


class SourceSpec(Model):
    """Where changes come from, and how closely the log is followed."""

    connector: Literal["messina"] = "messina"
    """Which source connector reads the log."""
    keyspace: CqlName
    """The keyspace the tables are in."""
    scylla: ScyllaEndpoint | None = None
    """The database; from the stack's endpoints when left out."""
    window: Duration = parse_duration("300ms")
    """How much of the log one round reads."""
    confidence: Duration = parse_duration("300ms")
    """How old a window is at its first look."""
    safe_confidence: Duration = parse_duration("30s")
    """How old a window is at its second look: later writes are found by the reconciler only."""

    @model_validator(mode="after")
    def _second_look_is_later(self) -> Self:
        if self.safe_confidence <= self.confidence:
            raise _misplaced(
                "the second look would not come after the first",
                ("safe_confidence",),
                expected="a safe_confidence longer than confidence",
            )
        return self


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


class TableSpec(Model):
    """One source table and where it goes."""

    name: CqlName
    """The table, on both sides."""
    partitions: Partitions | None = None
    """Partitions of its topic, instead of the default."""
    tasks: Tasks | None = None
    """Its tasks, instead of the default."""


def _each_once(tables: tuple[TableSpec, ...]) -> tuple[TableSpec, ...]:
    seen: dict[str, int] = {}
    for index, table in enumerate(tables):
        if (first := seen.setdefault(table.name, index)) != index:
            raise _misplaced(
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
    def _tables_fit(self) -> Self:
        for index, table in enumerate(self.tables):
            if self.tasks_of(table) > self.partitions_of(table):
                raise _misplaced(
                    f"the table {table.name!r} has more tasks than slices",
                    ("tables", index, "name" if table.tasks is None else "tasks"),
                    got=f"{self.tasks_of(table)} tasks, {self.partitions_of(table)} partitions",
                    expected="as many partitions as tasks, or more",
                )
            if self.topic(table) == self.signals_done_topic:
                raise _misplaced(
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

    def source_connector(self, table: TableSpec) -> str:
        """The name of the connector that reads the table."""
        return f"{self.pipeline}.{table.name}.source"

    def sink_connector(self, table: TableSpec) -> str:
        """The name of the connector that writes the table."""
        return f"{self.pipeline}.{table.name}.sink"

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
        """The window, in milliseconds."""
        return milliseconds(self.source.window)

    @property
    def confidence_ms(self) -> int:
        """The first look's confidence, in milliseconds."""
        return milliseconds(self.source.confidence)

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
