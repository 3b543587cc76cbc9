"""The sink of a pipeline: which connector writes where."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from messina.pipeline.endpoints import PostgresEndpoint
from messina.pipeline.models import Model, misplaced
from messina.pipeline.scalars import SchemaName


def _not_yet(value: object) -> object:
    if value == "messina":
        raise misplaced(
            "the sink connector messina is not there yet",
            (),
            expected="debezium or confluent-jdbc",
        )
    return value


class SinkSpec(Model):
    """Where changes go."""

    connector: Annotated[Literal["debezium", "confluent-jdbc"], BeforeValidator(_not_yet)] = (
        "debezium"
    )
    """Which sink connector writes the tables: Debezium's or Confluent's, both by JDBC."""
    schema_name: Annotated[SchemaName, Field(alias="schema")]
    """The Postgres schema the tables are in."""
    postgres: PostgresEndpoint | None = None
    """The database; from the stack's endpoints when left out."""
