"""--listen of commands that end: what they know of themselves while they run."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

from messina.telemetry import get_logger
from messina.telemetry.serving import serving

if TYPE_CHECKING:
    from messina.reconciler.metrics import WatchedBackfill, WatchedComparison, WatchedRun


def watched_comparison(
    opened: ExitStack, listen: str | None, pipeline: str
) -> "WatchedComparison | None":
    """Serve what is known of a comparison, where that is asked for.

    Raises:
        ServingError: if the address is none, or taken.
    """
    if listen is None:
        return None
    # who does not serve does not wait for its import
    from messina.reconciler.metrics import WatchedComparison

    watched = WatchedComparison(pipeline)
    _serve(opened, listen, watched)
    return watched


def watched_backfill(
    opened: ExitStack, listen: str | None, pipeline: str
) -> "WatchedBackfill | None":
    """The same of a backfill."""
    if listen is None:
        return None
    from messina.reconciler.metrics import WatchedBackfill

    watched = WatchedBackfill(pipeline)
    _serve(opened, listen, watched)
    return watched


def _serve(opened: ExitStack, listen: str, watched: "WatchedRun") -> None:
    url = opened.enter_context(
        serving(listen, healthz=watched.beat, readyz=watched.ready, registry=watched.registry)
    )
    get_logger(__name__).info("serving", url=f"{url}/healthz, /readyz, /metrics")
