"""How a pipeline that runs is watched: when what has failed is restarted, and when no more."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from messina.pipeline.models import Model, misplaced
from messina.pipeline.scalars import Duration, format_duration

_ORDER = (("backoff", "longest_backoff"), ("cooldown", "longest_cooldown"))


class WatchSpec(Model):
    """When connectors are restarted, and when their breakers open."""

    every: Duration = timedelta(seconds=1)
    """How often states are looked at; what is due in between is done when it is due."""
    backoff: Duration = timedelta(milliseconds=500)
    """The first restart comes within this time, by chance; the next within twice of it."""
    longest_backoff: Duration = timedelta(seconds=30)
    """Restarts come within this time, however many there were; while a dependency is away, once
    in it."""
    moving: Duration = timedelta(seconds=10)
    """How long a task may be missing, unassigned, or on a worker that does not answer, as it is
    while the workers rebalance, before that is taken for a failure."""
    failures: Annotated[int, Field(ge=1, le=100)] = 5
    """So many failures within the window open the breaker."""
    window: Duration = timedelta(minutes=5)
    """The time in which failures are counted."""
    cooldown: Duration = timedelta(seconds=30)
    """How long an open breaker waits before its trial; twice as long after each that failed."""
    longest_cooldown: Duration = timedelta(minutes=15)
    """An open breaker waits no longer than this."""
    quiet: Duration = timedelta(minutes=1)
    """A connector that has run for so long counts as well: a trial closes the breaker, and
    restarts come as soon as at first."""
    dead_letters: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = 500
    """More dead letters than this in a minute open the breaker of their sink; never, if null."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for lesser, greater in _ORDER:
            most: timedelta = getattr(self, greater)
            if getattr(self, lesser) > most:
                raise misplaced(
                    f"longer than {greater}",
                    (lesser,),
                    format_duration(getattr(self, lesser)),
                    f"at most {format_duration(most)}",
                )
        return self
