"""A letter as the pipeline sees it."""

from dataclasses import dataclass

from messina.deployer.deadletters.cases import Case, case_of
from messina.deployer.deadletters.reasons import Reason, message_of, reason_of
from messina.kafka import Address, DeadLetter

NOBODYS = "?"
"""The table of a letter that does not say where it comes from."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter of a pipeline.

    Attributes:
        told: what it says of itself.
        table: whose record it is, without the keyspace; `__static` behind it where partitions share
            it; `?` where nobody knows.
        reason: why it is here.
        case: what it is about.
    """

    told: DeadLetter
    table: str
    reason: Reason
    case: Case

    @property
    def message(self) -> str:
        """Why it is here, in one line, as it was told."""
        return message_of(self.told)

    @property
    def at(self) -> Address:
        """Where it lies."""
        return self.told.at


def letter_of(told: DeadLetter, prefix: str) -> Letter | None:
    """Return a letter as a pipeline sees it; None where it is another pipeline's.

    Args:
        told: what it says of itself.
        prefix: what the pipeline's data topics begin with: `<pipeline>.<keyspace>.`.
    """
    table = NOBODYS
    if told.origin is not None:
        if not told.origin.topic.startswith(prefix):
            return None
        table = told.origin.topic.removeprefix(prefix)
    return Letter(told, table, reason_of(told), case_of(told))
