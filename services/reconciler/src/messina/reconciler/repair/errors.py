"""What keeps a repair from being begun.

ReconcilerError
  └ RepairError
      ├ RepairRefused     a limit is passed: somebody has to look first
      ├ FormNotLearned    a topic's records do not show how a row is written there
      └ RepairOvertaken   another repair of the pipeline has begun
"""

from messina.reconciler.errors import ReconcilerError


class RepairError(ReconcilerError):
    """Anything that repairs raise on purpose."""


class RepairRefused(RepairError):
    """More would be changed than the limits allow; nothing was asked for."""

    def __init__(self, reasons: tuple[str, ...], next_step: str) -> None:
        self.reasons = reasons
        super().__init__(f"refused: {'; '.join(reasons)}; nothing was changed; next: {next_step}")


class FormNotLearned(RepairError):
    """A topic's records do not show how a row is to be written, so that none is."""

    def __init__(self, table: str, topic: str, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"rows of {table} can't be repaired: ScyllaDB's own connector takes no signals, so "
            f"they would be written to topic {topic} as it writes them, and what is there does not "
            f"show how: {reason}; nothing was changed; next: where that can be cured (a row has to "
            "come, one with the new columns, a column be left out by `exclude`), do so and go on "
            "with --resume; otherwise write the rows that differ again at the source, or use "
            "`connector: messina`"
        )


class RepairOvertaken(RepairError):
    """Another process has begun to repair rows of the same pipeline."""

    def __init__(self, pipeline: str) -> None:
        super().__init__(
            f"another repair of pipeline {pipeline} has begun, which ends this one, or a "
            "transaction of it took longer than the brokers allow; what was not committed was not "
            "written; next: when no other one runs, the same command with --resume"
        )
