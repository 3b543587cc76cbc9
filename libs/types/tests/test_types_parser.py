"""Type texts are read as CQL means them, and written back the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.types import CqlType, TypeSyntaxError, parse_type
from messina.types.cql import SCALARS

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

INT = CqlType("int")
TEXT = CqlType("text")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", INT),
        ("VARCHAR", TEXT),
        (" text ", TEXT),
        ("list<int>", CqlType("list", "list", (INT,))),
        ("frozen<set<text>>", CqlType("set", "set", (TEXT,), frozen=True)),
        ("frozen<frozen<list<int>>>", CqlType("list", "list", (INT,), frozen=True)),
        (
            "map<text, frozen<list<int>>>",
            CqlType("map", "map", (TEXT, CqlType("list", "list", (INT,), frozen=True))),
        ),
        ("tuple<int,text,int>", CqlType("tuple", "tuple", (INT, TEXT, INT))),
        ("vector<float, 3>", CqlType("vector", "vector", (CqlType("float"),), dimension=3)),
        ("Address", CqlType("address", "udt")),
        ("frozen<ops.address>", CqlType("address", "udt", frozen=True, keyspace="ops")),
        ('"Ops"."Odd ""Name"""', CqlType('Odd "Name"', "udt", keyspace="Ops")),
        ('"int"', CqlType("int", "udt")),
        (
            "'org.apache.cassandra.db.marshal.X'",
            CqlType("org.apache.cassandra.db.marshal.X", "custom"),
        ),
    ],
)
def test_types_are_read(text: str, expected: CqlType) -> None:
    """Scalars, collections, tuples, vectors, user types and custom classes, frozen or not."""
    assert parse_type(text) == expected


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("", 1),
        ("list", 5),
        ("list<int", 9),
        ("list<>", 6),
        ("map<int>", 1),
        ("list<int, int>", 1),
        ("int int", 4),
        ("int>", 4),
        ("tuple<int,>", 11),
        ("vector<float>", 1),
        ("vector<float, x>", 14),
        ("3", 1),
        ("ops.", 5),
        ("a;b", 2),
        ("list<" * 100 + "int" + ">" * 100, None),
    ],
)
def test_anything_else_is_refused_with_its_column(text: str, column: int | None) -> None:
    """The error says where the text stops being a type."""
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)
    assert column is None or caught.value.column == column


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_ \"]{0,8}", fullmatch=True)


def bigger(inner: st.SearchStrategy[CqlType]) -> st.SearchStrategy[CqlType]:
    frozen = st.booleans()
    return st.one_of(
        st.builds(lambda a, f: CqlType("list", "list", (a,), f), inner, frozen),
        st.builds(lambda a, f: CqlType("set", "set", (a,), f), inner, frozen),
        st.builds(lambda a, b, f: CqlType("map", "map", (a, b), f), inner, inner, frozen),
        st.builds(
            lambda many, f: CqlType("tuple", "tuple", tuple(many), f),
            st.lists(inner, min_size=1, max_size=4),
            frozen,
        ),
        st.builds(
            lambda a, n, f: CqlType("vector", "vector", (a,), f, n),
            inner,
            st.integers(1, 999),
            frozen,
        ),
    )


TYPES = st.recursive(
    st.sampled_from(sorted(SCALARS)).map(CqlType)
    | st.builds(
        lambda name, ks, f: CqlType(name, "udt", (), f, None, ks),
        NAMES,
        st.none() | NAMES,
        st.booleans(),
    ),
    bigger,
    max_leaves=8,
)


@PATIENT
@given(TYPES)
def test_a_type_written_reads_back(cql_type: CqlType) -> None:
    """Whatever the type, its text means it."""
    assert parse_type(str(cql_type)) == cql_type


@PATIENT
@given(st.text(alphabet="abint<>,.' \"9frozelsmp"))
def test_any_text_is_a_type_or_is_refused(text: str) -> None:
    """No text makes the parser fail in another way."""
    try:
        result = parse_type(text)
    except TypeSyntaxError:
        return
    assert parse_type(str(result)) == result
