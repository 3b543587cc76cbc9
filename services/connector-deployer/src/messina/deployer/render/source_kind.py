"""What a source connector is asked for, whichever it is; one file for each."""

from collections.abc import Mapping
from typing import Protocol

from messina.deployer.resources import ConnectorResource, TopicResource
from messina.pipeline import Bulkhead, Endpoints, PipelineSpec, TableSpec
from messina.scylla import Column, TableSchema


class SourceKind(Protocol):
    """One kind of source connector: what it needs, what it can't do, and how it is configured."""

    @property
    def carries_statics(self) -> bool:
        """Whether what a partition shares goes to a topic and a table of its own."""
        ...

    @property
    def plugins(self) -> tuple[str, ...]:
        """The classes that the workers must have for it."""
        ...

    def connector(
        self, spec: PipelineSpec, bulkhead: Bulkhead, endpoints: Endpoints
    ) -> ConnectorResource:
        """Return the connector that reads a bulkhead's tables."""
        ...

    def topics(self, spec: PipelineSpec) -> tuple[TopicResource, ...]:
        """Return the topics that it needs beside those of the tables."""
        ...

    def connection_problem(self, endpoints: Endpoints) -> tuple[str, str] | None:
        """Return what of the way to the database it can't take, and what to do."""
        ...

    def column_problem(self, column: Column) -> str | None:
        """Return why a column can't be carried, or None."""
        ...

    def key_problem(self, column: Column) -> str | None:
        """Return why a column can't be part of the key, or None."""
        ...

    def postgres_type(self, table: TableSpec, column: Column) -> str:
        """Return the type that a column has in Postgres."""
        ...

    def needs(self, schema: TableSchema) -> tuple[str, str] | None:
        """Return what is wrong with a table's CDC options, and the statement that cures it."""
        ...

    def notes(self, spec: PipelineSpec, schemas: Mapping[str, TableSchema]) -> tuple[str, ...]:
        """Return what whoever plans should know before: what it will not carry."""
        ...
