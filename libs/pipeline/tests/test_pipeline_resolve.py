"""Patterns become tables, and every table knows where it came from."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messina.pipeline import PipelineSpec, SpecError, fitting, parse_spec, resolve

HEAD = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\n"
SOURCE = ["users", "event_b", "event_a", "event_a_scylla_cdc_log", "event_old", "orders"]


def spec(tables: str, more: str = "") -> PipelineSpec:
    return parse_spec(f"{HEAD}{more}tables: {tables}\n", "f")


def names(of: PipelineSpec) -> list[str]:
    return [table.name for table in of.tables]


def test_a_spec_without_patterns_stays_as_it_is() -> None:
    """Nothing is asked of the source's tables: a missing one is the plan's to tell."""
    one = spec("[{name: nowhere}]")
    assert one.resolved
    assert resolve(one, SOURCE) is one


def test_a_pattern_is_the_tables_that_fit() -> None:
    """In the order of their names, in the pattern's place, with what the pattern says; no logs."""
    found = resolve(spec("[{name: users}, {pattern: 'event_*', partitions: 8}]"), SOURCE)
    assert found.resolved
    assert names(found) == ["users", "event_a", "event_b", "event_old"]
    assert [found.partitions_of(table) for table in found.tables] == [4, 8, 8, 8]


def test_names_win_over_patterns_and_the_first_pattern_over_the_next() -> None:
    """Each table belongs to one item."""
    found = resolve(
        spec("[{pattern: 'event_*', tasks: 2}, {name: event_b}, {pattern: '*'}]"), SOURCE
    )
    assert names(found) == ["event_a", "event_old", "event_b", "orders", "users"]
    assert [found.tasks_of(table) for table in found.tables] == [2, 2, 1, 1, 1]


def test_excluded_tables_fit_no_pattern() -> None:
    """By name or by pattern; a table that is named is carried all the same."""
    found = resolve(
        spec("[{pattern: '*'}, {name: event_b}]", "exclude_tables: ['event_*', users]\n"), SOURCE
    )
    assert names(found) == ["orders", "event_b"]


def test_a_pattern_that_nothing_fits_is_refused() -> None:
    """With its place, and what comes near."""
    with pytest.raises(SpecError) as caught:
        resolve(spec("[{pattern: 'evnt_*'}]"), SOURCE)
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("f:4:20: no table of keyspace k")
    assert "event_" in problem


def test_tables_of_a_pattern_point_to_it() -> None:
    """A later problem of such a table stands at its pattern, and of its values at the pattern's."""
    found = resolve(spec("[{pattern: 'event_*', partitions: 8}, {name: users}]"), SOURCE)
    assert str(found.position("tables", 2, "name")) == "f:4:20"
    assert str(found.position("tables", 2, "partitions")) == "f:4:43"
    assert str(found.position("tables", 3, "name")) == "f:4:54"


def test_what_a_pattern_brings_must_hold_together() -> None:
    """Two tables that would be one in Postgres are refused, found by name or by pattern."""
    with pytest.raises(SpecError) as caught:
        resolve(spec("[{name: users, to: orders}, {pattern: 'o*'}]"), SOURCE)
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("f:4:47: ")
    assert "would be one in Postgres" in problem


def test_before_that_the_tables_are_not_known() -> None:
    """Whoever asks for the tables of a pattern without the source is told where it stands."""
    one = spec("[{pattern: 'event_*'}]")
    assert not one.resolved
    with pytest.raises(SpecError, match=r"f:4:20: .*not known here"):
        one.bulkheads()


def test_a_pattern_survives_json() -> None:
    """A spec with patterns written as JSON reads back equal."""
    one = spec("[{pattern: 'event_*', tasks: 2}]", "exclude_tables: [a]\n")
    assert PipelineSpec.model_validate_json(one.model_dump_json(by_alias=True)) == one
    assert parse_spec(one.model_dump_json(by_alias=True, exclude_none=True)) == one


@settings(deadline=None)
@given(st.lists(st.text("ab_", min_size=1, max_size=4), unique=True, max_size=8))
def test_every_table_is_in_once(tables: list[str]) -> None:
    """Two patterns that both mean a table carry it once; all tables that fit are there."""
    one = spec("[{pattern: 'a*'}, {pattern: '*'}, {name: c}]")
    found = names(resolve(one, [*tables, "a", "other"]))
    assert sorted(found) == sorted({*tables, "a", "other", "c"})


def test_what_fits_a_pattern_is_no_log_and_not_excluded() -> None:
    """One rule for whoever asks which tables patterns mean: by name, logs and excluded ones not."""
    there = ["ev_b", "ev_a", "ev_a_scylla_cdc_log", "ev_x", "other", "ev_a"]
    assert fitting(["ev_*", "o*"], ["*_x"], there) == ("ev_a", "ev_b", "other")
    assert fitting([], [], there) == ()
