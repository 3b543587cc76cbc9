"""What shares a connector: a table by itself, a group of tables, or the whole pipeline."""

from collections.abc import Iterable
from dataclasses import dataclass

from messina.pipeline.table import TableSpec

STATIC = "__static"
"""What stands behind a table's name where its static columns go: topic, Postgres table."""
ALL = "all"
"""The name of the bulkhead that holds every table."""


@dataclass(frozen=True)
class Bulkhead:
    """Tables that share their connectors: one source, one sink, and one sink of static columns.

    Attributes:
        pipeline: the pipeline's name.
        name: what the connectors are named by.
        tables: the tables, in the order of the spec.
        tasks: how many tasks each of the connectors runs: those of the table that has most.
    """

    pipeline: str
    name: str
    tables: tuple[TableSpec, ...]
    tasks: int

    @property
    def source_connector(self) -> str:
        """The name of the connector that reads the tables."""
        return source_name(self.pipeline, self.name)

    @property
    def sink_connector(self) -> str:
        """The name of the connector that writes the tables."""
        return sink_name(self.pipeline, self.name)

    @property
    def static_sink_connector(self) -> str:
        """The name of the connector that writes what the tables' static columns hold."""
        return sink_name(self.pipeline, f"{self.name}{STATIC}")


def source_name(pipeline: str, bulkhead: str) -> str:
    """Return the name of a bulkhead's source connector."""
    return f"{pipeline}.{bulkhead}.source"


def sink_name(pipeline: str, bulkhead: str) -> str:
    """Return the name of a bulkhead's sink connector."""
    return f"{pipeline}.{bulkhead}.sink"


def by_name(items: Iterable[tuple[str, TableSpec]]) -> dict[str, tuple[TableSpec, ...]]:
    """Return the tables of each bulkhead, both in the order in which they first come."""
    found: dict[str, tuple[TableSpec, ...]] = {}
    for name, table in items:
        found[name] = (*found.get(name, ()), table)
    return found
