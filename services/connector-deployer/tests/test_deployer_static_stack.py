"""Static columns: their own topic, table and sink, and the view over both, on the real stack."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, own_pipeline

from messina.kafka import ConnectClient, RegistryClient, Topics
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

READINGS = (
    "readings (device text, at int, value int, owner text static, site int static, secret text, "
    "PRIMARY KEY (device, at))"
)
PLAIN = "plain (device text, at int, value int, PRIMARY KEY (device, at))"


@pytest.fixture(scope="module")
def pipeline(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with own_pipeline(stack, tmp_path_factory.mktemp("static"), (READINGS, PLAIN)) as made:
        text = made.file.read_text()
        made.file.write_text(
            text.replace("name: readings", "name: readings\n    exclude: [secret, site]")
        )
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


def test_static_columns_have_all_of_their_own(pipeline: Pipeline) -> None:
    """A table with static columns has two topics, two tables, a view and two sinks, healthy."""
    topics = Topics(pipeline.endpoints.kafka.bootstrap_servers)
    topic = f"{pipeline.name}.{pipeline.schema}.readings"
    found = topics.describe([topic, f"{topic}__static"])
    assert {one.partitions for one in found.values()} == {2}
    assert len(found) == 2
    status = pipeline.run("status")
    assert status.code == 0
    readings, plain = status.document["tables"]
    assert readings["static_sink"]["connector"] == f"{pipeline.name}.readings__static.sink"
    assert readings["static_sink"]["state"] == "RUNNING"
    assert plain["static_sink"] is None
    assert pipeline.steps() == {}


def test_an_excluded_column_is_in_no_table(pipeline: Pipeline) -> None:
    """Neither table of a source table has its excluded columns; the static one has the key."""
    columns = pipeline.sql(
        "SELECT table_name, column_name FROM information_schema.columns "
        f"WHERE table_schema = '{pipeline.schema}' AND table_name LIKE 'readings%' ORDER BY 1, 2"
    )
    assert columns == [
        ("readings", "at"),
        ("readings", "device"),
        ("readings", "value"),
        ("readings__static", "device"),
        ("readings__static", "owner"),
        ("readings__with_static", "at"),
        ("readings__with_static", "device"),
        ("readings__with_static", "owner"),
        ("readings__with_static", "value"),
    ]


def test_the_view_shows_what_cql_shows(pipeline: Pipeline, cql: Session) -> None:
    """The view holds each row with its partition's statics, and a partition without rows once."""
    table = f"{pipeline.keyspace}.readings"
    cql.execute(f"INSERT INTO {table} (device, at, value) VALUES ('a', 1, 10)")
    cql.execute(f"INSERT INTO {table} (device, at, value) VALUES ('a', 2, 20)")
    cql.execute(f"INSERT INTO {table} (device, owner) VALUES ('a', 'Ada')")
    cql.execute(f"INSERT INTO {table} (device, at, value) VALUES ('b', 1, 30)")
    cql.execute(f"INSERT INTO {table} (device, owner) VALUES ('c', 'Cleo')")
    statement = f"SELECT device, at, value, owner FROM {table}"
    wanted = sorted(map(tuple, cql.execute(statement)), key=str)
    assert len(wanted) == 4

    def shown() -> list[tuple[object, ...]]:
        view = f"{pipeline.schema}.readings__with_static"
        return sorted(pipeline.sql(f"SELECT device, at, value, owner FROM {view}"), key=str)

    until(lambda: shown() == wanted, within=60, what="rows and statics arrive")
    cql.execute(f"DELETE owner FROM {table} WHERE device = 'c'")
    until(lambda: len(shown()) == 3, within=60, what="statics that are all null are gone")


