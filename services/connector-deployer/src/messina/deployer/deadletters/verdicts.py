"""What a replay says of a row. No I/O."""

from collections.abc import Iterable, Mapping
from typing import Literal

from messina.deployer.deadletters.letters import Letter
from messina.deployer.resources import Value
from messina.kafka import Reread

Outcome = Literal["came through", "came back", "unknown", "not asked"]


class Verdict(Value):
    """What became of a row.

    Attributes:
        case: what its letters are kept under.
        table: whose row.
        key: as people read it.
        outcome: `unknown` where nobody could see the end of it: it stays open.
        why: the reason, where it did not come through.
        upto: came through: an offset that the sink has passed; came back: of its newest letter.
        signal_id: of the signal that asked for it.
        quarantined: whether it came back for the last time.
    """

    case: str
    table: str
    key: str
    outcome: Outcome
    why: str = ""
    upto: int = -1
    signal_id: str | None = None
    quarantined: bool = False


def newest(letters: Iterable[Letter], begun: Mapping[tuple[str, int], int]) -> dict[str, Letter]:
    """Return, by case, the newest letter of a record that came after the replay had begun.

    A letter of an older record is one that was told twice, and says nothing.

    Args:
        letters: of the topics of dead letters.
        begun: where data topics ended then, by topic and partition.
    """
    found: dict[str, Letter] = {}
    for letter in letters:
        origin = letter.told.origin
        if origin is None or origin.offset < begun.get((origin.topic, origin.partition), 0):
            continue
        last = found.get(letter.case.id)
        if last is None or last.case.number < letter.case.number:
            found[letter.case.id] = letter
    return found


def judge(letter: Letter, key: str, reread: Reread, came: Mapping[str, Letter]) -> Verdict:
    """Return what became of a row that was asked for.

    Args:
        letter: of the row.
        key: as people read it.
        reread: what became of asking.
        came: the newest letters since then, by case, read after the sink had passed the event.
    """
    case, table = letter.case.id, letter.table
    back = came.get(case)
    if back is not None:
        why = f"{back.reason}: {back.message}" if back.message else str(back.reason)
        return Verdict(
            case=case,
            table=table,
            key=key,
            outcome="came back",
            why=why,
            upto=back.case.number,
            signal_id=reread.signal_id,
        )
    if reread.came != "passed":
        return _unknown(letter, key, reread, reread.reason)
    origin = letter.told.origin
    upto = None if origin is None else reread.last_offsets.get(origin.partition)
    if upto is None:
        why = "the source did not say where its event lies"
        return _unknown(letter, key, reread, why)
    return Verdict(
        case=case,
        table=table,
        key=key,
        outcome="came through",
        upto=upto,
        signal_id=reread.signal_id,
    )


def _unknown(letter: Letter, key: str, reread: Reread, why: str) -> Verdict:
    return Verdict(
        case=letter.case.id,
        table=letter.table,
        key=key,
        outcome="unknown",
        why=why,
        signal_id=reread.signal_id,
    )
