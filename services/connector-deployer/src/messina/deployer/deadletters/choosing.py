"""Which letters are meant, and where one lies, as people say it."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from messina.deployer.deadletters.cases import State
from messina.deployer.deadletters.letters import Letter
from messina.deployer.resources import Value
from messina.kafka import Address


class Choice(Value):
    """Which letters are meant; what is empty leaves all.

    Attributes:
        tables: names, or patterns such as `ev_*`.
        reasons: words, SQLSTATEs, or classes of SQLSTATE.
        states: what became of them.
        since_ms, until_ms: when the record came into its topic.
    """

    tables: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    since_ms: int | None = None
    until_ms: int | None = None

    def means(self, letter: Letter, state: State) -> bool:
        """Whether a letter, of which this became, is meant."""
        at = letter.told.at_ms
        return (
            (not self.states or state in self.states)
            and (not self.tables or any(fnmatchcase(letter.table, t) for t in self.tables))
            and (not self.reasons or any(map(letter.reason.fits, self.reasons)))
            and (self.since_ms is None or at >= self.since_ms)
            and (self.until_ms is None or at <= self.until_ms)
        )


def address(text: str, topics: Sequence[str] | Collection[str]) -> Address:
    """Read where a letter lies: `TOPIC:PARTITION:OFFSET`, without TOPIC where there is but one.

    Raises:
        ValueError: if it is no place, or not of these topics; in words.
    """
    *named, partition, offset = text.split(":") if text.count(":") in (1, 2) else ("", "", "")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise ValueError("expected TOPIC:PARTITION:OFFSET, as show prints it")
    if not named and len(topics) != 1:
        raise ValueError("there are several topics of dead letters: name the one that is meant")
    topic = named[0] if named else next(iter(topics))
    if topic not in topics:
        raise ValueError(f"the pipeline has no dead letters in a topic {topic}")
    return Address(topic, int(partition), int(offset))
