"""What a sink connector is asked for, whichever it is; one file for each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from messina.deployer.resources import ConnectorResource, TableResource
from messina.pipeline import Endpoints, PipelineSpec, TableSpec
from messina.scylla import Column


@dataclass(frozen=True)
class Lane:
    """One of the ways through a sink: from a topic to a Postgres table.

    Attributes:
        topic: where the changes are.
        target: the Postgres table, without its schema.
        renamed: what columns are called in Postgres, where it is not as in the topic.
    """

    topic: str
    target: str
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sink:
    """A sink connector that is to be configured.

    Attributes:
        name: what it is called.
        tasks: how many tasks it runs.
        lanes: what it writes.
    """

    name: str
    tasks: int
    lanes: tuple[Lane, ...]


class SinkKind(Protocol):
    """One kind of sink connector: what it needs, what it can't do, and how it is configured."""

    def plugins(self, spec: PipelineSpec) -> tuple[str, ...]:
        """Return the classes that the workers must have for it."""
        ...

    def dead_letters(self, sink: str) -> str | None:
        """Return the topic that takes what Postgres rejects, by the connector's name; or None."""
        ...

    def claims(self, spec: PipelineSpec) -> TableResource | None:
        """Return the table in which its tasks claim what they write, or None."""
        ...

    def connector(self, spec: PipelineSpec, sink: Sink, endpoints: Endpoints) -> ConnectorResource:
        """Return the connector that writes these tables."""
        ...

    def column_problem(self, spec: PipelineSpec, table: TableSpec, column: Column) -> str | None:
        """Return why a column that comes to it can't be written, or None."""
        ...
