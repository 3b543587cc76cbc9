"""What a demo run comes to."""

from pydantic import BaseModel, ConfigDict

from messina.cli.demo.latency import Latency


class LatencyMs(BaseModel):
    """Milliseconds from the CQL write until the row was committed in Postgres."""

    model_config = ConfigDict(frozen=True)

    p50: float
    p95: float
    max: float


class Seconds(BaseModel):
    """Where the time went."""

    model_config = ConfigDict(frozen=True)

    setup: float
    run: float


class Outcome(BaseModel):
    """The summary; `--json` prints exactly this.

    Attributes:
        rows_written: distinct rows that were written, in both tables, deleted ones included.
        events: change events in Kafka, tombstones not counted.
        rows_in_sink: rows in Postgres in the end.
        discrepancies: rows that still differed after they were read again on both sides, or never
            kept still for long enough to say.
        latency_ms: over row versions of `flights` that were seen; none if none was.
        events_per_second: change events by the seconds in which changes were written.
        seconds: of setting up (stack, tables, connectors) and of running (changes, comparison).
    """

    model_config = ConfigDict(frozen=True)

    rows_written: int
    events: int
    rows_in_sink: int
    discrepancies: int
    latency_ms: LatencyMs | None
    events_per_second: float
    seconds: Seconds

    @property
    def equal(self) -> bool:
        """Whether both sides held the same in the end."""
        return self.discrepancies == 0 and self.events > 0


def latency_ms(measured: Latency | None) -> LatencyMs | None:
    """The quantiles without the sample count."""
    if measured is None:
        return None
    return LatencyMs(p50=measured.p50, p95=measured.p95, max=measured.max)
