"""A bad file is refused with all that is wrong with it, each with its place."""

import textwrap
from pathlib import Path

import pytest

from messina.pipeline import SpecError, load_spec, parse_spec

GOOD = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n"


def problems(text: str | bytes) -> list[str]:
    text = textwrap.dedent(text) if isinstance(text, str) else text
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "f")
    return [str(problem) for problem in caught.value.problems]


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    """One run tells everything there is to correct, from top to bottom."""
    found = problems("""\
        pipeline: Flights
        source:
          keyspac: ops
          window: 300
        sink: {schema: s, connector: jdbc}
        defaults: {tasks: true}
        tables:
          - name: t
            partitoins: 3
        """)
    assert found == [
        "f:1:11: pipeline: not a pipeline name (got 'Flights'; expected a small letter, then"
        " small letters, digits and dashes, 63 at most)",
        "f:3:3: source.keyspace is missing (expected the keyspace the tables are in)",
        "f:3:3: unknown key 'keyspac' in source, did you mean 'keyspace'? (expected one of"
        " confidence, connector, consistency, keyspace, lookback, mask_key, max_row_bytes, retry,"
        " safe_confidence, scylla, signals_per_second, table_recreated, timeouts, window,"
        " write_consistency)",
        "f:4:11: source.window: not a duration (got 300; expected a duration such as 300ms, 2s"
        " or 1m)",
        "f:5:30: sink.connector: not a choice (got 'jdbc'; expected 'messina',"
        " 'debezium' or 'confluent-jdbc')",
        "f:6:19: defaults.tasks has the wrong type (got True; expected a whole number)",
        "f:9:5: unknown key 'partitoins' in tables[0], did you mean 'partitions'? (expected one"
        " of columns, confidence, exclude, expect, group, mask, name, partitions, rename,"
        " safe_confidence, tasks, to, window)",
    ]


def test_the_message_ends_with_what_to_do() -> None:
    """The last line says that nothing was changed and which command comes next."""
    with pytest.raises(
        SpecError, match=r"Nothing was changed\. Next: .*messina deploy plan f\.yaml$"
    ):
        parse_spec("x: 1", "f.yaml")


@pytest.mark.parametrize(
    ("old", "new", "at", "part"),
    [
        ("pipeline: p", "pipeline: p\npipeline: q", "f:2:1", "stands here twice"),
        ("pipeline: p", "pipeline: p\n1: x", "f:2:1", "a key must be text"),
        (
            "pipeline: p",
            "pipeline: !!python/name:os.system x",
            "f:1:11",
            "not a value of YAML's type",
        ),
        ("pipeline: p", "pipeline: 2024-13-45", "f:1:11", "not a value"),
        ("pipeline: p", "pipeline: no", "f:1:11", "expected text"),
        ("pipeline: p", "pipeline: &a [*a]", "f:1:11", "contains itself"),
        ("pipeline: p", "pipeline: [", "f:3:1", "not YAML"),
        ("pipeline: p", "pipeline: \x07", "f:1:11", "not YAML"),
        ("pipeline: p", "pipeline: p\n--- {}", "f:2:1", "not YAML"),
        ("{keyspace: k}", "{keyspace: a-b}", "f:2:20", "not a CQL name"),
        ("{keyspace: k}", "k", "f:2:9", "expected a mapping"),
        ("{keyspace: k}", "{keyspace: k, window: 0ms}", "f:2:31", "1ms or more"),
        ("{keyspace: k}", "{keyspace: k, safe_confidence: 300ms}", "f:2:40", "second look"),
        ("{schema: s}", "{schema: pg_catalog}", "f:3:16", "not a Postgres schema"),
        ("{schema: s}", "{schema: messina}", "f:3:16", "not a Postgres schema"),
        ("[{name: t}]", "[]", "f:4:9", "expected one item or more"),
        ("[{name: t}]", "{name: t}", "f:4:9", "expected a list"),
        ("[{name: t}]", "[{name: t}, {name: u}, {name: t}]", "f:4:39", "listed twice"),
        ("[{name: t}]", "[{name: t, tasks: 5}]", "f:4:27", "more tasks than slices"),
        ("[{name: t}]", "[{name: t, partitions: 0}]", "f:4:32", "greater than or equal to 1"),
        ("[{name: t}]", "[{name: t, exclude: [a, a]}]", "f:4:33", "'a' is listed twice"),
        ("[{name: t}]", "[{name: t, mask: {a: sha}}]", "f:4:30", "expected 'hmac' or 'null'"),
        ("[{name: t}]", "[{name: t, mask: {a: hmac}}]", "f:4:30", "there is no key"),
        ("[{name: t}]", "[{name: t, exclude: [a], mask: {a: }}]", "f:4:43", "nothing to mask"),
        ("{keyspace: k}", "{keyspace: k, mask_key: hunter2}", "f:2:33", "must be a reference"),
        ("{keyspace: k}", "{keyspace: k, consistency: ONE}", "f:2:36", "not a choice"),
        ("{keyspace: k}", "{keyspace: k, max_row_bytes: 9}", "f:2:38", "equal to 1024"),
        ("{keyspace: k}", "{keyspace: k, retry: {timeout: 5}}", "f:2:40", "not a duration"),
    ],
)
def test_each_mistake_has_its_place(old: str, new: str, at: str, part: str) -> None:
    """Form or content: the problem stands where a person would put the finger."""
    found = problems(GOOD.replace(old, new))
    assert len(found) == 1
    assert found[0].startswith(f"{at}: ")
    assert part in found[0]


