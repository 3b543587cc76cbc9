"""What can go wrong with dead letters.

DeployerError
  └ DeadLettersError
      ├ NoSignals       the pipeline's source connector can't be asked for rows
      ├ NoSuchLetter    there is no letter at a place, or what was said is no place
      └ LedgerBusy      others write down what became of letters all the time
"""

from messina.deployer.errors import DeployerError


class DeadLettersError(DeployerError):
    """Anything that dead letters raise on purpose."""


class NoSignals(DeadLettersError):
    """The source connector of the pipeline can't be asked to read rows again."""

    def __init__(self, pipeline: str, file: str) -> None:
        super().__init__(
            f"pipeline {pipeline} reads with ScyllaDB's own connector, which takes no signals: its "
            "letters can't be replayed; nothing was changed; next: cure the cause, then "
            f"messina reconcile run {file} --repair, which writes rows that differ, then "
            f"messina deploy dlq discard {file}"
        )


class NoSuchLetter(DeadLettersError):
    """There is no such letter."""

    def __init__(self, said: str, reason: str, file: str) -> None:
        super().__init__(
            f"there is no letter {said}: {reason}; nothing was changed; next: "
            f"messina deploy dlq show {file}"
        )


class LedgerBusy(DeadLettersError):
    """Others write at the same time, again and again."""

    def __init__(self, topic: str, tries: int, reason: str) -> None:
        super().__init__(
            f"what became of the letters could not be written to {topic} in {tries} tries, as "
            f"others write to it: {reason}; what was written before stays; next: the same command "
            "again"
        )
