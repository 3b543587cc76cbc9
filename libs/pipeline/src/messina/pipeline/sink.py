"""The sink of a pipeline: which connector writes where."""

from typing import Annotated, Literal

from pydantic import Field

from messina.pipeline.endpoints import PostgresEndpoint
from messina.pipeline.models import Model
from messina.pipeline.scalars import SchemaName


class SinkSpec(Model):
    """Where changes go."""

    connector: Literal["messina", "debezium", "confluent-jdbc"] = "messina"
    """Which sink connector writes the tables, all by JDBC: Messina's, which is Debezium's writer
    with dead letters, and waits for what is away; Debezium's own; or Confluent's."""
    schema_name: Annotated[SchemaName, Field(alias="schema")]
    """The Postgres schema the tables are in."""
    postgres: PostgresEndpoint | None = None
    """The database; from the stack's endpoints when left out."""
