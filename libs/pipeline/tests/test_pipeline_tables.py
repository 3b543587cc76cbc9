"""What a spec says of tables: columns, names, windows, bulkheads; and what is refused of it."""

import pytest

from messina.pipeline import PipelineSpec, SpecError, Windows, parse_spec

HEAD = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\n"


def spec(tables: str, head: str = HEAD) -> PipelineSpec:
    return parse_spec(f"{head}tables: {tables}\n", "f")


def problem(tables: str, head: str = HEAD) -> str:
    with pytest.raises(SpecError) as caught:
        spec(tables, head)
    (found,) = caught.value.problems
    return str(found)


def test_a_table_may_have_another_name_and_other_columns_in_postgres() -> None:
    """`to`, `rename`, `columns` and `exclude` say what stands in Postgres; the topic stays."""
    one, other = spec(
        "[{name: a, to: b, rename: {x: y}, columns: [x]}, {name: c, exclude: [x]}]"
    ).tables
    assert (one.target, other.target) == ("b", "c")
    assert [one.postgres_column(name) for name in ("x", "z")] == ["y", "z"]
    assert [(one.carries(name), other.carries(name)) for name in ("x", "z")] == [
        (True, False),
        (False, True),
    ]
    assert spec("[{name: a, to: b}]").topic(one) == "p.k.a"


def test_a_latency_target_gives_windows_and_is_overridden() -> None:
    """Window and confidence follow from the target, unless the source or the table says more."""
    found = spec(
        "[{name: a}, {name: b, window: 2s, safe_confidence: 1m}]",
        HEAD.replace("keyspace: k", "keyspace: k, confidence: 1s") + "latency_target: 5s\n",
    )
    a, b = found.tables
    assert found.windows_of(a) == Windows(1_500, 1_000, 30_000)
    assert found.windows_of(b) == Windows(2_000, 1_000, 60_000)
    assert found.windows_of(b).floor_ms == 3_000


def test_a_target_of_a_second_is_the_default() -> None:
    """What is left out altogether is what a target of a second would give."""
    assert (
        spec("[{name: a}]").windows_of()
        == spec("[{name: a}]", HEAD + "latency_target: 1s\n").windows_of()
    )


def test_the_official_connector_has_its_own_windows() -> None:
    """Left out, they are its own and nothing is stated; a target holds for it too."""
    head = HEAD.replace("keyspace: k", "keyspace: k, connector: scylladb")
    found = spec("[{name: a}]", head)
    assert found.stated_window(found.tables[0]) is None
    assert found.windows_of(found.tables[0]).floor_ms == 60_000
    assert spec("[{name: a}]", head + "latency_target: 10s\n").windows_of().floor_ms == 6_000


def test_a_table_is_a_bulkhead_unless_the_spec_says_otherwise() -> None:
    """Each table has its own connectors, named by it."""
    one, two = spec("[{name: a, tasks: 2}, {name: b}]").bulkheads()
    assert (one.name, one.tasks, one.source_connector, one.sink_connector) == (
        "a",
        2,
        "p.a.source",
        "p.a.sink",
    )
    assert [table.name for table in two.tables] == ["b"]


def test_groups_share_connectors() -> None:
    """Tables of a group have one source and one sink; a table without a group has its own."""
    found = spec(
        "[{name: a, group: g}, {name: b}, {name: c, group: g, tasks: 3}]",
        HEAD + "bulkhead: group\n",
    )
    assert [(b.name, [t.name for t in b.tables], b.tasks) for b in found.bulkheads()] == [
        ("g", ["a", "c"], 3),
        ("b", ["b"], 1),
    ]
    assert {found.source_connector(found.tables[i]) for i in (0, 2)} == {"p.g.source"}
    assert found.bulkheads()[0].static_sink_connector == "p.g__static.sink"


