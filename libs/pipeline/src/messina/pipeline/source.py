"""The source of a pipeline: which connector reads what, how closely, and how patiently."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from messina.pipeline.endpoints import ScyllaEndpoint
from messina.pipeline.models import Model, misplaced
from messina.pipeline.scalars import CqlName, Duration, parse_duration
from messina.pipeline.secret_ref import SecretRef

MEBIBYTE = 1024 * 1024

FIRST_LOOK = parse_duration("300ms")
"""Messina's own window and confidence where a spec leaves them out."""
SCYLLADB_LOOK = parse_duration("30s")
"""Those of ScyllaDB's own connector."""

_MESSINA_ONLY = (
    "safe_confidence write_consistency timeouts signals_per_second table_recreated mask_key".split()
)
_SCYLLADB_ONLY = ["lookback"]


class Timeouts(Model):
    """How long the source's database may take; the connector's defaults where left out."""

    connect: Duration | None = None
    """Until a node has taken a connection."""
    request: Duration | None = None
    """Until a read is answered."""


class Retry(Model):
    """How long the source connector tries again, before its task fails with the reason."""

    timeout: Duration | None = None
    """From the first failure on; 15 minutes when left out."""
    backoff_max: Duration | None = None
    """The longest wait between two attempts."""


class SourceSpec(Model):
    """Where changes come from, and how closely the log is followed."""

    connector: Literal["messina", "scylladb"] = "messina"
    """Which source connector reads the log: Messina's, or ScyllaDB's own."""
    keyspace: CqlName
    """The keyspace the tables are in."""
    scylla: ScyllaEndpoint | None = None
    """The database; from the stack's endpoints when left out."""
    consistency: Literal["QUORUM", "LOCAL_QUORUM", "ALL"] = "LOCAL_QUORUM"
    """At which consistency log and rows are read."""
    write_consistency: Literal["QUORUM", "EACH_QUORUM", "LOCAL_QUORUM", "ALL"] = "QUORUM"
    """The weakest at which the tables are written. Reads must meet it; a plan checks that."""
    window: Duration | None = None
    """How much of the log is read at once. Left out: by `latency_target`, else 300ms, or
    scylladb's own 30 s."""
    confidence: Duration | None = None
    """How old a window is when it is read. Left out: by `latency_target`, else 300ms, or
    scylladb's own 30 s."""
    safe_confidence: Duration = parse_duration("30s")
    """How old a window is at its second look: later writes are found by the reconciler only."""
    timeouts: Timeouts = Timeouts()
    """How long the source's database may take."""
    retry: Retry = Retry()
    """How long the source connector tries again."""
    max_row_bytes: Annotated[int, Field(ge=1024, le=32 * MEBIBYTE)] = 8 * MEBIBYTE
    """The largest row that is carried; a larger one becomes a gap."""
    signals_per_second: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """How many rows a second a task reads again because it was asked to, at most."""
    table_recreated: Literal["stop", "heal"] = "stop"
    """What is done when a table was dropped and made again: it stops, or goes on with a gap."""
    mask_key: SecretRef | None = None
    """Where the key is that columns are masked with."""
    lookback: Duration | None = None
    """How far back `scylladb` begins where it has no offsets yet; a day when left out."""

    @model_validator(mode="after")
    def _known_to_the_connector(self) -> Self:
        others = _MESSINA_ONLY if self.connector == "scylladb" else _SCYLLADB_ONLY
        fields = type(self).model_fields
        for name in others:
            if getattr(self, name) == fields[name].get_default():
                continue
            raise misplaced(
                f"{name} has no meaning for the connector {self.connector}",
                (name,),
                expected="it left out",
            )
        if self.connector == "scylladb" and self.retry.timeout is not None:
            raise misplaced(
                "retry.timeout has no meaning for the connector scylladb",
                ("retry", "timeout"),
                expected="it left out",
            )
        return self
