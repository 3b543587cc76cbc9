"""Offsets on the real stack: shown, rewound, forgotten, kept in a file and put back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, Said, own_pipeline
from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.deployer.offsets.alterations import Alteration, Alterations, Entry
from messina.deployer.offsets.altering import LeftStopped, carry_out
from messina.deployer.offsets.reading import read
from messina.deployer.site import Site
from messina.kafka import ConnectClient, Topics
from messina.pipeline import load_spec
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture()
def connect(stack: Stack) -> Iterator[ConnectClient]:
    with ConnectClient(stack.endpoints.connect.url) as client:
        yield client


@pytest.fixture(scope="module")
def pipeline(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline that runs; each test leaves it running."""
    with own_pipeline(stack, tmp_path_factory.mktemp("offsets")) as made:
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


def offsets(pipeline: Pipeline, command: str, *options: str) -> Said:
    """Run an offsets command with --json."""
    where = ["--endpoints", str(pipeline.endpoints_file), "--json"]
    result = CliRunner().invoke(app, ["offsets", command, str(pipeline.file), *options, *where])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    lines = result.stdout.strip().splitlines()
    return Said(result.exit_code, json.loads(lines[-1]) if lines else None, result.output)


def insert(cql: Session, pipeline: Pipeline, key: int) -> None:
    """Write a row at the source."""
    cql.execute(f"INSERT INTO {pipeline.keyspace}.flights (id, carrier) VALUES ({key}, 'UA')")


def arrives(pipeline: Pipeline, key: int) -> None:
    """Wait for a row in the sink."""
    until(lambda: pipeline.flight(key) is not None, within=60, what=f"row {key} arrives")


def lose(pipeline: Pipeline, key: int) -> None:
    """Delete a row of the sink by hand."""
    pipeline.sql(f"DELETE FROM {pipeline.schema}.flights WHERE id = {key}")
    assert pipeline.flight(key) is None


def recreate(cql: Session, pipeline: Pipeline) -> None:
    """Drop the table and make it again: the same, with another id."""
    cql.execute(f"DROP TABLE {pipeline.keyspace}.flights")
    cql.execute(
        f"CREATE TABLE {pipeline.keyspace}.flights (id int PRIMARY KEY, carrier text, "
        "\"Order\" int) WITH cdc = {'enabled': true}"
    )


def table(pipeline: Pipeline) -> Any:
    """What `show` says of the table."""
    said = offsets(pipeline, "show")
    assert said.code == 0, said.output
    (found,) = said.document["tables"]
    return found


def test_show_says_where_both_sides_stand(pipeline: Pipeline, cql: Session) -> None:
    """Both slices have times, and once a row has arrived the sink has nothing unread."""
    insert(cql, pipeline, 1)
    arrives(pipeline, 1)
    until(
        lambda: table(pipeline)["sinks"][0]["unread"]
        == {f"{pipeline.topic}-0": 0, f"{pipeline.topic}-1": 0},
        within=30,
        what="the sink has nothing unread, whatever markers lie behind",
    )
    found = table(pipeline)
    assert [p["slice"] for p in found["source"]["positions"]] == [0, 1]
    assert found["source"]["state"] == found["sinks"][0]["state"] == "RUNNING"
    text = CliRunner().invoke(
        app, ["offsets", "show", str(pipeline.file), "--endpoints", str(pipeline.endpoints_file)]
    )
    assert text.exit_code == 0
    assert "slice 1: fast 20" in text.stdout


def test_a_source_that_is_rewound_reads_again(pipeline: Pipeline, cql: Session) -> None:
    """A row that the sink lost comes back once its source goes back before the row's write."""
    insert(cql, pipeline, 2)
    arrives(pipeline, 2)
    lose(pipeline, 2)
    said = offsets(pipeline, "rewind", "--to", "5m")
    assert said.code == 0, said.output
    assert [e["event"] for e in said.document["events"]] == ["stopped", "altered", "went on"]
    assert said.document["alterations"][0]["entries"][0]["after"]["table_id"]
    arrives(pipeline, 2)
    assert pipeline.run("status").code == 0


