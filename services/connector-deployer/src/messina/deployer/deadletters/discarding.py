"""Letters that nobody needs any more: marked, with who says so and why; they stay in Kafka."""

from collections.abc import Iterable, Iterator
from itertools import islice

from messina.deployer.deadletters.cases import Act, Entry, discarded
from messina.deployer.deadletters.ledger import Change, Ledger
from messina.deployer.deadletters.letters import Letter

_AT_ONCE = 10_000


def discard(ledger: Ledger, letters: Iterable[Letter], act: Act) -> Iterator[int]:
    """Mark letters as not needed, some at a time; yields how many are marked.

    What is marked for a row are its letters up to these: one that comes later is open.

    Args:
        ledger: where it is kept.
        letters: which.
        act: who says so, and why.
    """
    rest = iter(letters)
    while batch := list(islice(rest, _AT_ONCE)):
        upto: dict[str, int] = {}
        for letter in batch:
            upto[letter.case.id] = max(upto.get(letter.case.id, -1), letter.case.number)
        ledger.change({case: _change(number, act) for case, number in upto.items()})
        yield len(batch)


def _change(number: int, act: Act) -> Change:
    def change(entry: Entry | None) -> Entry:
        return discarded(entry, number, act)

    return change