def test_the_first_static_column_is_in_the_next_plan(pipeline: Pipeline, cql: Session) -> None:
    """The source goes on when a table gets its first static column; a plan makes what is missing.

    What was written to it in between is not lost: it waits in a topic that Connect has made.
    """
    table = f"{pipeline.keyspace}.plain"
    cql.execute(f"ALTER TABLE {table} ADD owner text static")
    cql.execute(f"INSERT INTO {table} (device, owner) VALUES ('a', 'Ada')")
    cql.execute(f"INSERT INTO {table} (device, at, value) VALUES ('a', 1, 10)")
    rows = f"SELECT value FROM {pipeline.schema}.plain WHERE device = 'a'"
    until(lambda: pipeline.sql(rows) == [(10,)], within=60, what="rows go on")
    topic = f"{pipeline.name}.{pipeline.schema}.plain__static"
    topics = Topics(pipeline.endpoints.kafka.bootstrap_servers)
    until(lambda: topic in topics.names(), within=60, what="the source makes the topic")
    assert topics.describe([topic])[topic].partitions == 2
    with ConnectClient(pipeline.endpoints.connect.url) as client:
        status = client.status(f"{pipeline.name}.plain.source")
    assert status is not None
    assert status.healthy(1)
    assert pipeline.steps() == {
        "create": [
            f"topic {pipeline.name}.plain__static.sink.dlq",
            f"table {pipeline.schema}.plain__static",
            f"view {pipeline.schema}.plain__with_static",
            f"connector {pipeline.name}.plain__static.sink",
        ]
    }
    assert pipeline.run("apply").code == 0
    view = f"SELECT device, at, value, owner FROM {pipeline.schema}.plain__with_static"
    until(lambda: pipeline.sql(view) == [("a", 1, 10, "Ada")], within=60, what="the static arrives")


def test_a_new_column_comes_into_the_view_with_the_next_plan(
    pipeline: Pipeline, cql: Session
) -> None:
    """The sink adds a column to its table by itself; the view follows when a plan is applied."""
    table = f"{pipeline.keyspace}.readings"
    cql.execute(f"ALTER TABLE {table} ADD unit text")
    assert pipeline.run("apply").code == 0
    assert pipeline.steps() == {}
    assert pipeline.sql(f"SELECT unit FROM {pipeline.schema}.readings__with_static LIMIT 0") == []


def test_destroy_takes_the_static_side_too(stack: Stack, tmp_path: Path) -> None:
    """With --delete-data the view, both tables, both topics and both sinks are gone."""
    with own_pipeline(stack, tmp_path, (READINGS,)) as made:
        assert made.run("apply").code == 0
        kept = made.run("destroy", "--yes").document["events"]
        assert {
            "event": "kept",
            "kind": "view",
            "name": f"{made.schema}.readings__with_static",
        } in (kept)
        gone = made.run("destroy", "--yes", "--delete-data").document["events"]
        names = {event["name"] for event in gone if event["event"] == "deleted"}
        assert {
            f"{made.schema}.readings__with_static",
            f"{made.schema}.readings__static",
            f"{made.schema}.readings",
            f"{made.name}.{made.schema}.readings__static",
        } <= names
        assert made.run("destroy", "--yes", "--delete-data").document == {"events": []}


def test_a_table_that_leaves_the_spec_takes_all_of_it_along(
    stack: Stack, cql: Session, tmp_path: Path
) -> None:
    """`apply --delete-data` deletes the view before its tables, and the topics' schemas too."""
    with own_pipeline(stack, tmp_path, (READINGS, PLAIN)) as made:
        assert made.run("apply").code == 0
        for table in ("readings", "plain"):
            cql.execute(f"INSERT INTO {made.keyspace}.{table} (device, at) VALUES ('d', 1)")

        def rows() -> list[tuple[int]]:
            tables = ("readings", "plain")
            return [made.sql(f"SELECT count(*) FROM {made.schema}.{t}")[0] for t in tables]

        until(lambda: rows() == [(1,), (1,)], within=60, what="a row in each table")

        def subjects() -> list[str]:
            with RegistryClient.of(made.endpoints.registry) as registry:
                there = registry.subjects()
            prefix = f"{made.name}.{made.schema}."
            return [one.removeprefix(prefix) for one in there if one.startswith(prefix)]

        assert set(subjects()) >= {"plain-key", "plain-value", "readings-key", "readings-value"}
        text = made.file.read_text()
        shorter = "".join(line for line in text.splitlines(True) if "name: readings" not in line)
        assert shorter != text
        made.file.write_text(shorter)
        said = made.run("apply", "--delete-data")
        assert said.code == 0, said.output
        left = made.sql(
            "SELECT table_name FROM information_schema.tables "
            f"WHERE table_schema = '{made.schema}' ORDER BY 1"
        )
        assert left == [("plain",)]
        assert subjects() == ["plain-key", "plain-value"]
        plan = made.run("plan")
        assert (plan.code, plan.document["notes"]) == (0, []), plan.output
