"""What can be wrong with a file, said with its place.

SpecError            a file can't be used; carries all of its problems
  └ Problem          one thing that is wrong: what, what was found, what was expected
      └ Position     file:line:column
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Path = tuple[str | int, ...]
"""The way to a value inside a document: keys and indexes, as in pydantic's `loc`."""


@dataclass(frozen=True, order=True)
class Position:
    """A place in a file, counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where."""

    position: Position
    what: str
    got: str | None = None
    expected: str | None = None

    def __str__(self) -> str:
        details = [
            f"{name} {value}"
            for name, value in (("got", self.got), ("expected", self.expected))
            if value is not None
        ]
        return f"{self.position}: {self.what}" + (f" ({'; '.join(details)})" if details else "")


class SpecError(Exception):
    """A file can't be used; `problems` are in the order of the file."""

    def __init__(self, problems: Iterable[Problem], next_step: str | None = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.position))
        self.next_step = next_step
        super().__init__(self.problems, next_step)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        return "\n".join(lines if self.next_step is None else [*lines, self.next_step])


@dataclass(frozen=True)
class Origin:
    """Where the values of a model came from.

    Equal to any other: a spec is what it says, not where it stood.
    """

    file: str = field(default="<spec>", compare=False)
    marks: Mapping[Path, Position] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, repr=False
    )
    env: str | None = field(default=None, compare=False)

    def position(self, path: Path) -> Position:
        """The place of the value at `path`, or of the nearest one around it."""
        for length in range(len(path), -1, -1):
            if (mark := self.marks.get(path[:length])) is not None:
                return mark
        return Position(self.file, 1, 1)
