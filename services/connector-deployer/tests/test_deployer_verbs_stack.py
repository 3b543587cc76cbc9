"""Status, health and the verbs, against the real Connect: what they see, do and leave."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from deployer_pipelines import FLIGHTS, Pipeline, own_pipeline
from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.kafka import ConnectClient
from messina.pipeline import Endpoints
from messina.secrets import resolve
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

READINGS = "readings (device text, at int, value int, owner text static, PRIMARY KEY (device, at))"


@pytest.fixture()
def connect(endpoints: Endpoints) -> Iterator[ConnectClient]:
    with ConnectClient(endpoints.connect.url) as client:
        yield client


@pytest.fixture(scope="module")
def shared(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("verbs")
    with own_pipeline(stack, folder, (FLIGHTS, READINGS)) as made:
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


@pytest.fixture()
def pipeline(shared: Pipeline) -> Pipeline:
    """A pipeline that runs, has nothing waiting, and is left so."""
    until(lambda: waiting(shared) == (0, 0), within=60, what="everything is in Postgres")
    assert shared.run("status").code == 0
    return shared


def elsewhere(pipeline: Pipeline, folder: Path, **systems: dict[str, Any]) -> list[str]:
    """Options that name endpoints of which some are other ones."""
    document = json.loads(pipeline.endpoints_file.read_text())
    file = folder / "elsewhere.json"
    file.write_text(json.dumps({**document, **systems}))
    return ["--endpoints", str(file)]


def table(pipeline: Pipeline, name: str = "flights") -> dict[str, Any]:
    """The status of one table."""
    tables: list[dict[str, Any]] = pipeline.run("status").document["tables"]
    return next(one for one in tables if one["table"] == name)


def waiting(pipeline: Pipeline) -> tuple[int, int]:
    """How many changes wait for the sinks of `flights` and of the statics of `readings`."""
    flights, readings = pipeline.run("status").document["tables"]
    return flights["lag"]["rows"], readings["static_lag"]["rows"]


def test_the_lag_of_a_paused_sink_is_its_rows_and_then_none(
    pipeline: Pipeline, cql: Session
) -> None:
    """Rows that a paused sink has before it are counted one by one, with their age; resume: 0."""
    said = pipeline.run("pause", "--table", "flights", "--only", "sink")
    assert (said.code, [one["did"] for one in said.document["outcomes"]]) == (0, ["paused"])
    name = f"{pipeline.keyspace}.flights"
    begin = time.monotonic()
    for key in range(100, 107):
        cql.execute(f"INSERT INTO {name} (id, carrier) VALUES ({key}, 'UA')")
    until(lambda: waiting(pipeline)[0] >= 7, within=60, what="7 rows wait")
    lag = table(pipeline)["lag"]
    assert (lag["rows"], lag["exact"], lag["expired"]) == (7, True, 0)
    assert 0 < lag["sink_s"] <= time.monotonic() - begin
    assert lag["source_s"] < lag["swept_s"], "the first look is ahead of the second"
    cql.execute(f"DELETE FROM {name} WHERE id = 100")
    until(lambda: waiting(pipeline)[0] == 8, within=60, what="a deletion is one change more")
    assert pipeline.run("health").code == 1
    late = pipeline.run("health", "--max-lag", "1ms")
    assert any("8 changes wait" in reason for reason in late.document["reasons"])
    assert [o["did"] for o in pipeline.run("resume").document["outcomes"]].count("resumed") == 1
    until(lambda: waiting(pipeline) == (0, 0), within=60, what="nothing waits")
    assert table(pipeline)["lag"]["sink_s"] == 0
    assert pipeline.flight(106) == ("UA", None)
    assert pipeline.run("health", "--max-lag", "60s").code == 0


def test_statics_have_their_own_lag(pipeline: Pipeline, cql: Session) -> None:
    """What waits for the sink of static columns is counted there, not with the table's rows."""
    sink = f"{pipeline.name}.readings__static.sink"
    said = pipeline.run("pause", "--table", "readings__static")
    assert [one["connector"] for one in said.document["outcomes"]] == [sink]
    for device in "abc":
        cql.execute(
            f"INSERT INTO {pipeline.keyspace}.readings (device, owner) VALUES ('{device}', 'Ada')"
        )
    until(lambda: waiting(pipeline)[1] == 3, within=60, what="3 statics wait")
    shown = table(pipeline, "readings")
    assert shown["static_sink"]["state"] == "PAUSED"
    assert shown["lag"]["rows"] == 0
    reasons = pipeline.run("health").document["reasons"]
    assert reasons == [f"readings: connector {sink} is PAUSED, 0 of 1 tasks run: task 0 is PAUSED"]
    assert pipeline.run("resume", "--table", "readings").code == 0
    until(lambda: waiting(pipeline) == (0, 0), within=60, what="nothing waits")