def test_the_official_connector_has_no_masks() -> None:
    """A mask that nobody would make is refused where it stands: it must not be taken for made."""
    text = GOOD.replace("keyspace: k", "keyspace: k, connector: scylladb")
    (problem,) = problems(text.replace("{name: t}", "{name: t, mask: {a: }}"))
    assert problem.startswith("f:4:29: ")
    assert "can't be masked by the connector scylladb" in problem


@pytest.mark.parametrize(
    ("tls", "part"),
    [
        ("{ca: relative.pem}", "not a file's path"),
        ("{ca: '/a:b.pem'}", "not a file's path"),
        ("{certificate: /c.pem}", "certificate and key go together"),
    ],
)
def test_tls_takes_files(tls: str, part: str) -> None:
    """Certificates are absolute paths, since the connector runs elsewhere; a key has its own."""
    where = f"{{contact_points: [a], local_datacenter: d, tls: {tls}}}"
    (problem,) = problems(GOOD.replace("keyspace: k", f"keyspace: k, scylla: {where}"))
    assert part in problem


def test_a_topic_can_not_be_two_things() -> None:
    """A table whose topic would be that of the answers to signals is refused."""
    text = GOOD.replace("keyspace: k", "keyspace: signals").replace("name: t", "name: done")
    assert problems(text)[0].startswith("f:4:17: ")


@pytest.mark.parametrize(
    "password",
    [
        "hunter2",
        "env:1hunter",
        "ENV:hunter2",
        "file:relative/hunter2",
        "file:/a:hunter2",
        "vault:hunter2",
    ],
)
def test_a_secret_is_a_reference_and_is_never_shown(password: str) -> None:
    """A literal in a secret's place is refused without being repeated."""
    where = f"{{contact_points: [a], local_datacenter: d, user: u, password: '{password}'}}"
    (problem,) = problems(GOOD.replace("keyspace: k", f"keyspace: k, scylla: {where}"))
    assert "a secret must be a reference" in problem
    assert password not in problem


def test_a_secret_inside_a_url_is_not_shown() -> None:
    """Text where a mapping is due may hold a password: only its kind is told."""
    (problem,) = problems(
        GOOD.replace("schema: s", "schema: s, postgres: 'postgres://u:hunter2@h/d'")
    )
    assert "hunter2" not in problem
    assert "got text" in problem


def test_user_and_password_go_together() -> None:
    """A user without a password is a mistake, told where the mapping begins."""
    where = "{contact_points: [a], local_datacenter: d, user: u}"
    (problem,) = problems(GOOD.replace("keyspace: k", f"keyspace: k, scylla: {where}"))
    assert problem.startswith("f:2:31: ")


def test_bytes_that_are_no_text_have_a_place() -> None:
    """A byte that is not UTF-8 is named, with its line and column."""
    assert problems(b"pipeline: p\nx: \xff") == [
        "f:2:4: the file is not UTF-8 (got byte 0xff; expected UTF-8 text)"
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_said_to_be_empty(text: str) -> None:
    """Nothing in the file: said so, instead of naming every key that is missing."""
    assert problems(text) == ["f:1:1: the file is empty"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """A wrong path is the same kind of error, with the file's name."""
    with pytest.raises(SpecError, match=r"none\.yaml:1:1: the file can't be read"):
        load_spec(tmp_path / "none.yaml")


def test_aliases_can_not_blow_up_a_spec() -> None:
    """A document that grows by its aliases is refused before it fills the memory."""
    lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"b{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    assert any("too large" in problem for problem in problems("\n".join(lines)))


def test_depth_is_bounded() -> None:
    """A document nested without end is refused, however deep it goes."""
    for depth in (100, 10_000):
        found = problems("a: " + "[" * depth + "]" * depth)
        assert any("nested too deeply" in problem for problem in found)
