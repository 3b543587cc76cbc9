"""A YAML document as plain values, with the place of every key and value."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import cast

import yaml

from messina.pipeline.problems import Origin, Path, Position, Problem, SpecError

_PLAIN = frozenset(f"tag:yaml.org,2002:{tag}" for tag in ("map", "seq"))
_TOO_DEEP = 60


@dataclass(frozen=True)
class Document:
    """What a file says. `problems` are those of its form that still leave something to check."""

    value: object
    origin: Origin
    key_marks: Mapping[Path, Position] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def key_position(self, path: Path) -> Position:
        """The place of the key that leads to the value at `path`."""
        return self.key_marks.get(path) or self.origin.position(path)


def read_document(file: str, data: bytes) -> Document:
    """Read one YAML (or JSON) document; `SpecError` when it has no usable form at all."""
    text = _decode(file, data)
    node = _compose(file, text)
    if node is None:
        raise SpecError([Problem(Position(file, 1, 1), "the file is empty")])
    reader = _Reader(file)
    value = reader.read(node, ())
    origin = Origin(file, reader.marks)
    return Document(value, origin, reader.key_marks, tuple(reader.problems))


def _decode(file: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        problem = Problem(
            _after(file, before),
            "the file is not UTF-8",
            got=f"byte 0x{data[error.start]:02x}",
            expected="UTF-8 text",
        )
        raise SpecError([problem]) from None


def _after(file: str, before: str) -> Position:
    return Position(file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _compose(file: str, text: str) -> yaml.Node | None:
    def refuse(position: Position, what: str) -> SpecError:
        return SpecError([Problem(position, f"not YAML: {what}")])

    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = Position(file, mark.line + 1, mark.column + 1) if mark else Position(file, 1, 1)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise refuse(where, " ".join(what.split())) from None
    except yaml.reader.ReaderError as error:
        where = _after(file, text[: error.position])
        raise refuse(where, f"{error.reason} (U+{ord(text[error.position]):04X})") from None
    except RecursionError:
        raise refuse(Position(file, 1, 1), "nested too deeply") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise refuse(Position(file, 1, 1), " ".join(str(error).split())) from None


class _Reader:
    """Turns nodes into dicts, tuples and scalars, and notes where each stood."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.marks: dict[Path, Position] = {}
        self.key_marks: dict[Path, Position] = {}
        self.problems: list[Problem] = []
        self._scalars = yaml.constructor.SafeConstructor()
        self._open: set[int] = set()
        self._budget = 100_000

    def read(self, node: yaml.Node, path: Path) -> object:
        self.marks[path] = self._mark(node)
        self._budget -= 1
        if self._budget < 0:
            return self._refuse(node, "the document is too large once its aliases are followed")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            return self._refuse(node, "an alias that contains itself")
        if len(path) > _TOO_DEEP:
            return self._refuse(node, "nested too deeply")
        if node.tag not in _PLAIN:
            return self._refuse(node, f"the tag {node.tag} has no meaning here")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            assert isinstance(node, yaml.SequenceNode)
            return tuple(self.read(item, (*path, i)) for i, item in enumerate(node.value))
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = self._scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self._refuse(key_node, "a key must be text", "put it in quotes")
            elif key in result:
                first = self.key_marks[(*path, key)]
                self._refuse(
                    key_node, f"the key {key!r} stands here twice, first in line {first.line}"
                )
            else:
                self.key_marks[(*path, key)] = self._mark(key_node)
                result[key] = self.read(value_node, (*path, key))
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Hashable:
        try:
            return cast(Hashable, self._scalars.construct_object(node))
        except (yaml.YAMLError, ValueError, OverflowError, KeyError, IndexError, AttributeError):
            return self._refuse(node, f"not a value of YAML's type {node.tag.rpartition(':')[2]}")

    def _refuse(self, node: yaml.Node, what: str, expected: str | None = None) -> Hashable:
        """Note a problem; the value that stands in is None."""
        self.problems.append(Problem(self._mark(node), what, expected=expected))
        return None

    def _mark(self, node: yaml.Node) -> Position:
        return Position(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