def test_a_pipeline_may_be_one_bulkhead() -> None:
    """Then there is one source and one sink for all of its tables."""
    (found,) = spec("[{name: a}, {name: b}]", HEAD + "bulkhead: pipeline\n").bulkheads()
    assert (found.source_connector, found.sink_connector) == ("p.all.source", "p.all.sink")
    assert [table.name for table in found.tables] == ["a", "b"]


def test_ceilings_and_expectations_are_numbers_with_units() -> None:
    """Sizes are written with a unit or as bytes."""
    found = spec(
        "[{name: a, expect: {rows_per_second: 2.5, row_bytes: 2KiB}}]",
        HEAD + "ceilings: {connect_tasks: 9, connect_memory: 3GiB, kafka_bytes_per_day: 1000}\n",
    )
    assert found.ceilings.connect_memory == 3 * 2**30
    assert found.ceilings.kafka_bytes_per_day == 1000
    assert (found.tables[0].expect.rows_per_second, found.tables[0].expect.row_bytes) == (2.5, 2048)
    assert PipelineSpec.model_validate_json(found.model_dump_json(by_alias=True)) == found


PATTERN = "bulkhead: pipeline\n"


@pytest.mark.parametrize(
    ("tables", "more", "at", "part"),
    [
        ("[{name: a, to: a-b}]", "", "4:24", "not a Postgres table"),
        ("[{name: a, to: b}, {name: b}]", "", "4:35", "would be one in Postgres"),
        ("[{name: b}, {name: a, to: b}]", "", "4:35", "would be one in Postgres"),
        ("[{name: a, rename: {x: ctid}}]", "", "4:32", "not a Postgres column"),
        ("[{name: a, rename: {x: z, y: z}}]", "", "4:38", "would have one name"),
        ("[{name: a, exclude: [x], rename: {x: z}}]", "", "4:46", "nothing to rename"),
        ("[{name: a, exclude: [x], columns: [y]}]", "", "4:29", "say the same thing"),
        ("[{name: a, mask: {x: }, columns: [y]}]", "", "4:29", "nothing to mask"),
        ("[{name: a, columns: []}]", "", "4:29", "expected one item or more"),
        ("[{name: a, confidence: 1m}]", "", "4:32", "second look"),
        ("[{name: a, safe_confidence: 300ms}]", "", "4:37", "second look"),
        ("[{name: a, group: g}]", "", "4:27", "bulkheads are by table"),
        ("[{name: a, group: g__static}]", "bulkhead: group\n", "5:27", "not a group"),
        ("[{name: a, group: b}, {name: b}]", "bulkhead: group\n", "5:38", "of the group 'b'"),
        ("[{name: a}, {name: b, partitions: 8}]", PATTERN, "5:43", "other partitions"),
        ("[{name: a}, {name: b, window: 1s}]", PATTERN, "5:39", "another window"),
        ("[{name: a}, {name: b, partitions: 8}]", "bulkhead: one\n", "4:11", "not a choice"),
        ("[{name: a}]", "ceilings: {connect_memory: 3GB}\n", "4:28", "not a size"),
        ("[{name: a}]", "ceilings: {connect_tasks: 0}\n", "4:27", "greater than"),
        ("[{name: a}]", "latency_target: 5\n", "4:17", "not a duration"),
        ("[{name: a}]", "exclude_tables: [b]\n", "4:17", "no pattern"),
        ("[{name: a, expect: {row_bytes: x}}]", "", "4:40", "not a size"),
        ("[{name: a, expect: {rows_per_second: .inf}}]", "", "4:46", "finite"),
        ("[{pattern: a*, to: b}]", "", "4:24", "unknown key 'to' in tables[0]"),
        ("[{pattern: a b}]", "", "4:20", "not a pattern"),
        ("[{pattern: a*}, {pattern: a*}]", "", "4:35", "listed twice"),
    ],
)
def test_what_does_not_hold_together_is_refused(tables: str, more: str, at: str, part: str) -> None:
    """Each contradiction is told where a person would put the finger."""
    found = problem(tables, HEAD + more)
    assert found.startswith(f"f:{at}: "), found
    assert part in found
