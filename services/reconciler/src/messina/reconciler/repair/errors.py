"""What keeps a repair from being begun.

ReconcilerError
  └ RepairError
      ├ RepairRefused     a limit is passed: somebody has to look first
      └ NoSignals         the pipeline's source connector takes no signals
"""

from messina.reconciler.errors import ReconcilerError


class RepairError(ReconcilerError):
    """Anything that repairs raise on purpose."""


class RepairRefused(RepairError):
    """More would be changed than the limits allow; nothing was asked for."""

    def __init__(self, reasons: tuple[str, ...], next_step: str) -> None:
        self.reasons = reasons
        super().__init__(f"refused: {'; '.join(reasons)}; nothing was changed; next: {next_step}")


class NoSignals(RepairError):
    """The source connector of the pipeline can't be asked to read rows again."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(
            f"pipeline {pipeline} reads with ScyllaDB's own connector, which takes no signals: its "
            "rows can't be repaired yet; nothing was changed; next: compare without --repair and "
            "write the rows that differ again at the source, or use `connector: messina`"
        )