def test_a_sink_that_is_rewound_applies_again(pipeline: Pipeline, cql: Session) -> None:
    """A row that the sink lost comes back once the sink reads its topic from then on."""
    insert(cql, pipeline, 3)
    arrives(pipeline, 3)
    lose(pipeline, 3)
    until(
        lambda: sum(table(pipeline)["sinks"][0]["unread"].values()) == 0,
        within=30,
        what="the sink has committed the row",
    )
    said = offsets(pipeline, "rewind", "--to", "5m", "--side", "sinks")
    assert said.code == 0, said.output
    assert [a["member"]["role"] for a in said.document["alterations"]] == ["sink"]
    arrives(pipeline, 3)


def test_a_time_before_the_log_is_refused(pipeline: Pipeline, connect: ConnectClient) -> None:
    """A time that the log's ttl (a day) does not reach is refused; nothing is stopped."""
    said = offsets(pipeline, "rewind", "--to", "2d")
    assert said.code == 1
    assert f"the log of {pipeline.keyspace}.flights is kept from" in said.output
    assert pipeline.run("status").code == 0


def test_what_was_stopped_stays_stopped(pipeline: Pipeline, connect: ConnectClient) -> None:
    """A connector that was STOPPED is altered and stays so; a paused one is paused again."""
    name = f"{pipeline.name}.flights.source"
    connect.stop(name)
    said = offsets(pipeline, "rewind", "--to", "6m")
    assert [e["event"] for e in said.document["events"]] == ["altered", "stays stopped"]
    assert offsets(pipeline, "rewind", "--to", "1m").document["events"] == [], "never forward"
    connect.resume(name)
    connect.pause(name)
    connect.wait(name, lambda s: s.connector.state == "PAUSED", "be PAUSED")
    said = offsets(pipeline, "rewind", "--to", "8m")
    assert said.document["events"][-1]["state"] == "PAUSED"
    assert pipeline.run("apply").code == 0


def test_a_refusal_in_the_middle_names_what_is_stopped(pipeline: Pipeline) -> None:
    """Where Connect refuses an offset, what was stopped is named and apply lets it go on."""
    spec = load_spec(pipeline.file)
    with Site(pipeline.endpoints) as site:
        source = next(s for s in read(site, spec) if s.member.role == "source")
        wrong = source.positions[0].model_copy(update={"slice": 99})
        entry = Entry(table="", place="slice 99", before=None, after=wrong)
        plan = Alterations(
            verb="restore",
            pipeline=spec.pipeline,
            alterations=(Alteration(member=source.member, entries=(entry,)),),
        )
        with pytest.raises(LeftStopped, match="there are only the slices 0 to 1") as left:
            list(carry_out(site, plan))
        assert left.value.stopped == (source.member.name,)
        assert "no offset was altered" in str(left.value)
        status = site.connect.status(source.member.name)
        assert status is not None
        assert status.connector.state == "STOPPED"
    assert pipeline.run("apply").code == 0
    assert pipeline.run("status").code == 0


def test_a_backup_brings_back_what_was_forgotten(
    pipeline: Pipeline, connect: ConnectClient, cql: Session, tmp_path: Path
) -> None:
    """A row that was skipped by setting the source to now arrives once the backup is restored."""
    file = tmp_path / "b.json"
    said = offsets(pipeline, "backup", "--out", str(file))
    assert said.code == 0, said.output
    assert said.document["tables"][0]["applied"] is True
    name = f"{pipeline.name}.flights.source"
    connect.stop(name)
    insert(cql, pipeline, 4)
    where = ["--endpoints", str(pipeline.endpoints_file)]
    refused = CliRunner().invoke(
        app, ["offsets", "reset", str(pipeline.file), "--to", "now", *where], input="n\n"
    )
    assert refused.exit_code == 1
    assert "nothing was stopped or changed; next: the same command with --yes" in refused.output
    assert offsets(pipeline, "reset", "--to", "now", "--yes").code == 0
    assert pipeline.run("apply").code == 0
    insert(cql, pipeline, 5)
    arrives(pipeline, 5)
    assert pipeline.flight(4) is None
    said = offsets(pipeline, "restore", str(file))
    assert said.code == 0, said.output
    arrives(pipeline, 4)
    assert pipeline.run("status").code == 0
    assert offsets(pipeline, "backup", "--out", str(file)).code == 1, "never replaced unasked"


