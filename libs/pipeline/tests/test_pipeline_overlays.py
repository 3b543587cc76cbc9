"""A file of an environment goes over a pipeline's file; every value keeps its place."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messina.pipeline import PipelineSpec, SpecError, load_spec, parse_spec
from messina.pipeline.document import read_document
from messina.pipeline.overlays import overlaid

BASE = """\
pipeline: p
source:
  keyspace: k
  window: 1s
sink: {schema: s}
tables:
  - name: a
    exclude: [x, y]
    tasks: 2
  - pattern: "b_*"
"""
PROD = """\
# what differs
source:
  window: 300ms
  scylla: {contact_points: [db], local_datacenter: dc1}
tables:
  - name: c
  - pattern: "b_*"
    partitions: 16
  - name: a
    exclude: [z]
"""


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.yaml"
    path.write_text(BASE, encoding="utf-8")
    return path


def prod(file: Path, text: str = PROD) -> PipelineSpec:
    file.with_name("p.prod.yaml").write_text(text, encoding="utf-8")
    return load_spec(file, "prod")


def refused(file: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(SpecError) as caught:
        prod(file, text)
    places = [f"{p.position.file.rpartition('/')[2]}:{p}" for p in caught.value.problems]
    return tuple(place.replace(str(file.parent) + "/", "") for place in places)


def test_mappings_are_merged_and_lists_replaced(file: Path) -> None:
    """Keys that the overlay does not name stay; a list in it stands for the whole list."""
    spec = prod(file)
    assert (spec.source.keyspace, spec.window_ms) == ("k", 300)
    assert spec.source.scylla is not None
    a = spec.entries[0]
    assert (a.exclude, a.tasks) == (("z",), 2)


def test_tables_are_merged_by_name_and_new_ones_come_behind(file: Path) -> None:
    """In the order of the pipeline's file, whatever the overlay's."""
    spec = prod(file)
    names = [getattr(one, "name", None) or getattr(one, "pattern", "") for one in spec.entries]
    assert names == ["a", "b_*", "c"]
    assert spec.partitions_of(spec.entries[1]) == 16


def test_every_value_knows_its_file(file: Path) -> None:
    """A later problem of a value points into the file that says it."""
    spec = prod(file)
    places = {
        ("source", "keyspace"): "p.yaml:3:13",
        ("source", "window"): "p.prod.yaml:3:11",
        ("tables", 0, "name"): "p.prod.yaml:9:11",
        ("tables", 0, "tasks"): "p.yaml:9:12",
        ("tables", 1, "partitions"): "p.prod.yaml:8:17",
        ("tables", 2, "name"): "p.prod.yaml:6:11",
    }
    found = {at: str(spec.position(*at)).rpartition("/")[2] for at in places}
    assert found == places


def test_problems_point_into_both_files(file: Path) -> None:
    """What is wrong is told where it stands, be it the one file or the other."""
    file.write_text(BASE.replace("tasks: 2", "tasks: 0"), encoding="utf-8")
    first, second, third = refused(file, "source: {windo: 1s}\nsink: {schema: pg_x}\n")
    assert first.startswith("p.prod.yaml:p.prod.yaml:1:10: unknown key 'windo' in source")
    assert "p.prod.yaml:2:16: sink.schema: not a Postgres schema" in second
    assert "p.yaml:9:12: tables[0].tasks" in third


def test_a_contradiction_between_the_files_points_to_the_overlay(file: Path) -> None:
    """What the overlay brings up against the pipeline's file is told at the overlay's value."""
    (found,) = refused(file, "tables: [{name: a, partitions: 1}]\n")
    assert "p.yaml:9:12: tables[0].tasks: the table 'a' has more tasks than slices" in found


@pytest.mark.parametrize("known", ["name: a", 'pattern: "b_*"', "name: new"])
def test_a_table_stands_in_an_overlay_once(file: Path, known: str) -> None:
    """Were the last one taken, what the first one excludes would leave the source."""
    text = f"tables:\n  - {{{known}, exclude: [z]}}\n  - {{{known}, partitions: 8}}\n"
    found = refused(file, text)
    assert any("p.prod.yaml:3:" in one and "each once" in one for one in found), found


def test_null_takes_back_what_the_base_says(file: Path) -> None:
    """A value of nothing is the default again."""
    assert prod(file, "source: {window: null}\n").window_ms == 300


def test_the_next_command_names_the_environment(file: Path) -> None:
    """Whoever is told what to do next keeps the environment."""
    assert prod(file).argument == f"{file} --env prod"
    with pytest.raises(SpecError, match=r"messina deploy plan .*p\.yaml --env prod$"):
        prod(file, "pipelin: x\n")


def test_an_environment_without_a_file_is_refused(file: Path) -> None:
    """The file that is looked for is named."""
    with pytest.raises(SpecError, match=r"p\.prod\.yaml:1:1: the file of the environment prod"):
        load_spec(file, "prod")


@pytest.mark.parametrize("env", ["", "../x", "a b", "a/b", "-x", "x\0"])
def test_an_environment_is_a_plain_name(file: Path, env: str) -> None:
    """It is part of a file's name, and can't lead elsewhere."""
    with pytest.raises(SpecError, match="not an environment's name"):
        load_spec(file, env)


@pytest.mark.parametrize("text", ["[a]", "x", "tables: {name: a}", "tables: [a, {}]", "source: k"])
def test_whatever_the_overlay_holds_it_is_refused_with_its_place(file: Path, text: str) -> None:
    """An overlay of another form is a problem in the overlay."""
    assert all(problem.startswith("p.prod.yaml:") for problem in refused(file, text))


KEYS = st.sampled_from(["pipeline", "source", "tables", "name", "pattern", "window", "keyspace"])
VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a", "b_*", "1s"]),
    lambda inner: st.lists(inner, max_size=3).map(tuple) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_value_of_any_two_files_has_a_place(
    base: dict[str, object], over: dict[str, object]
) -> None:
    """Whatever the files hold, what comes of them stands in the one or the other."""
    documents = [
        read_document(name, json.dumps(value).encode())
        for name, value in (("f", base), ("g", over))
    ]
    merged = overlaid(documents[0], documents[1], "e")
    for path in _paths(merged.value, ()):
        assert path in merged.origin.marks


def _paths(value: object, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield at
    if isinstance(value, dict | tuple):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            yield from _paths(one, (*at, key))


def test_an_overlay_may_be_empty_but_for_a_key(file: Path) -> None:
    """An overlay that changes nothing gives the pipeline's own spec."""
    assert prod(file, "pipeline: p\n") == parse_spec(BASE)
