"""CQL's type language: its text as a frozen value, and back."""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["scalar", "list", "set", "map", "tuple", "vector", "udt", "custom"]

SCALARS: Final = frozenset(
    "ascii bigint blob boolean counter date decimal double duration float inet int smallint text"
    " time timestamp timeuuid tinyint uuid varint".split()
)
_ALIASES: Final = {"varchar": "text"}
_ARITY: Final[dict[str, tuple[Kind, int | None]]] = {
    "list": ("list", 1),
    "set": ("set", 1),
    "map": ("map", 2),
    "tuple": ("tuple", None),
    "vector": ("vector", 1),
    "frozen": ("scalar", 1),
}
_TOKEN: Final = re.compile(
    r'\s*(?:([A-Za-z_]\w*|\d+)|"((?:[^"]|"")+)"|\'([^\']+)\'|([<>,.]))', re.ASCII
)
_PLAIN_NAME: Final = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_MAX_DEPTH: Final = 64


class TypeSyntaxError(ValueError):
    """A text is no CQL type; `column` is where it stops being one, counted from 1."""

    def __init__(self, text: str, column: int, what: str) -> None:
        self.text = text
        self.column = column
        super().__init__(f"not a CQL type: {what} (got {text!r}, column {column})")


@dataclass(frozen=True)
class CqlType:
    """A CQL type. `name` is that of the scalar, collection, user's type or custom class."""

    name: str
    kind: Kind = "scalar"
    arguments: tuple["CqlType", ...] = ()
    frozen: bool = False
    dimension: int | None = None
    keyspace: str | None = None

    def __str__(self) -> str:
        text = self._bare()
        return f"frozen<{text}>" if self.frozen else text

    def _bare(self) -> str:
        if self.kind == "custom":
            return f"'{self.name}'"
        if self.kind == "udt":
            return ".".join(
                _quoted(part) for part in (self.keyspace, self.name) if part is not None
            )
        inner = [str(argument) for argument in self.arguments]
        if self.dimension is not None:
            inner.append(str(self.dimension))
        return f"{self.name}<{', '.join(inner)}>" if inner else self.name

    @property
    def scalar(self) -> bool:
        """Whether values have no parts."""
        return self.kind == "scalar"


def parse_type(text: str) -> CqlType:
    """Read a type as CQL and `system_schema` write it; `TypeSyntaxError` for anything else."""
    parser = _Parser(text)
    result = parser.type(0)
    parser.end()
    return result


def _quoted(name: str) -> str:
    plain = _PLAIN_NAME.fullmatch(name) and name not in SCALARS and name not in _ALIASES | _ARITY
    return name if plain else '"' + name.replace('"', '""') + '"'


class _Parser:
    """One token ahead, by descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def type(self, depth: int) -> CqlType:
        if depth > _MAX_DEPTH:
            raise self._error("nested too deeply")
        start = self._at
        word, quoted, custom, _ = self._next()
        if custom:
            return CqlType(custom, "custom")
        if not word and not quoted:
            raise self._error("a type's name is missing", start)
        name = word.lower() if word else quoted.replace('""', '"')
        if word[:1].isdigit():
            raise self._error("a number is no type", start)
        if word and name in _ARITY:
            return self._parametrized(name, depth, start)
        if word and _ALIASES.get(name, name) in SCALARS:
            return CqlType(_ALIASES.get(name, name))
        return self._user_type(name)

    def end(self) -> None:
        if self._text[self._at :].strip():
            raise self._error("there is more after the type")

    def _user_type(self, name: str) -> CqlType:
        if not self._takes("."):
            return CqlType(name, "udt")
        start = self._at
        word, quoted, _, _ = self._next()
        if not (word or quoted) or word[:1].isdigit():
            raise self._error("a type's name is missing after the keyspace", start)
        return CqlType(word.lower() or quoted.replace('""', '"'), "udt", keyspace=name)

    def _parametrized(self, name: str, depth: int, start: int) -> CqlType:
        kind, arity = _ARITY[name]
        if not self._takes("<"):
            raise self._error(f"{name} needs its parameters, as in {name}<…>")
        arguments = [self.type(depth + 1)]
        dimension = None
        while self._takes(","):
            if kind == "vector" and dimension is None:
                dimension = self._number()
            else:
                arguments.append(self.type(depth + 1))
        if not self._takes(">"):
            raise self._error(f"{name}<… is not closed")
        if (arity is not None and len(arguments) != arity) or (kind == "vector") != bool(dimension):
            raise self._error(f"{name} has the wrong number of parameters", start)
        if name == "frozen":
            inner = arguments[0]
            return CqlType(
                inner.name, inner.kind, inner.arguments, True, inner.dimension, inner.keyspace
            )
        return CqlType(name, kind, tuple(arguments), dimension=dimension)

    def _number(self) -> int:
        start = self._at
        word, _, _, _ = self._next()
        if not word.isdigit() or not 0 < len(word) < 7 or int(word) == 0:
            raise self._error("a vector's dimension is missing", start)
        return int(word)

    def _next(self) -> tuple[str, str, str, str]:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            raise self._error(
                "unexpected text" if self._text[self._at :].strip() else "it ends here"
            )
        self._at = match.end()
        word, quoted, custom, sign = (group or "" for group in match.groups())
        return word, quoted, custom, sign

    def _takes(self, sign: str) -> bool:
        match = _TOKEN.match(self._text, self._at)
        if match is None or match.group(4) != sign:
            return False
        self._at = match.end()
        return True

    def _error(self, what: str, at: int | None = None) -> TypeSyntaxError:
        return TypeSyntaxError(self._text, (self._at if at is None else at) + 1, what)
