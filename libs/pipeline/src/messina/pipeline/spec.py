"""A pipeline: a source keyspace, a sink schema and a list of tables."""

import shlex
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, Strict, model_validator

from messina.pipeline import rules, windows
from messina.pipeline.bulkheads import ALL, STATIC, Bulkhead, by_name, sink_name, source_name
from messina.pipeline.endpoints import ConnectEndpoint, KafkaEndpoint, RegistryEndpoint
from messina.pipeline.limits import Ceilings
from messina.pipeline.models import Model, Some
from messina.pipeline.problems import Origin, Position, Problem, SpecError
from messina.pipeline.scalars import Duration, PipelineName, TableGlob, milliseconds
from messina.pipeline.sink import SinkSpec
from messina.pipeline.source import FIRST_LOOK, SCYLLADB_LOOK, SourceSpec
from messina.pipeline.table import (
    Partitions,
    TableEntry,
    TableOptions,
    TablePattern,
    TableSpec,
    Tasks,
)
from messina.pipeline.watch import WatchSpec
from messina.pipeline.windows import Windows

WITH_STATIC = "__with_static"
"""What stands behind a table's name where rows and static columns are seen together."""


class Defaults(Model):
    """What holds for every table that does not say otherwise."""

    partitions: Partitions = 4
    """Partitions of a table's topic: the slices of its ring, fixed once the topic exists."""
    tasks: Tasks = 1
    """Source tasks and sink tasks of a table."""