def test_a_verb_that_is_repeated_leaves_all(pipeline: Pipeline) -> None:
    """Pause, resume and restart of what is so already leave it, each with the reason."""
    first = pipeline.run("pause", "--only", "source")
    again = pipeline.run("pause", "--only", "source")
    assert {one["did"] for one in first.document["outcomes"]} == {"paused"}
    assert {(o["did"], o["reason"]) for o in again.document["outcomes"]} == {
        ("left", "it is PAUSED already")
    }
    held = pipeline.run("restart", "--only", "source", "--all")
    assert {o["reason"] for o in held.document["outcomes"]} == {
        "it is PAUSED; next: messina deploy resume"
    }
    on = pipeline.run("resume")
    done = {one["connector"].rpartition(".")[2]: one["did"] for one in on.document["outcomes"]}
    assert done == {"source": "resumed", "sink": "left"}
    nothing = pipeline.run("restart")
    assert {(o["did"], o["reason"]) for o in nothing.document["outcomes"]} == {
        ("left", "nothing of it has failed")
    }
    everything = pipeline.run("restart", "--all", "--table", "flights")
    assert (everything.code, len(everything.document["outcomes"])) == (0, 2)
    assert {one["did"] for one in everything.document["outcomes"]} == {"restarted"}
    assert {one["after"] for one in everything.document["outcomes"]} == {"RUNNING"}


def test_what_was_stopped_by_hand_is_resumed(pipeline: Pipeline, connect: ConnectClient) -> None:
    """A connector that was stopped through REST shows as STOPPED, is not restarted, and resumes."""
    connect.stop(pipeline.sink)
    shown = table(pipeline)["sink"]
    assert (shown["state"], shown["running"], shown["tasks"]) == ("STOPPED", 0, [])
    (left,) = pipeline.run("restart", "--table", "flights", "--only", "sink").document["outcomes"]
    assert left["reason"] == "it is STOPPED; next: messina deploy resume"
    (done,) = pipeline.run("resume", "--table", "flights", "--only", "sink").document["outcomes"]
    assert (done["did"], done["before"], done["after"]) == ("resumed", "STOPPED", "RUNNING")


def test_a_failed_task_is_shown_whole_and_restarted(pipeline: Pipeline, cql: Session) -> None:
    """A failed task has its error in status and describe; restart says if it failed again."""
    name = f"{pipeline.keyspace}.flights"
    pipeline.forbid("no_200")
    cql.execute(f"INSERT INTO {name} (id, carrier) VALUES (200, 'UA')")
    until(lambda: pipeline.run("health").code == 1, within=120, what="the task fails")
    (reason,) = pipeline.run("health").document["reasons"]
    assert f"connector {pipeline.sink} is FAILED, 0 of 1 tasks run: task 0 is FAILED" in reason
    assert "no_200" in reason
    (told,) = pipeline.run("describe", "--table", "flights", "--only", "sink").document[
        "connectors"
    ]
    assert "\n\tat " in told["errors"]["task 0"], "the trace is whole"
    (left,) = pipeline.run("resume", "--table", "flights", "--only", "sink").document["outcomes"]
    assert "messina deploy restart" in left["reason"]

    def failed_again() -> list[dict[str, Any]]:
        said = pipeline.run("restart")
        return [one for one in said.document["outcomes"] if one["did"] == "failed" and said.code]

    (failed,) = until(failed_again, within=120, what="a restart sees that it fails again")
    assert failed["connector"] == pipeline.sink
    assert failed["reason"].startswith("it failed again: ")
    pipeline.allow()
    cured = pipeline.run("restart")
    assert cured.code == 0
    assert [o["connector"] for o in cured.document["outcomes"] if o["did"] == "restarted"] == [
        pipeline.sink
    ]
    until(lambda: waiting(pipeline) == (0, 0), within=60, what="the refused row arrives")


def test_a_missing_task_is_not_healthy(pipeline: Pipeline) -> None:
    """A source and a sink that run with fewer tasks than expected are not well: task 1 misses."""
    text = pipeline.file.read_text()
    pipeline.file.write_text(text.replace("tasks: 1", "tasks: 2"))
    shown = table(pipeline)
    said = pipeline.run("health")
    pipeline.file.write_text(text)
    for role in ("source", "sink"):
        assert (shown[role]["state"], shown[role]["running"]) == ("RUNNING", 1)
    assert said.code == 1
    assert (
        f"flights: connector {pipeline.name}.flights.source is RUNNING, 1 of 2 tasks run: "
        "task 1 is missing" in said.document["reasons"]
    )


def test_connect_alone_is_enough(pipeline: Pipeline, tmp_path: Path) -> None:
    """While nothing but Connect answers, states are told, lags are unknown, and soon so."""
    nowhere = elsewhere(
        pipeline,
        tmp_path,
        kafka={"bootstrap_servers": "127.0.0.1:1"},
        registry={"url": "http://127.0.0.1:1"},
        postgres={"host": "127.0.0.1", "port": 1, "database": "d", "user": "u"},
        scylla={"contact_points": ["127.0.0.1:1"], "local_datacenter": "dc"},
    )
    begin = time.monotonic()
    said = pipeline.run("status", *nowhere)
    assert time.monotonic() - begin < 10
    assert said.code == 0
    assert {one["source"]["state"] for one in said.document["tables"]} == {"RUNNING"}
    assert {one["lag"]["rows"] for one in said.document["tables"]} == {None}
    (why,) = said.document["unknown"]
    assert why.startswith("lags are unknown: Kafka at 127.0.0.1:1: ")
    late = pipeline.run("health", "--max-lag", "60s", *nowhere)
    assert (late.code, late.document["reasons"]) == (1, [why])
    assert pipeline.run("health", *nowhere).code == 0


