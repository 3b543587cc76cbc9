"""A good file becomes the spec it says, with defaults, names and places."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from messina.pipeline import (
    PipelineSpec,
    format_duration,
    load_spec,
    milliseconds,
    parse_duration,
    parse_spec,
)

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

FLIGHTS = """\
pipeline: flights
source:
  connector: messina
  keyspace: ops
  window: 500ms
sink:
  connector: debezium
  schema: warehouse
defaults: {partitions: 4, tasks: 2}
tables:
  - name: flights
  - name: flight_events
    partitions: 8
    tasks: 1
"""


def test_a_file_says_what_the_spec_holds(tmp_path: Path) -> None:
    """Every value of the file is in the spec, and what the file leaves out has its default."""
    file = tmp_path / "flights.yaml"
    file.write_text(FLIGHTS, encoding="utf-8")
    spec = load_spec(file)
    assert (spec.pipeline, spec.source.keyspace, spec.sink.schema_name) == (
        "flights",
        "ops",
        "warehouse",
    )
    assert (spec.window_ms, spec.confidence_ms, spec.safe_confidence_ms) == (500, 300, 30_000)
    assert [table.name for table in spec.tables] == ["flights", "flight_events"]
    assert spec.source.scylla is None
    assert spec.sink.postgres is None


def test_a_table_overrides_the_defaults() -> None:
    """A table's own partitions and tasks win over the defaults."""
    spec = parse_spec(FLIGHTS)
    flights, events = spec.tables
    assert (spec.partitions_of(flights), spec.tasks_of(flights)) == (4, 2)
    assert (spec.partitions_of(events), spec.tasks_of(events)) == (8, 1)


def test_names_on_the_wire_follow_the_pipeline() -> None:
    """Topics and connectors are named by pipeline, keyspace and table."""
    spec = parse_spec(FLIGHTS)
    flights = spec.tables[0]
    assert spec.topic(flights) == "flights.ops.flights"
    assert spec.source_connector(flights) == "flights.flights.source"
    assert spec.sink_connector(flights) == "flights.flights.sink"
    assert [
        spec.watermarks_topic,
        spec.gaps_topic,
        spec.signals_topic,
        spec.signals_done_topic,
    ] == [
        "flights.watermarks",
        "flights.gaps",
        "flights.signals",
        "flights.signals.done",
    ]


def test_a_spec_knows_where_its_values_stand() -> None:
    """A later check can point at the line and column of the value it refuses."""
    spec = parse_spec(FLIGHTS, "f.yaml")
    assert str(spec.position("tables", 1, "name")) == "f.yaml:12:11"
    assert str(spec.position("tables", 0, "tasks")) == "f.yaml:11:5"
    problem = spec.problem("no such table", "tables", 1, "name", got="x", expected="a table")
    assert str(problem) == "f.yaml:12:11: no such table (got x; expected a table)"


def test_equal_files_make_equal_specs() -> None:
    """A comment or an indent changes the places of values, not the spec."""
    assert parse_spec(FLIGHTS) == parse_spec("# the same\n\n" + FLIGHTS, "other.yaml")


def test_a_spec_is_frozen() -> None:
    """Nothing can be changed in a spec after it was read."""
    spec = parse_spec(FLIGHTS)
    with pytest.raises(ValidationError):
        spec.__setattr__("pipeline", "other")


def test_a_spec_survives_json() -> None:
    """A spec written as JSON reads back equal."""
    spec = parse_spec(FLIGHTS)
    assert PipelineSpec.model_validate_json(spec.model_dump_json(by_alias=True)) == spec
    assert parse_spec(spec.model_dump_json(by_alias=True, exclude_none=True)) == spec
    other = parse_spec(FLIGHTS.replace("connector: messina", "connector: scylladb"))
    assert PipelineSpec.model_validate_json(other.model_dump_json(by_alias=True)) == other


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1ms", 1),
        ("300ms", 300),
        ("1.5s", 1_500),
        ("0.001s", 1),
        ("2m", 120_000),
        ("1h", 3_600_000),
    ],
)
def test_durations_are_a_number_and_a_unit(text: str, ms: int) -> None:
    """ms, s, m and h are understood, fractions too while they are whole milliseconds."""
    assert milliseconds(parse_duration(text)) == ms


@pytest.mark.parametrize(
    "text", ["", "300", "1 s", "-1s", "0ms", "0s", "1.5ms", "1d", "1e3s", "١s", "9" * 400 + "h"]
)
def test_anything_else_is_no_duration(text: str) -> None:
    """No unit, no length, no whole milliseconds: refused."""
    with pytest.raises(ValueError):
        parse_duration(text)


@PATIENT
@given(st.integers(1, 10**9))
def test_a_duration_written_reads_back(ms: int) -> None:
    """format_duration and parse_duration are each other's inverse."""
    duration = timedelta(milliseconds=ms)
    assert parse_duration(format_duration(duration)) == duration
