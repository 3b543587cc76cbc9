"""Drift, saved plans and what is left over, on the real stack."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cassandra.cluster import Session
from deployer_pipelines import FLIGHTS, Pipeline, Said, own_pipeline
from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.kafka import ConnectClient, Topics
from messina.pipeline import Endpoints
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

NOTES = "notes (id int PRIMARY KEY, note text)"


@pytest.fixture()
def connect(endpoints: Endpoints) -> Iterator[ConnectClient]:
    with ConnectClient(endpoints.connect.url) as client:
        yield client


@pytest.fixture(scope="module")
def applied(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline of two tables that runs; each test leaves it as it was."""
    folder = tmp_path_factory.mktemp("drift")
    with own_pipeline(stack, folder, tables=(FLIGHTS, NOTES)) as made:
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


@contextmanager
def edited(pipeline: Pipeline, old: str, new: str) -> Iterator[None]:
    """Put something else into the spec, for a while."""
    text = pipeline.file.read_text()
    assert old in text
    pipeline.file.write_text(text.replace(old, new))
    try:
        yield
    finally:
        pipeline.file.write_text(text)


def apply_saved(plan: Path) -> Said:
    """Apply a saved plan."""
    result = CliRunner().invoke(app, ["apply", str(plan), "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, json.loads(result.stdout), result.output)


def retention(pipeline: Pipeline, value: str) -> None:
    topics = Topics(pipeline.endpoints.kafka.bootstrap_servers)
    topics.alter(pipeline.topic, {"retention.ms": value})


def test_a_column_that_refuses_null_is_refused_with_what_to_do(applied: Pipeline) -> None:
    """A column that somebody added, NOT NULL and without default, would stop the sink: refused."""
    table = f"{applied.schema}.flights"
    applied.sql(f"ALTER TABLE {table} ADD COLUMN checked boolean NOT NULL")
    for command in ("plan", "apply"):
        said = applied.run(command)
        assert said.code == 1
        assert f"{applied.file}:6:11: the sink would stop at the first new row" in said.output
        assert "column checked, which the source does not have, refuses null" in said.output
        assert f'ALTER TABLE "{applied.schema}"."flights" ALTER COLUMN "checked"' in said.output
    applied.sql(f"ALTER TABLE {table} ALTER COLUMN checked SET DEFAULT false")
    assert applied.steps() == {}, "with a default, Postgres fills it: it is left alone"
    applied.sql(f"ALTER TABLE {table} DROP COLUMN checked")


def test_one_changed_table_touches_one_connector(applied: Pipeline) -> None:
    """A setting of one table in the spec is one step of the plan, and nothing else is touched."""
    with edited(applied, "- name: notes", "- {name: notes, exclude: [note]}"):
        assert applied.steps() == {"change": [f"connector {applied.name}.notes.source"]}
        said = applied.run("apply")
        assert said.document["summary"] == {"change": 1, "unchanged": 17}
    assert applied.run("apply").code == 0
    assert applied.steps() == {}


def test_a_secret_that_somebody_wrote_out_is_said_by_no_command(
    applied: Pipeline, connect: ConnectClient, tmp_path: Path
) -> None:
    """Drift by hand with a password in it: plan, its file, status, describe and apply hide it."""
    literal = f"hunter-{secrets.token_hex(6)}"
    there = connect.get(applied.sink)
    assert there is not None
    config = {name: value for name, value in there.config.items() if value is not None}
    by_hand = {
        "connection.url": f"{config['connection.url']}&password={literal}",
        "value.converter.basic.auth.user.info": f"u:{literal}",
        "mask.key": literal,
        "apikey": literal,
        "connection.passwd": f"${{env:A}}{literal}",
    }
    connect.put(applied.sink, {**config, **by_hand})
    saved = tmp_path / "plan.json"
    said = {
        "plan": applied.run("plan", "--out", str(saved)),
        "describe": applied.run("describe"),
        "status": applied.run("status"),
    }
    assert said["plan"].code == 2, said["plan"].output
    (change,) = (a for a in said["plan"].document["actions"] if a["action"] == "change")
    assert {one["field"] for one in change["changes"]} == set(by_hand)
    said["apply"] = applied.run("apply")
    assert said["apply"].code == 0
    assert [name for name, one in said.items() if literal in one.output] == []
    assert literal not in saved.read_text()
    assert applied.steps() == {}


def test_a_saved_plan_is_refused_when_the_world_has_moved(
    applied: Pipeline, tmp_path: Path
) -> None:
    """A saved plan is carried out in the world it was made in; in another it says what moved."""
    saved = tmp_path / "plan.json"
    retention(applied, "1000")
    assert applied.run("plan", "--out", str(saved)).code == 2
    retention(applied, "2000")
    applied.sql(f"ALTER TABLE {applied.schema}.notes DROP COLUMN note")
    said = apply_saved(saved)
    assert said.code == 2
    assert {one["what"]: one["how"] for one in said.document["moved"]} == {
        f"topic {applied.topic}": "has changed",
        f"table {applied.schema}.notes": "has changed",
    }
    (topic,) = (one for one in said.document["moved"] if one["what"].startswith("topic"))
    assert topic["changes"] == [{"field": "retention.ms", "old": "2000", "new": "604800000"}]
    assert f"next: messina deploy plan {applied.file} --out {saved}" in said.document["error"]
    assert len(applied.steps()["change"]) == 2, "nothing was changed"
    assert applied.run("plan", "--out", str(saved)).code == 2
    assert apply_saved(saved).code == 0
    assert applied.steps() == {}
    assert apply_saved(saved).code == 2, "it has been carried out: that world is gone"


def test_a_saved_plan_is_refused_when_another_table_fits_its_pattern(
    stack: Stack, cql: Session, tmp_path: Path
) -> None:
    """A plan knows the patterns that its tables were found by; one that is excluded is no move."""
    with (
        own_pipeline(stack, tmp_path, ("t1 (id int PRIMARY KEY)",)) as made,
        edited(made, "  - name: t1\n", '  - pattern: "t?"\nexclude_tables: [tx]\n'),
    ):
        saved = tmp_path / "plan.json"
        assert made.run("plan", "--out", str(saved)).code == 2
        for table in ("tx", "other", "t2"):
            cql.execute(
                f"CREATE TABLE {made.keyspace}.{table} (id int PRIMARY KEY) "
                "WITH cdc = {'enabled': true}"
            )
        said = apply_saved(saved)
        assert said.code == 2
        assert {one["what"]: one["how"] for one in said.document["moved"]} == {
            "source table t2": "is there now"
        }


def test_a_table_that_the_spec_drops_loses_its_connectors_and_keeps_its_data(
    applied: Pipeline, connect: ConnectClient
) -> None:
    """Connectors that the spec wants no more are deleted; data is named, and goes when asked."""
    with edited(applied, "  - name: notes\n", ""):
        gone = [f"{applied.name}.notes.{role}" for role in ("sink", "source")]
        said = applied.run("plan")
        assert applied.steps() == {"delete": [f"connector {name}" for name in gone]}
        notes = "\n".join(said.document["notes"])
        assert f"table {applied.schema}.notes stays" in notes
        assert f"topic {applied.name}.{applied.schema}.notes stays" in notes
        assert applied.run("apply").code == 0
        assert not set(gone) & set(connect.names())
        assert applied.sql(f"SELECT count(*) FROM {applied.schema}.notes") == [(0,)]
        assert applied.steps() == {}
        assert f"topic {gone[0]}.dlq stays" in notes
        assert applied.run("apply", "--delete-data").document["summary"]["delete"] == 3
        assert applied.sql(f"SELECT to_regclass('{applied.schema}.notes')") == [(None,)]
        assert applied.run("plan").document["notes"] == []
    assert applied.run("apply").code == 0


def test_tables_of_another_name_are_found_by_what_fills_them(stack: Stack, tmp_path: Path) -> None:
    """A table called otherwise (`to`), then once more, then left out of the spec: its data is
    named each time, and `--delete-data` of `apply` and of `destroy` deletes it, view and all."""
    columns = "(id int, n int, s text static, v text, PRIMARY KEY (id, n))"
    with own_pipeline(stack, tmp_path, [f"t {columns}", "u (id int PRIMARY KEY)"]) as made:

        def there() -> set[str]:
            rows = made.sql(
                f"SELECT table_name FROM information_schema.tables"
                f" WHERE table_schema = '{made.schema}'"
            )
            return {name for (name,) in rows}

        def named(kind: str) -> set[str]:
            notes = made.run("plan").document["notes"]
            said = (one.split(" stays, ")[0] for one in notes if " stays, as it holds" in one)
            return {one.rpartition(".")[2] for one in said if one.startswith(kind)}

        of_t = {"t", "t__static", "t__with_static"}
        with edited(made, "- name: t\n", "- {name: t, to: first}\n"):
            assert made.run("apply").code == 0
            first = {one.replace("t", "first", 1) for one in of_t}
            assert there() == {*first, "u"}
        with edited(made, "- name: t\n", "- {name: t, to: second}\n"):
            assert named("table") == {"first", "first__static"}
            assert made.run("apply", "--delete-data").code == 0
            second = {one.replace("t", "second", 1) for one in of_t}
            assert there() == {*second, "u"}
        with edited(made, "  - name: t\n", ""):
            assert made.run("apply").code == 0
            assert named("table") == {"second", "second__static"}
            assert named("topic") == {"t", "t__static", "dlq"}
            kept = made.run("destroy", "--yes").document["events"]
            assert f"{made.schema}.second" in {one["name"] for one in kept}
            gone = made.run("destroy", "--yes", "--delete-data").document["events"]
            assert {one["event"] for one in gone} == {"deleted"}
            assert there() == set()


def test_a_table_of_another_pipeline_is_left_to_it(applied: Pipeline, tmp_path: Path) -> None:
    """A second pipeline over the same tables is refused, in one command with the first one's plan;
    a saved plan takes no options."""
    other = tmp_path / "other.yaml"
    text = applied.file.read_text()
    other.write_text(text.replace(f"pipeline: {applied.name}", f"pipeline: x{applied.name}"))
    said = applied.run("plan", str(other))
    assert said.code == 1
    assert f"is written by the sink {applied.sink} already" in said.output
    saved = tmp_path / "plan.json"
    assert applied.run("plan", "--out", str(saved)).code == 0
    result = CliRunner().invoke(app, ["apply", str(saved), "--delete-data", "--env", "prod"])
    assert result.exit_code != 0
    assert "is a saved plan" in " ".join(result.output.replace("│", " ").split())


def test_another_bulkhead_goes_on_where_the_old_one_stood(
    applied: Pipeline, connect: ConnectClient, cql: Session
) -> None:
    """Two connectors become one, and two again: what was written while nobody read arrives."""

    def missed(key: int, reader: str) -> None:
        connect.stop(reader)
        cql.execute(f"INSERT INTO {applied.schema}.flights (id, carrier) VALUES ({key}, 'UA')")

    def arrived(key: int) -> None:
        until(lambda: applied.flight(key) is not None, within=60, what="the row arrives")

    with edited(applied, "defaults:", "bulkhead: pipeline\ndefaults:"):
        missed(1, f"{applied.name}.flights.source")
        said = applied.run("apply")
        assert said.code == 0, said.output
        assert said.document["summary"]["create"] == 3, "two connectors, and dead letters"
        assert said.document["summary"]["delete"] == 4
        arrived(1)
        assert applied.steps() == {}
        missed(2, f"{applied.name}.all.source")
    said = applied.run("apply")
    assert said.code == 0, said.output
    arrived(2)
    assert applied.steps() == {}
    assert not any(name.startswith(f"{applied.name}.all.") for name in connect.names())


def test_offsets_that_a_destroy_has_kept_go_with_the_next(
    applied: Pipeline, connect: ConnectClient
) -> None:
    """`destroy`, then `destroy --delete-data`: the offsets that the first has left are deleted."""
    assert applied.run("destroy", "--yes").code == 0
    assert applied.run("apply").code == 0
    source = f"{applied.name}.flights.source"
    assert any(offset.offset for offset in connect.offsets(source))
    assert applied.run("destroy", "--yes").code == 0
    said = applied.run("destroy", "--yes", "--delete-data")
    forgotten = {e["name"] for e in said.document["events"] if e["kind"] == "offsets"}
    tables = ("flights", "notes")
    assert forgotten == {f"{applied.name}.{t}.{r}" for t in tables for r in ("source", "sink")}
    assert {e["event"] for e in said.document["events"]} == {"deleted"}
    assert not any(name.startswith(applied.name) for name in connect.names())
    assert applied.run("destroy", "--yes", "--delete-data").document == {"events": []}
