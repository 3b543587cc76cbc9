"""Types of columns: every scalar, and every kind of value with parts, frozen or not, nested."""

from typing import Final, Literal

from hypothesis import strategies as st
from property_values import SCALARS

from messina.types import CqlType, UserTypes
from messina.types.user_types import Fields

Container = Literal["list", "set", "map", "tuple", "vector", "udt"]

_NAMES: Final = tuple(sorted(SCALARS))
_CONTAINERS: Final[tuple[Container, ...]] = ("list", "set", "map", "tuple", "vector", "udt")
_MULTI_CELL: Final = ("list", "set", "map", "udt")

SHAPES: Final = (
    *((name, False) for name in _NAMES),
    *((name, frozen) for name in _MULTI_CELL for frozen in (False, True)),
    ("tuple", False),
    ("vector", False),
)
"""Of each, a pipeline is to have columns: a scalar's or container's name, whether it is frozen."""


def multi_cell(cql_type: CqlType) -> bool:
    """Whether its parts are written one by one."""
    return cql_type.kind in _MULTI_CELL and not cql_type.frozen


@st.composite
def user_types(draw: st.DrawFn, number: int) -> UserTypes:
    """Two user types, with this number in their names; the second may have the first in it."""
    # Names with an o in them: of a vector with one whose name is digits in hexadecimal (`user`) the
    # Python driver makes no type.
    found: dict[str, Fields] = {}
    for name in (f"home{number}", f"Person{number}"):
        known = UserTypes(dict(found))
        count = draw(st.integers(1, 3))
        names = [f"f{n}" if n % 2 == 0 else f"F{n}" for n in range(count)]
        # The source connector's driver reads no schema that has a user type with a vector in it.
        typed = inner(known, 1).filter(lambda of: of.kind != "vector")
        found[name] = tuple((each, draw(typed)) for each in names)
    return UserTypes(found)


def shaped(shape: tuple[str, bool], known: UserTypes) -> st.SearchStrategy[CqlType]:
    """Types of a column with such a shape."""
    name, frozen = shape
    if name in SCALARS:
        return st.just(CqlType(name))
    return _container(name, frozen, known, 2, False)


@st.composite
def inner(draw: st.DrawFn, known: UserTypes, depth: int, hashed: bool = False) -> CqlType:
    """Types inside of a value.

    Args:
        draw: hypothesis' own.
        known: user types to choose from.
        depth: how deep it may be nested.
        hashed: whether it is of a set, or of a map's key, where CQL takes no durations.
    """
    usable = [
        name
        for name in known.fields
        if not hashed or not _has_duration(CqlType(name, "udt"), known)
    ]
    kinds = [kind for kind in _CONTAINERS if kind != "udt" or usable] if depth else []
    chosen = draw(st.sampled_from(["", "", *kinds]))
    if chosen:
        return draw(_container(chosen, chosen != "vector", known, depth, hashed))
    return CqlType(draw(st.sampled_from([n for n in _NAMES if not hashed or n != "duration"])))


@st.composite
def _container(
    draw: st.DrawFn, kind: str, frozen: bool, known: UserTypes, depth: int, hashed: bool
) -> CqlType:
    if kind == "udt":
        names = [
            n for n in known.fields if not hashed or not _has_duration(CqlType(n, "udt"), known)
        ]
        return CqlType(draw(st.sampled_from(names)), "udt", (), frozen)
    count = draw(st.integers(1, 3)) if kind == "tuple" else {"map": 2}.get(kind, 1)
    arguments = tuple(
        draw(inner(known, depth - 1, hashed or kind == "set" or (kind == "map" and place == 0)))
        for place in range(count)
    )
    dimension = draw(st.integers(1, 3)) if kind == "vector" else None
    return CqlType(kind, kind, arguments, frozen, dimension)  # type: ignore[arg-type]


def _has_duration(cql_type: CqlType, known: UserTypes) -> bool:
    if cql_type.kind == "udt":
        return any(_has_duration(each, known) for _, each in known.fields[cql_type.name])
    return cql_type.name == "duration" or any(_has_duration(a, known) for a in cql_type.arguments)