class PipelineSpec(Model):
    """The whole of a pipeline's file."""

    pipeline: PipelineName
    """The pipeline's name, which is the prefix of its topics and connectors."""
    source: SourceSpec
    """Where changes come from."""
    sink: SinkSpec
    """Where changes go."""
    latency_target: Duration | None = None
    """How long a change may take: gives window and confidence where they are left out."""
    bulkhead: Literal["table", "group", "pipeline"] = "table"
    """What shares connectors, and so stands still together: nothing, a group's tables, all."""
    ceilings: Ceilings = Ceilings()
    """What the pipeline must not pass."""
    watch: WatchSpec = WatchSpec()
    """When what has failed is restarted, and when its breaker opens."""
    kafka: KafkaEndpoint | None = None
    """The brokers; from the stack's endpoints when left out."""
    connect: ConnectEndpoint | None = None
    """Kafka Connect; from the stack's endpoints when left out."""
    registry: RegistryEndpoint | None = None
    """The schema registry; from the stack's endpoints when left out."""
    defaults: Defaults = Defaults()
    """What holds for every table."""
    entries: Annotated[Some[TableEntry], Field(alias="tables")]
    """The tables to carry, each by its name or many by a pattern."""
    exclude_tables: Annotated[tuple[TableGlob, ...], Strict(False)] = ()
    """Tables that no pattern means, by name or pattern."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        rules.check(self)
        return self

    @property
    def resolved(self) -> bool:
        """Whether every table has its name, as there is no pattern, or no more."""
        return not self.patterns

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns by which tables are meant; none once they are resolved."""
        return tuple(e.pattern for e in self.entries if isinstance(e, TablePattern))

    @property
    def tables(self) -> tuple[TableSpec, ...]:
        """The tables to carry.

        Raises:
            SpecError: if there are patterns, of which only the source knows what they mean:
                `resolve` makes a spec without them.
        """
        for index, entry in enumerate(self.entries):
            if isinstance(entry, TablePattern):
                what = f"the tables of the pattern {entry.pattern!r} are not known here"
                at = ("tables", index, "pattern")
                raise SpecError([self.problem(what, *at, expected="tables by their names")])
        return tuple(entry for entry in self.entries if isinstance(entry, TableSpec))

    def bulkheads(self) -> tuple[Bulkhead, ...]:
        """What shares connectors, in the order of the tables."""
        found = by_name((self.bulkhead_name(table), table) for table in self.tables)
        return tuple(
            Bulkhead(self.pipeline, name, tables, max(map(self.tasks_of, tables)))
            for name, tables in found.items()
        )

    def bulkhead_name(self, table: TableSpec) -> str:
        """What the table's connectors are named by."""
        if self.bulkhead == "pipeline":
            return ALL
        return (table.group if self.bulkhead == "group" else None) or table.name

    def partitions_of(self, table: TableOptions) -> int:
        """How many partitions the table's topic has."""
        return self.defaults.partitions if table.partitions is None else table.partitions

    def tasks_of(self, table: TableOptions) -> int:
        """How many tasks the table asks of its connectors."""
        return self.defaults.tasks if table.tasks is None else table.tasks

    def windows_of(self, table: TableOptions | None = None) -> Windows:
        """How closely a table's log is followed; without a table, where none says otherwise."""
        unsaid = FIRST_LOOK if self.source.connector == "messina" else SCYLLADB_LOOK
        safe = table.safe_confidence if table is not None else None
        return Windows(
            milliseconds(self.stated_window(table) or unsaid),
            milliseconds(self.stated_confidence(table) or unsaid),
            milliseconds(safe or self.source.safe_confidence),
        )

    def stated_window(self, table: TableOptions | None = None) -> timedelta | None:
        """The window that the spec asks for: the table's, the source's, by latency, or none."""
        return self._stated(lambda one: one.window, table)

    def stated_confidence(self, table: TableOptions | None = None) -> timedelta | None:
        """The confidence that the spec asks for: the table's, the source's, by latency, or none."""
        return self._stated(lambda one: one.confidence, table)

    def _stated(
        self,
        of: Callable[[TableOptions | SourceSpec], timedelta | None],
        table: TableOptions | None,
    ) -> timedelta | None:
        stated = (of(table) if table is not None else None) or of(self.source)
        if stated is None and self.latency_target is not None:
            return windows.of_target(self.latency_target)
        return stated

    def topic(self, table: TableSpec) -> str:
        """The topic with the table's change events."""
        return f"{self.pipeline}.{self.source.keyspace}.{table.name}"

    def static_topic(self, table: TableSpec) -> str:
        """The topic with the changes of the table's static columns, where it has such."""
        return f"{self.topic(table)}{STATIC}"

    def source_connector(self, table: TableSpec) -> str:
        """The name of the connector that reads the table, and its whole bulkhead."""
        return source_name(self.pipeline, self.bulkhead_name(table))

    def sink_connector(self, table: TableSpec) -> str:
        """The name of the connector that writes the table, and its whole bulkhead."""
        return sink_name(self.pipeline, self.bulkhead_name(table))

    def static_sink_connector(self, table: TableSpec) -> str:
        """The name of the connector that writes what the table's static columns hold."""
        return sink_name(self.pipeline, f"{self.bulkhead_name(table)}{STATIC}")

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
    def dead_letters_state_topic(self) -> str:
        """Where it is kept what became of dead letters."""
        return f"{self.pipeline}.dlq.state"

    @property
    def watch_topic(self) -> str:
        """Where the watcher keeps breakers, and people say what is to stand still."""
        return f"{self.pipeline}.watch"

    @property
    def window_ms(self) -> int:
        """The window of tables that don't say otherwise, in milliseconds."""
        return self.windows_of().window_ms

    @property
    def confidence_ms(self) -> int:
        """The first look's confidence, of tables that don't say otherwise, in milliseconds."""
        return self.windows_of().confidence_ms

    @property
    def safe_confidence_ms(self) -> int:
        """The second look's confidence, of tables that don't say otherwise, in milliseconds."""
        return self.windows_of().safe_confidence_ms

    def position(self, *at: str | int) -> Position:
        """Where the value at `at` stands in the file this spec was read from."""
        return self._origin.position(at)

    @property
    def argument(self) -> str:
        """The pipeline on a command line: its file, and `--env NAME` if it was read with one."""
        file, env = shlex.quote(self._origin.file), self._origin.env
        return file if env is None else f"{file} --env {env}"

    def problem(
        self, what: str, *at: str | int, got: str | None = None, expected: str | None = None
    ) -> Problem:
        """A problem of the value at `at`, such as `("tables", 2, "name")`, for a `SpecError`."""
        return Problem(self.position(*at), what, got, expected)
