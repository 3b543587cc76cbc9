"""What can go wrong with runs that are kept.

ReconcilerError
  └ StoreError
      ├ RunNotFound       there is no such run
      ├ NothingToResume   no run was left unfinished
      └ StillRunning      another process is at it
"""

from messina.reconciler.errors import ReconcilerError


class StoreError(ReconcilerError):
    """Anything that the store raises on purpose; Postgres' own errors are PostgresError."""


class RunNotFound(StoreError):
    """There is no such run of this pipeline."""

    def __init__(self, run_id: str, pipeline: str) -> None:
        super().__init__(
            f"pipeline {pipeline} has no run {run_id} in Postgres; nothing was changed; "
            "next: messina reconcile history FILE"
        )


class NothingToResume(StoreError):
    """No run was left unfinished, or the one that was named is finished."""

    def __init__(self, pipeline: str, kind: str, run_id: str | None = None) -> None:
        which = "no run is unfinished" if run_id is None else f"run {run_id} is finished"
        super().__init__(
            f"there is nothing to resume ({kind}, pipeline {pipeline}): {which}; nothing was "
            "changed; next: the command without --resume"
        )


class StillRunning(StoreError):
    """Another process holds the run."""

    def __init__(self, run_id: str, holder: str) -> None:
        super().__init__(
            f"run {run_id} is still going on ({holder}); nothing was changed; next: wait for it, "
            "or end that process and run the command again"
        )