def test_a_sink_that_forgets_reads_its_topic_again(pipeline: Pipeline, cql: Session) -> None:
    """A row that the sink lost comes back once the sink begins with the topic's oldest record."""
    insert(cql, pipeline, 6)
    arrives(pipeline, 6)
    lose(pipeline, 6)
    said = offsets(pipeline, "reset", "--side", "sinks", "--yes")
    assert said.code == 0, said.output
    assert {e["after"] for a in said.document["alterations"] for e in a["entries"]} == {None}
    assert "oldest record that is kept" in said.document["notes"][0]
    arrives(pipeline, 6)


def test_a_source_that_forgets_begins_now(
    pipeline: Pipeline, connect: ConnectClient, cql: Session
) -> None:
    """What was written before it began is skipped, as was told, and a rewind reads it."""
    connect.stop(f"{pipeline.name}.flights.source")
    insert(cql, pipeline, 7)
    said = offsets(pipeline, "reset", "--yes")
    assert said.code == 0, said.output
    assert "is never read" in said.document["notes"][0]
    assert table(pipeline)["source"]["positions"] == []
    assert pipeline.run("apply").code == 0
    insert(cql, pipeline, 8)
    arrives(pipeline, 8)
    assert pipeline.flight(7) is None
    assert offsets(pipeline, "rewind", "--to", "5m").code == 0
    arrives(pipeline, 7)


def test_a_table_made_anew_goes_on_from_now(stack: Stack, cql: Session, tmp_path: Path) -> None:
    """Its source stops when the table is dropped and created; reset --to now lets it go on."""
    with own_pipeline(stack, tmp_path) as own:
        assert own.run("apply").code == 0
        insert(cql, own, 1)
        arrives(own, 1)
        recreate(cql, own)
        until(lambda: table(own)["source"]["state"] == "FAILED", within=90, what="it stops")
        said = offsets(own, "reset", "--to", "now", "--yes")
        assert said.code == 0, said.output
        insert(cql, own, 2)
        arrives(own, 2)
        assert own.flight(1) is not None, "what the old table had stays in the sink"


def test_a_backup_of_what_is_gone_is_refused(
    stack: Stack, connect: ConnectClient, cql: Session, tmp_path: Path
) -> None:
    """After destroy --delete-data and apply, sinks and the emptied table are told and refused."""
    with own_pipeline(stack, tmp_path) as own:
        assert own.run("apply").code == 0
        insert(cql, own, 1)
        arrives(own, 1)
        file = str(tmp_path / "b.json")
        assert offsets(own, "backup", "--out", file).code == 0
        assert own.run("destroy", "--yes", "--delete-data").code == 0
        said = offsets(own, "restore", file)
        assert said.code == 1
        assert f"next: messina deploy apply {own.file}" in said.output
        assert own.run("apply").code == 0
        said = offsets(own, "restore", file)
        assert said.code == 1
        assert f"topic {own.topic} was deleted and made anew" in said.output
        assert f"Postgres has no rows in {own.schema}.flights" in said.output
        assert own.run("status").code == 0, "nothing was stopped"
        said = offsets(own, "restore", file, "--sources-only", "--empty-sink")
        assert said.code == 0, said.output
        recreate(cql, own)
        said = offsets(own, "restore", file, "--sources-only", "--empty-sink")
        assert said.code == 1
        assert "is another table than the backup's" in said.output
        topics = Topics(own.endpoints.kafka.bootstrap_servers)
        assert own.topic in topics.names()
