"""What a pipeline must not pass: a plan that would is refused."""

from typing import Annotated

from pydantic import Field

from messina.pipeline.models import Model
from messina.pipeline.scalars import Size

_Count = Annotated[int, Field(ge=1, le=1_000_000_000)]


class Ceilings(Model):
    """How much of each system the whole pipeline may take; without limit what is left out."""

    source_queries_per_second: _Count | None = None
    """CQL queries that the source's database is asked in a second."""
    connect_tasks: _Count | None = None
    """Tasks in Kafka Connect."""
    connect_memory: Size | None = None
    """Memory of Kafka Connect's workers, together."""
    postgres_connections: _Count | None = None
    """Connections to Postgres."""
    kafka_bytes_per_day: Size | None = None
    """What is written to Kafka in a day, once."""
