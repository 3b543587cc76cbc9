"""Whatever a pipeline's file says, it is a pipeline or it is refused with line and column."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from pipeline_documents import documents

from messina.pipeline import PipelineSpec, SpecError, parse_spec, resolve

PLACE = re.compile(r"f:[1-9][0-9]*:[1-9][0-9]*: .+")
PATIENT = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SOURCE = ["a", "b", "a_scylla_cdc_log", "event_1", "Event_2", "users"]


def spec_of(document: dict[str, Any]) -> PipelineSpec | None:
    """Return the document's spec, or None where it is refused as it should be."""
    try:
        return parse_spec(yaml.safe_dump(document), "f")
    except SpecError as error:
        assert_placed(error)
        return None


def assert_placed(error: SpecError) -> None:
    assert error.problems
    assert [str(p) for p in error.problems if not PLACE.fullmatch(str(p))] == []
    assert "Next: " in str(error)


@PATIENT
@given(documents())
def test_a_file_is_a_pipeline_or_is_refused_with_places(document: dict[str, Any]) -> None:
    """Never a traceback; and what is a pipeline reads back equal from JSON."""
    spec = spec_of(document)
    event("a pipeline" if spec else "refused")
    if spec is not None:
        assert PipelineSpec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec


@PATIENT
@given(documents(), st.lists(st.sampled_from(SOURCE), unique=True))
def test_a_pipeline_is_resolved_or_refused_with_places(
    document: dict[str, Any], tables: list[str]
) -> None:
    """Whatever tables the source has: each is carried once, in one bulkhead, under one name."""
    spec = spec_of(document)
    assume(spec is not None)
    assert spec is not None
    try:
        found = resolve(spec, tables)
    except SpecError as error:
        assert_placed(error)
        return
    assert found.resolved
    names = [table.name for table in found.tables]
    assert sorted(names) == sorted(set(names))
    assert len({table.target for table in found.tables}) == len(names)
    assert sorted(t.name for b in found.bulkheads() for t in b.tables) == sorted(names)
    connectors = [
        name
        for b in found.bulkheads()
        for name in (b.source_connector, b.sink_connector, b.static_sink_connector)
    ]
    if found.bulkhead != "table":
        assert len(set(connectors)) == len(connectors)
    for place, table in enumerate(found.tables):
        assert found.windows_of(table).floor_ms > 0
        assert str(found.position("tables", place, "name")).startswith("f:")


@pytest.mark.parametrize("bulkhead", ["table", "group", "pipeline"])
def test_enough_of_the_files_are_pipelines(bulkhead: str) -> None:
    """The generator is of use: it makes pipelines of each kind, not refused files alone."""
    found: list[PipelineSpec] = []

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(documents())
    def collect(document: dict[str, Any]) -> None:
        spec = spec_of({**document, "bulkhead": bulkhead})
        if spec is not None:
            found.append(spec)

    collect()
    assert len(found) >= 25
