"""Promises: figures against sums made by hand, and what is refused for them."""

from pathlib import Path

import pytest

from messina.deployer.promises import BASIS, Promises, SourceFacts, broken, crowded, promises
from messina.deployer.promises.factors import ROAD_MS, SINK_TASK_BYTES, SOURCE_TASK_BYTES
from messina.deployer.promises.words import count, size, span
from messina.deployer.resources import ConnectorResource
from messina.pipeline import PipelineSpec, Problem, load_spec

HEAD = "pipeline: p\nsource: {keyspace: k%s}\nsink: {schema: s}\n%s"
TABLES = "tables:\n  - name: a\n  - name: b\n"


def spec_of(tmp_path: Path, text: str) -> PipelineSpec:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    return load_spec(file)


def sink(tasks: int = 1, pool: str | None = "2") -> ConnectorResource:
    config = {} if pool is None else {"connection.pool.max_size": pool}
    return ConnectorResource(name="x.sink", role="sink", tasks=tasks, config=config)


def source(tasks: int = 1) -> ConnectorResource:
    return ConnectorResource(name="x.source", role="source", tasks=tasks, config={})


def promised(spec: PipelineSpec, streams: int = 16, ttl: int = 86_400) -> Promises:
    facts = {table.name: SourceFacts(streams, ttl) for table in spec.tables}
    return promises(spec, facts, [sink(), source()])


def refused(spec: PipelineSpec, streams: int = 16) -> list[Problem]:
    return list(broken(spec, promised(spec, streams)))


def test_the_cluster_that_facts_tell_of_is_computed_as_they_say(tmp_path: Path) -> None:
    """100 tables, 1 s windows, 3 nodes × 256 vnodes × 4 shards: 307,200 queries/s for one look."""
    tables = "tables:\n" + "".join(f"  - name: t{i}\n" for i in range(100))
    official = spec_of(
        tmp_path, HEAD % (", connector: scylladb, window: 1s, confidence: 1s", tables)
    )
    assert promised(official, 3 * 256 * 4).log_queries_per_second == 307_200
    own = spec_of(tmp_path, HEAD % (", window: 1s, confidence: 1s", tables))
    assert promised(own, 3 * 256 * 4).log_queries_per_second == 614_400, "it looks twice"


def test_the_second_look_takes_a_second_at_a_time(tmp_path: Path) -> None:
    """Windows of 250 ms, 8 streams: 32 queries/s for the first look and 8 for the second."""
    spec = spec_of(tmp_path, HEAD % (", window: 250ms, confidence: 250ms", "tables: [{name: a}]"))
    assert promised(spec, 8).log_queries_per_second == 40
    longer = spec_of(tmp_path, HEAD % (", window: 4s, confidence: 1s", "tables: [{name: a}]"))
    assert promised(longer, 8).log_queries_per_second == 4


def test_latency_is_the_slowest_table_s_window_confidence_and_the_road(tmp_path: Path) -> None:
    """300 ms + 300 ms for one table, 2 s + 1 s for another: 3 s, and the road behind it."""
    text = "tables:\n  - name: a\n  - {name: b, window: 2s, confidence: 1s}\n"
    found = promised(spec_of(tmp_path, HEAD % ("", text)))
    assert (found.latency_floor_ms, found.latency_ms) == (3_000, 3_000 + ROAD_MS)
    assert [one.latency_floor_ms for one in found.tables] == [600, 3_000]


def test_rows_are_read_kept_and_written_at_the_stated_rate(tmp_path: Path) -> None:
    """10 rows/s of 150 bytes: 20 reads/s, 864,000 log rows in a day, 500 bytes each in Kafka."""
    text = "tables:\n  - {name: a, partitions: 2, expect: {rows_per_second: 10, row_bytes: 150}}\n"
    found = promised(spec_of(tmp_path, HEAD % ("", text)))
    assert found.row_reads_per_second == 20
    assert found.log_rows_kept == 864_000
    assert found.log_bytes_kept == 864_000 * 250
    assert found.kafka_bytes_per_day == (10 * 500 + 2 * 400) * 86_400
    assert found.unstated == ()


def test_what_is_not_stated_is_in_no_figure_and_named(tmp_path: Path) -> None:
    """A table without a rate costs what it costs idle, and is listed as such."""
    found = promised(spec_of(tmp_path, HEAD % ("", TABLES)))
    assert (found.row_reads_per_second, found.log_rows_kept) == (0, 0)
    assert found.kafka_bytes_per_day == 2 * 4 * 400 * 86_400
    assert found.unstated == ("a", "b")


def test_a_log_without_ttl_is_kept_for_ever_and_named(tmp_path: Path) -> None:
    """TTL 0 means that nothing of the log ever goes: no number would be right."""
    found = promised(spec_of(tmp_path, HEAD % ("", TABLES)), ttl=0)
    assert found.log_kept_for_ever == ("a", "b")


def test_tasks_memory_and_connections_are_the_connectors(tmp_path: Path) -> None:
    """Two tasks each: four in all, their memory on top of the worker's, pools of the sinks only."""
    spec = spec_of(tmp_path, HEAD % ("", TABLES))
    facts = {name: SourceFacts(1, 1) for name in ("a", "b")}
    none = promises(spec, facts, [])
    some = promises(spec, facts, [sink(2), sink(1, None), source(2)])
    assert some.connect_tasks == 5
    more = some.connect_memory_bytes - none.connect_memory_bytes
    assert more == 3 * SINK_TASK_BYTES + 2 * SOURCE_TASK_BYTES
    assert some.postgres_connections == 5


