"""What is to be altered of offsets: a frozen value, made before anything is stopped."""

from collections.abc import Iterable
from typing import Any, Literal

from messina.deployer.errors import DeployerError
from messina.deployer.offsets.members import Member
from messina.deployer.offsets.positions import Position, SourcePosition, TopicPosition
from messina.deployer.offsets.reading import Standing, table_of
from messina.deployer.resources import Value
from messina.kafka import Offset

Verb = Literal["restore", "rewind", "reset"]


class Entry(Value):
    """One offset that is to be another; None: there was none, or it is to be forgotten."""

    table: str
    place: str
    before: Position | None
    after: Position | None

    def offset(self) -> Offset:
        """Return what Connect is to be sent."""
        known = self.after or self.before
        if known is None:
            raise AssertionError("an entry has a before or an after")
        after = None if self.after is None else dict(self.after.offset())
        return Offset(partition=dict(known.partition()), offset=after)


class Alteration(Value):
    """What is to be altered of one connector."""

    member: Member
    entries: tuple[Entry, ...]


class Alterations(Value):
    """What is to be altered of a pipeline, in the order in which it is done.

    Attributes:
        verb: which command asks for it.
        pipeline: of which pipeline.
        file: the spec on a command line, for next steps.
        alterations: connector by connector, sources first; only those with a difference.
        notes: what whoever asks should know.
    """

    verb: Verb
    pipeline: str
    file: str = "FILE"
    alterations: tuple[Alteration, ...]
    notes: tuple[str, ...] = ()

    @property
    def entries(self) -> int:
        """How many offsets change."""
        return sum(len(one.entries) for one in self.alterations)

    def document(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return self.model_dump(mode="json")


class OffsetsRefused(DeployerError):
    """Offsets can't be altered as asked; nothing was stopped or changed."""

    def __init__(self, verb: Verb, problems: Iterable[str], next_step: str) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(
            f"offsets {verb} is refused; nothing was stopped or changed:\n{listed}\n"
            f"next: {next_step}"
        )


def entry(
    member: Member,
    before: SourcePosition | TopicPosition | None,
    after: SourcePosition | TopicPosition | None,
) -> Entry | None:
    """Return an entry, or None if nothing differs."""
    known = after or before
    if known is None or before == after:
        return None
    return Entry(table=table_of(member, known), place=known.place, before=before, after=after)


def altered(
    standing: Standing,
    wanted: Iterable[
        tuple[SourcePosition | TopicPosition | None, SourcePosition | TopicPosition | None]
    ],
) -> Alteration | None:
    """Return what is to be altered of a connector, or None if nothing differs.

    Args:
        standing: the connector.
        wanted: positions, before and after.
    """
    entries = tuple(
        one for before, after in wanted if (one := entry(standing.member, before, after))
    )
    return Alteration(member=standing.member, entries=entries) if entries else None
