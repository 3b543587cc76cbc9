"""How many letters are open: neither replayed nor discarded. For looks, again and again."""

from collections.abc import Mapping
from dataclasses import dataclass

from messina.deployer.deadletters.cases import UNSETTLED, state_of
from messina.deployer.deadletters.ledger import Ledger
from messina.deployer.deadletters.letters import letter_of
from messina.kafka import Positions, Topics, dead_letter, read

COUNTED = 10_000
"""Letters of a topic up to which they are judged one by one."""


@dataclass(frozen=True)
class Opened:
    """How many letters of a topic are open; where not `exact`, this many at most."""

    count: int
    exact: bool = True


class Opens:
    """Counts open letters. A letter is read once; what became of it is looked up each time.

    Args:
        bootstrap: addresses of brokers.
        state_topic: where it is kept what became of letters.
        prefix: what the pipeline's data topics begin with: `<pipeline>.<keyspace>.`.
        client: further settings of the clients.
        timeout: seconds until the brokers are given up.
    """

    def __init__(
        self,
        bootstrap: str,
        state_topic: str,
        prefix: str,
        *,
        client: Mapping[str, str] | None = None,
        timeout: float = 5.0,
    ) -> None:
        self._bootstrap = bootstrap
        self._state_topic = state_topic
        self._prefix = prefix
        self._client = dict(client or {})
        self._timeout = timeout
        self._ledger: Ledger | None = None
        self._next: dict[str, dict[int, int]] = {}
        self._letters: dict[str, dict[tuple[int, int], tuple[str, int] | None]] = {}

    def of(self, lengths: Mapping[str, int | None]) -> dict[str, Opened]:
        """Return how many letters of each topic are open.

        Args:
            lengths: by topic, how many letters it holds; None: there is no such topic.

        Raises:
            BrokerProblem: if the brokers do not answer.
        """
        found = {name: Opened(length) for name, length in lengths.items() if length == 0}
        there = {name: length for name, length in lengths.items() if length}
        if not there:
            return found
        topics = Topics(self._bootstrap, timeout=self._timeout, client=self._client)
        if self._ledger is None or self._ledger.empty:
            # it may have been made since
            self._ledger = Ledger(self._bootstrap, self._state_topic, topics, client=self._client)
        else:
            self._ledger.load()
        short = [name for name, length in there.items() if length <= COUNTED]
        if not self._ledger.empty and short:
            self._read(short)
        for name, length in there.items():
            if self._ledger.empty:
                found[name] = Opened(length)
            elif name in short:
                found[name] = Opened(sum(map(self._open, self._letters[name].values())))
            else:
                found[name] = Opened(length, exact=False)
        return found

    def _read(self, topics: list[str]) -> None:
        positions = Positions(self._bootstrap, timeout=self._timeout, client=self._client)
        for topic, begins in positions.beginnings_of(topics).items():
            kept = self._letters.setdefault(topic, {})
            for gone in [at for at in kept if at[1] < begins.get(at[0], 0)]:
                del kept[gone]
            known = self._next.setdefault(topic, {})
            start = {number: max(first, known.get(number, 0)) for number, first in begins.items()}
            for record in read(
                self._bootstrap, topic, start=start, timeout=self._timeout, client=self._client
            ):
                known[record.partition] = record.offset + 1
                letter = letter_of(dead_letter(record), self._prefix)
                case = None if letter is None else (letter.case.id, letter.case.number)
                kept[record.partition, record.offset] = case

    def _open(self, case: tuple[str, int] | None) -> bool:
        if case is None or self._ledger is None:
            return False
        return state_of(self._ledger.entry(case[0]), case[1]) in UNSETTLED