def test_without_connect_the_lag_is_known(pipeline: Pipeline, tmp_path: Path) -> None:
    """While Connect does not answer, states are unknown, with the reason, and lags are told."""
    said = pipeline.run(
        "status", *elsewhere(pipeline, tmp_path, connect={"url": "http://127.0.0.1:1"})
    )
    assert said.code == 1
    flights = said.document["tables"][0]
    assert flights["source"]["state"] == flights["sink"]["state"] == "unknown"
    assert flights["lag"]["rows"] == 0
    (why,) = said.document["unknown"]
    assert why.startswith("states are unknown: Kafka Connect at http://127.0.0.1:1: no answer")


def test_tables_that_share_connectors_have_their_own_lags(
    stack: Stack, tmp_path: Path, cql: Session
) -> None:
    """Tables by pattern in one bulkhead show each with its lag, and are paused together."""
    with own_pipeline(stack, tmp_path, (FLIGHTS, FLIGHTS.replace("flights", "flown", 1))) as made:
        head, _, tables = made.file.read_text().partition("tables:")
        made.file.write_text(f"{head}bulkhead: pipeline\ntables:{tables}")
        pattern = replace(made, file=tmp_path / "pattern.yaml")
        pattern.file.write_text(f"{head}bulkhead: pipeline\ntables:\n  - pattern: 'fl*'\n")
        said = pattern.run("status")
        assert said.code == 1
        assert "no connector carries one that fits; next: messina deploy plan" in said.output
        assert made.run("apply").code == 0
        (one,) = made.run("pause", "--table", "flown", "--only", "sink").document["outcomes"]
        assert one["tables"] == ["flights", "flown"]
        for key in range(4):
            cql.execute(f"INSERT INTO {made.keyspace}.flown (id, carrier) VALUES ({key}, 'UA')")

        def rows() -> dict[str, int]:
            return {t["table"]: t["lag"]["rows"] for t in pattern.run("status").document["tables"]}

        until(lambda: rows() == {"flights": 0, "flown": 4}, within=60, what="4 rows wait")
        assert made.run("resume").code == 0
        until(lambda: rows() == {"flights": 0, "flown": 0}, within=60, what="nothing waits")


def test_what_is_described_has_no_secret(pipeline: Pipeline) -> None:
    """Describe shows configuration, tasks, topics and offsets, and secrets by reference only."""
    reference = pipeline.endpoints.postgres.password
    assert reference is not None
    said = pipeline.run("describe", "--table", "flights")
    assert resolve(reference).reveal() not in said.output
    sink, source = said.document["connectors"]
    assert sink["config"]["connection.password"].startswith("${")
    assert sink["topics"] == [pipeline.topic]
    assert {"kafka_topic", "kafka_partition"} == set(sink["offsets"][0]["partition"])
    assert [offset["partition"]["slice"] for offset in source["offsets"]] == [0, 1]
    assert [task["state"] for task in source["state"]["tasks"]] == ["RUNNING"]
    assert source["errors"] == {}


def test_pipelines_are_found_by_their_connectors(pipeline: Pipeline) -> None:
    """Get lists pipelines, connectors and their tables from Connect alone, by name or pattern."""
    where = ["--endpoints", str(pipeline.endpoints_file), "--json"]
    said = CliRunner().invoke(app, ["get", *where])
    assert pipeline.name in json.loads(said.stdout)["pipelines"]
    said = CliRunner().invoke(app, ["get", f"{pipeline.name}.*.sink", *where])
    assert {one["connector"]: one["tables"] for one in json.loads(said.stdout)["connectors"]} == {
        f"{pipeline.name}.flights.sink": ["flights"],
        f"{pipeline.name}.readings.sink": ["readings"],
        f"{pipeline.name}.readings__static.sink": ["readings__static"],
    }
    said = CliRunner().invoke(app, ["pause", f"{pipeline.name}x", *where])
    assert said.exit_code == 1
    assert f"did you mean {pipeline.name}" in json.loads(said.stdout)["error"]


def test_watching_ends_cleanly(pipeline: Pipeline) -> None:
    """With --watch --json each look is a line; ctrl-C ends it with 0 and no word more."""
    where = ["--endpoints", str(pipeline.endpoints_file)]
    code = "import sys; from messina.deployer.cli import main; main()"
    command = [sys.executable, "-c", code, "status", str(pipeline.file), *where]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [*command, "-w", "--interval", "0.2", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environ,
    ) as running:
        assert running.stdout is not None
        looks = [json.loads(running.stdout.readline()) for _ in range(3)]
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    assert running.returncode == 0
    assert said == ""
    assert [look["healthy"] for look in looks] == [True, True, True]
