"""What a pipeline is made of, as values: topics, a Postgres schema, its tables and views,
connectors.

A resource is the same whether it is desired or was found in the world; two of them are compared
field by field, as text.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from messina.kafka import Topic
from messina.postgres import ColumnDefinition, JoinedView, TableDefinition


class Value(BaseModel):
    """A frozen value."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TopicResource(Value):
    """A topic. Of one that is desired, `config` holds what it insists on."""

    kind: Literal["topic"] = "topic"
    name: str
    partitions: int
    config: Mapping[str, str] = {}

    def fields(self) -> dict[str, str]:
        """Return what is compared."""
        return {"partitions": str(self.partitions), **self.config}

    def topic(self) -> Topic:
        """Return it as libs/kafka has it."""
        return Topic(self.name, self.partitions, dict(self.config))


class SchemaResource(Value):
    """A Postgres schema."""

    kind: Literal["schema"] = "schema"
    name: str

    def fields(self) -> dict[str, str]:
        """Return what is compared: nothing but that it exists."""
        return {}


class ColumnValue(Value):
    """A column of a Postgres table."""

    name: str
    type: str
    nullable: bool = True
    has_default: bool = False
    """Whether Postgres fills it where nobody else does; known of what was found."""


class TableResource(Value):
    """A Postgres table."""

    kind: Literal["table"] = "table"
    schema_name: str
    table: str
    columns: tuple[ColumnValue, ...]
    primary_key: tuple[str, ...]
    topic: str | None = None
    """The topic whose rows it has, of one that is desired; its comment says so once it is made."""

    @property
    def name(self) -> str:
        """The table with its schema."""
        return f"{self.schema_name}.{self.table}"

    def fields(self) -> dict[str, str]:
        """Return what is compared."""
        columns = {
            f"column {column.name}": column.type + ("" if column.nullable else " not null")
            for column in self.columns
        }
        return {**columns, "primary key": ", ".join(self.primary_key)}

    @classmethod
    def of(cls, definition: TableDefinition, topic: str | None = None) -> "TableResource":
        """Return the resource of a table as libs/postgres has it."""
        return cls(
            topic=topic,
            schema_name=definition.schema,
            table=definition.name,
            columns=tuple(
                ColumnValue(
                    name=column.name,
                    type=column.type,
                    nullable=column.nullable,
                    has_default=column.has_default,
                )
                for column in definition.columns
            ),
            primary_key=definition.key,
        )

    def definition(self) -> TableDefinition:
        """Return it as libs/postgres has it."""
        columns = (
            ColumnDefinition(c.name, c.type, c.nullable, c.has_default) for c in self.columns
        )
        return TableDefinition(self.schema_name, self.table, tuple(columns), self.primary_key)


class ViewResource(Value):
    """A Postgres view over a table's rows and what its partitions share."""

    kind: Literal["view"] = "view"
    schema_name: str
    view: str
    rows: str
    shared: str
    partition_key: tuple[str, ...] = ()
    row_columns: tuple[str, ...] = ()
    shared_columns: tuple[str, ...] = ()
    columns: tuple[str, ...]
    """Its columns in order: all that is known of one that was found."""

    @property
    def name(self) -> str:
        """The view with its schema."""
        return f"{self.schema_name}.{self.view}"

    def fields(self) -> dict[str, str]:
        """Return what is compared."""
        return {"columns": ", ".join(self.columns)}

    @classmethod
    def of(cls, view: JoinedView) -> "ViewResource":
        """Return the resource of a view as libs/postgres has it."""
        return cls(
            schema_name=view.schema,
            view=view.name,
            rows=view.rows,
            shared=view.shared,
            partition_key=view.partition_key,
            row_columns=view.row_columns,
            shared_columns=view.shared_columns,
            columns=view.columns,
        )

    def definition(self) -> JoinedView:
        """Return it as libs/postgres has it."""
        return JoinedView(
            self.schema_name,
            self.view,
            self.rows,
            self.shared,
            self.partition_key,
            self.row_columns,
            self.shared_columns,
        )


class ConnectorResource(Value):
    """A connector. Its configuration holds references where secrets stand."""

    kind: Literal["connector"] = "connector"
    name: str
    role: Literal["source", "sink"]
    tasks: int
    config: Mapping[str, str]

    def fields(self) -> dict[str, str]:
        """Return what is compared."""
        return dict(self.config)


AnyResource = TopicResource | SchemaResource | TableResource | ViewResource | ConnectorResource
Resource = Annotated[AnyResource, Field(discriminator="kind")]


class Desired(Value):
    """Everything that a pipeline wants there to be, in the order in which it is made."""

    pipeline: str
    topics: tuple[TopicResource, ...]
    schemas: tuple[SchemaResource, ...]
    tables: tuple[TableResource, ...]
    views: tuple[ViewResource, ...] = ()
    connectors: tuple[ConnectorResource, ...]
    """Sinks before sources, so that no event waits for its table."""

    def all(self) -> tuple[AnyResource, ...]:
        """Return every resource, in the order in which they are made."""
        return (*self.topics, *self.schemas, *self.tables, *self.views, *self.connectors)
