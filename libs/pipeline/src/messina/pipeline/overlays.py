"""One file over another: what differs in an environment, with every value's place in its own file.

Mappings are merged key by key, tables item by item by their names or patterns; anything else, lists
too, is replaced.
"""

import re
from pathlib import Path as FilePath

from messina.pipeline.document import Document
from messina.pipeline.problems import Origin, Path, Position, Problem, SpecError

_ENVIRONMENT = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def overlay_path(file: FilePath, env: str) -> FilePath:
    """Return the overlay's file of an environment: `flights.prod.yaml` beside `flights.yaml`.

    Raises:
        SpecError: if that can't be an environment's name.
    """
    if _ENVIRONMENT.fullmatch(env) is None:
        problem = Problem(
            Position(str(file), 1, 1),
            "not an environment's name",
            got=repr(env),
            expected="letters, digits, dashes and underscores",
        )
        raise SpecError([problem], "Nothing was changed. Next: the same command, another --env")
    return file.with_name(f"{file.stem}.{env}{file.suffix}")


def overlaid(base: Document, over: Document, env: str) -> Document:
    """Return what both say together, the second being what differs in an environment."""
    merging = _Merging(base, over)
    if isinstance(base.value, dict) and not isinstance(over.value, dict):
        what = "an overlay is a mapping with keys of the pipeline's file"
        raise SpecError([*base.problems, *over.problems, Problem(over.origin.position(()), what)])
    value = merging.merged(base.value, (), over.value, (), ())
    return Document(
        value,
        Origin(base.origin.file, merging.marks, env),
        merging.key_marks,
        (*base.problems, *over.problems),
    )


class _Merging:
    """Puts values together, and notes where each of them stands."""

    def __init__(self, base: Document, over: Document) -> None:
        self.base = base
        self.over = over
        self.marks: dict[Path, Position] = {}
        self.key_marks: dict[Path, Position] = {}

    def merged(self, mine: object, at: Path, other: object, there: Path, to: Path) -> object:
        """Return a value of the base with one of the overlay over it, which goes to `to`."""
        if isinstance(mine, dict) and isinstance(other, dict):
            self._mark(self.base, at, to)
            found: dict[str, object] = {}
            for key in [*mine, *(key for key in other if key not in mine)]:
                here, over, goes = (*at, key), (*there, key), (*to, key)
                if key not in other:
                    found[key] = self._copy(self.base, mine[key], here, goes)
                elif key not in mine:
                    found[key] = self._copy(self.over, other[key], over, goes)
                else:
                    found[key] = self.merged(mine[key], here, other[key], over, goes)
            return found
        if to == ("tables",) and isinstance(mine, tuple) and isinstance(other, tuple):
            self._mark(self.base, at, to)
            return self._tables(mine, other)
        return self._copy(self.over, other, there, to)

    def _tables(self, mine: tuple[object, ...], other: tuple[object, ...]) -> tuple[object, ...]:
        """Items of the same name or pattern become one; the overlay's others come behind.

        So does an item that the overlay has twice: what is wrong with it is told as of one file.
        """
        places: dict[tuple[str, str] | None, int] = {}
        for place, item in enumerate(other):
            if (name := _named(item)) is not None:
                places.setdefault(name, place)
        used = set()
        found: list[object] = []
        for place, item in enumerate(mine):
            here, to = ("tables", place), ("tables", len(found))
            if (index := places.pop(_named(item), None)) is None:
                found.append(self._copy(self.base, item, here, to))
            else:
                used.add(index)
                found.append(self.merged(item, here, other[index], ("tables", index), to))
        for index, item in enumerate(other):
            if index not in used:
                found.append(self._copy(self.over, item, ("tables", index), ("tables", len(found))))
        return tuple(found)

    def _copy(self, of: Document, value: object, at: Path, to: Path) -> object:
        self._mark(of, at, to)
        if isinstance(value, dict):
            for key, inner in value.items():
                self._copy(of, inner, (*at, key), (*to, key))
        elif isinstance(value, tuple):
            for place, inner in enumerate(value):
                self._copy(of, inner, (*at, place), (*to, place))
        return value

    def _mark(self, of: Document, at: Path, to: Path) -> None:
        if (mark := of.origin.marks.get(at)) is not None:
            self.marks[to] = mark
        if (mark := of.key_marks.get(at)) is not None:
            self.key_marks[to] = mark


def _named(item: object) -> tuple[str, str] | None:
    """What an item of the tables is known by, if it is known by anything."""
    for key in ("name", "pattern"):
        if isinstance(item, dict) and isinstance(item.get(key), str):
            return key, item[key]
    return None
