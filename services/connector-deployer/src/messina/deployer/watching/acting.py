"""Doing what was decided and recorded, unless it is too late, or a person said something since."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from messina.deployer.watching.clock import running
from messina.deployer.watching.doors import Doors, TooLate
from messina.deployer.watching.journal import Journal
from messina.deployer.watching.model import Act
from messina.kafka import ConnectProblem

AT_ONCE = 8
"""Connectors to which something is done at the same time."""
STUCK_LEADER = "claiming write privileges"
STUCK_MEANS = (
    "This worker leads Kafka Connect and was fenced by another one; it does not always claim its "
    "right again. If this goes on: restart that worker"
)


class Actor:
    """Does things to connectors. Close it, or use it in a `with`.

    Args:
        journal: where people's words are read once more.
        doors: Kafka Connect.
    """

    def __init__(self, journal: Journal, doors: Doors) -> None:
        self._journal = journal
        self._doors = doors
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="acting")

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()

    def __enter__(self) -> "Actor":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def do(
        self, acts: Sequence[Act], heard: Mapping[str, str | None], deadline: float
    ) -> Iterator[tuple[Act, str | None]]:
        """Do what has been recorded; give each with why it was not done, or None.

        Args:
            acts: what is to be done.
            heard: by connector, the last word that was taken in before it was decided.
            deadline: of `clock.running`: nothing begins after it.

        Raises:
            BrokerProblem: if words can't be read; nothing was done.
        """
        words = self._journal.catch_up(max(0.1, deadline - running())).words

        def does(act: Act) -> str | None:
            word = words.get(act.connector)
            if word is not None and word.id != heard.get(act.connector):
                return f"{word.by} said otherwise meanwhile ({word.verb})"
            try:
                self._doors.do(act, deadline)
            except TooLate:
                return "what it follows from was seen too long ago"
            except ConnectProblem as problem:
                stuck = STUCK_LEADER in str(problem)
                return f"{problem}. {STUCK_MEANS}" if stuck else str(problem)
            return None

        yield from zip(acts, self._pool.map(does, acts), strict=True)