def test_every_figure_says_where_it_comes_from() -> None:
    """Each figure is computed, measured or an estimate; none is without its basis."""
    figures = {
        name for name, field in Promises.model_fields.items() if field.annotation in (int, float)
    }
    assert figures == set(BASIS)


def test_a_latency_target_that_can_not_be_kept_is_refused_at_the_window(tmp_path: Path) -> None:
    """The problem stands at the window that is too long, with the windows that would do."""
    text = "latency_target: 1s\ntables:\n  - name: a\n  - name: b\n    window: 2s\n"
    (problem,) = refused(spec_of(tmp_path, HEAD % ("", text)))
    assert (problem.position.line, problem.position.column) == (8, 13)
    assert "latency_target 1s can't be kept by table b: window 2s, confidence 300ms" in problem.what
    assert problem.expected == (
        "window and confidence of 800ms together, or a latency_target of 2.5s"
    )


def test_of_window_and_confidence_the_longer_is_the_place(tmp_path: Path) -> None:
    """The problem stands where there is most to gain, whichever was stated first, and where."""
    own = "latency_target: 1s\ntables:\n  - name: b\n    window: 300ms\n    confidence: 2s\n"
    (problem,) = refused(spec_of(tmp_path, HEAD % ("", own)))
    assert problem.position.line == 8
    mixed = "latency_target: 1s\ntables:\n  - name: b\n    window: 300ms\n"
    (problem,) = refused(spec_of(tmp_path, HEAD % (", confidence: 2s", mixed)))
    assert problem.position.line == 2


def test_a_latency_target_below_the_road_is_refused_where_it_stands(tmp_path: Path) -> None:
    """No window helps where the road alone takes longer."""
    (problem,) = refused(spec_of(tmp_path, HEAD % ("", "latency_target: 100ms\n" + TABLES)))
    assert (problem.position.line, problem.position.column) == (4, 17)
    assert problem.expected == "a latency_target of 202ms or more: that is the road alone"


@pytest.mark.parametrize("target", ["1s", "5s", "10s", "1m"])
def test_windows_that_follow_from_the_target_keep_it(target: str, tmp_path: Path) -> None:
    """From a second on, what `latency_target` gives the windows leaves room for the road."""
    assert refused(spec_of(tmp_path, HEAD % ("", f"latency_target: {target}\n" + TABLES))) == []


CEILINGS = """\
ceilings:
  source_queries_per_second: 100
  connect_tasks: 1
  connect_memory: 1MiB
  postgres_connections: 1
  kafka_bytes_per_day: 1MiB
"""


def test_each_ceiling_is_refused_at_its_value_with_what_to_change(tmp_path: Path) -> None:
    """Every ceiling that would be passed is told at once, at its line, with a way out."""
    problems = refused(spec_of(tmp_path, HEAD % ("", CEILINGS + TABLES)), 64)
    assert [problem.position.line for problem in problems] == [5, 6, 7, 8, 9]
    for problem in problems:
        assert problem.what.startswith("the pipeline would take ")
        assert problem.expected is not None and problem.expected.endswith("or a higher ceiling")
    assert "555 CQL queries a second, and its ceiling is 100" in problems[0].what
    assert "bulkhead: pipeline" in (problems[1].expected or "")


@pytest.mark.parametrize("limit", [20, 100, 130, 400, 560])
def test_the_window_that_a_refusal_names_keeps_the_ceiling(limit: int, tmp_path: Path) -> None:
    """Whoever follows the advice is below the ceiling."""
    text = f"ceilings: {{source_queries_per_second: {limit}}}\n" + TABLES
    problems = refused(spec_of(tmp_path, HEAD % (", window: 200ms, confidence: 200ms", text)), 64)
    (problem,) = problems
    window = (problem.expected or "").split()[3]
    followed = spec_of(tmp_path, HEAD % (f", window: {window}, confidence: {window}", text))
    assert refused(followed, 64) == [], window


def test_a_server_with_too_few_connections_is_told(tmp_path: Path) -> None:
    """Where the pools may hold more than Postgres takes, the plan says how many it should."""
    found = promised(spec_of(tmp_path, HEAD % ("", TABLES)))
    assert list(crowded(found, 100)) == []
    (note,) = crowded(found.model_copy(update={"postgres_connections": 200}), 200)
    assert note.endswith("max_connections should be 220 or more")


@pytest.mark.parametrize(
    ("said", "means"),
    [
        (size(1), "1 B"),
        (size(1536), "1.5 KiB"),
        (size(300 * 2**20), "300 MiB"),
        (size(3 * 2**40), "3.0 TiB"),
        (span(300), "300ms"),
        (span(2_500), "2.5s"),
        (count(3.25), "3.2"),
        (count(307_200), "307,200"),
    ],
)
def test_figures_are_told_shortly(said: str, means: str) -> None:
    """Sizes in binary units, times as a spec writes them, large numbers with commas."""
    assert said == means
