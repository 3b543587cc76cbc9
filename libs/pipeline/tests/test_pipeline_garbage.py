"""Whatever a file holds, the answer is a spec or a list of problems with places."""

import re
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from messina.pipeline import SpecError, parse_spec

PLACE = re.compile(r"f:[1-9][0-9]*:[1-9][0-9]*: .+")

KEYS = st.sampled_from(
    "pipeline source sink tables defaults keyspace schema name scylla postgres window partitions"
    " tasks password user connector contact_points port".split()
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.sampled_from(["p", "300ms", "env:X", "messina", "debezium", "a:1"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=6),
    max_leaves=25,
)


def check(text: str | bytes) -> None:
    try:
        parse_spec(text, "f")
    except SpecError as error:
        problems = error.problems
    else:
        return
    assert problems
    assert [str(problem) for problem in problems if not PLACE.fullmatch(str(problem))] == []


@given(VALUES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_yaml_value_is_a_spec_or_is_refused_with_places(value: Any) -> None:
    """A value that YAML can write never makes a traceback."""
    check(yaml.safe_dump(value, allow_unicode=True))


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nearly_right_files_too(value: dict[str, Any]) -> None:
    """Right keys with wrong values never make a traceback."""
    good = {"pipeline": "p", "source": {"keyspace": "k"}, "sink": {"schema": "s"}}
    check(yaml.safe_dump({**good, "tables": [{"name": "t"}], **value}))


@given(
    st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from(":-[]{}&*!|>'\"\n\t #%@`?,"))
)
@example('"\\UFFFFFFFF"')
@example('"\\ud800": x')
@example("? [a]\n: b")
@example("!<")
@example("%YAML 9.9\n---\na: b")
@example("a: !!int x")
@example("a: !!timestamp x")
@example("<<: [*x]")
@example("\ufeffpipeline: p")
@example("a: 1" + "0" * 5000)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_a_spec_or_is_refused_with_places(text: str) -> None:
    """Text that is hardly YAML never makes a traceback."""
    check(text)


@given(st.binary())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_are_a_spec_or_are_refused_with_places(data: bytes) -> None:
    """Bytes that are hardly text never make a traceback."""
    check(data)
