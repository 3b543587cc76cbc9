"""The watcher on the real Kafka Connect: what it restarts, stops, tries again and leaves."""

import json
import signal
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import httpx
import pytest
from cassandra import InvalidRequest
from cassandra.cluster import Session
from confluent_kafka import Producer
from deployer_doors import HOST, door
from deployer_pipelines import FLIGHTS, Pipeline, own_pipeline
from deployer_watchers import Watching, refusing, watching

from messina.deployer.watching.acting import Actor
from messina.deployer.watching.away import Away
from messina.deployer.watching.clock import running
from messina.deployer.watching.doors import Doors
from messina.deployer.watching.hands import Hands
from messina.deployer.watching.journal import Fenced, Journal, Recorder, create, say
from messina.deployer.watching.model import Act, Breaker
from messina.deployer.watching.probing_scylla import Scylla
from messina.deployer.watching.saying import words
from messina.kafka import ConnectClient, Topics
from messina.pipeline import KafkaEndpoint
from messina.testing import Stack, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

WATCH = (
    "watch: {backoff: 100ms, longest_backoff: 5s, failures: 2, window: 60s, cooldown: 3s,"
    " longest_cooldown: 10s, quiet: 2s, dead_letters: 20}\n"
)
KEYS = count(1)


@pytest.fixture(scope="module")
def pipeline(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with own_pipeline(stack, tmp_path_factory.mktemp("watching"), (FLIGHTS,)) as made:
        plain = made.file.read_text()
        sink = f"{{schema: {made.schema}, connector: messina}}"
        made.file.write_text(plain.replace(f"{{schema: {made.schema}}}", sink) + WATCH)
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


def write(pipeline: Pipeline, cql: Session) -> int:
    """Write a row; return its key."""
    key = next(KEYS)
    cql.execute(f"INSERT INTO {pipeline.keyspace}.flights (id, carrier) VALUES ({key}, 'UA')")
    return key


def arrived(pipeline: Pipeline, key: int) -> None:
    until(lambda: pipeline.flight(key) is not None, within=40, what=f"row {key} is in Postgres")


def state(pipeline: Pipeline) -> str:
    """The state of the sink, by Kafka Connect."""
    with ConnectClient(pipeline.endpoints.connect.url) as connect:
        status = connect.status(pipeline.sink)
    assert status is not None
    return status.connector.state


def breaker(pipeline: Pipeline) -> dict[str, object]:
    """What `breaker list` says of the sink."""
    found = pipeline.breakers("list")
    return next(one for one in found["breakers"] if one["connector"] == pipeline.sink)


def test_a_failed_task_is_restarted_at_once(pipeline: Pipeline, cql: Session) -> None:
    """A task that failed once is restarted at once (under a second where the machine is free; the
    bound leaves room for one that is not). Rows that waited arrive; the breaker stays closed."""
    with watching(pipeline) as watcher:
        watcher.until("leads")
        with refusing(pipeline):
            key = write(pipeline, cql)
            watcher.until("failed", within=40)
        watcher.until("restarted")
        took = watcher.at("restarted") - watcher.at("failed")
        assert took < 5.0, took
        arrived(pipeline, key)
        assert not watcher.events("opened")
        until(lambda: state(pipeline) == "RUNNING", within=10, what="it runs")
        assert pipeline.run("status").document["watcher"]["leader"]


def test_an_open_breaker_outlives_its_watcher(pipeline: Pipeline, cql: Session) -> None:
    """After N failures the sink is STOPPED, with reason, owner and time recorded. While a command
    has it in its hands no trial comes; given back, it is tried. The watcher is killed with -9; the
    next one knows, makes the trial, and closes it once it ran quietly."""
    with refusing(pipeline):
        with watching(pipeline) as first:
            first.until("leads")
            key = write(pipeline, cql)
            first.until("opened", within=60)
            until(lambda: state(pipeline) == "STOPPED", within=10, what="it is STOPPED")
            hands = Hands(pipeline.endpoints.kafka, pipeline.name, "offsets rewind")
            hands.take({pipeline.sink: "STOPPED"})
            tried = len(first.events("trial"))
            held = first.until("held", within=2)
            assert "offsets rewind: under way, or broken off" in held["reason"]
            stays_for(first, seconds=5, deeds=("reasserted",))
            assert len(first.events("trial")) == tried, "its cooldown of 3 s is over"
            assert state(pipeline) == "STOPPED"
            opened = len(first.events("opened"))
            hands.give_back()
            first.until("trial", more_than=tried, within=10)
            assert hands.doubts == ()
            first.until("opened", within=40, more_than=opened)
            until(lambda: state(pipeline) == "STOPPED", within=10, what="it is STOPPED again")
            first.send(signal.SIGKILL)
        kept = breaker(pipeline)
        assert (kept["state"], kept["owner"]) == ("open", "breaker")
        assert "it failed in its trial" in str(kept["reason"])
        assert "no right" in str(kept["reason"])
        told = pipeline.run("status").document
        assert [one["connector"] for one in told["breakers"]] == [pipeline.sink]
    with watching(pipeline) as second:
        second.until("trial", within=40)
        second.until("closed", within=40)
        assert not second.events("opened")
        arrived(pipeline, key)
    assert breaker(pipeline)["state"] == "closed"


def test_what_a_person_stopped_stays_so(pipeline: Pipeline) -> None:
    """`stop` is recorded with who and why, and the watcher leaves it; `resume` gives it back."""
    with watching(pipeline) as watcher:
        watcher.until("leads")
        said = pipeline.run("stop", "--only", "sink", "--reason", "new disks")
        assert said.code == 0, said.output
        held = watcher.until("held")
        assert "new disks" in held["reason"]
        stays_for(watcher, seconds=5)
        assert state(pipeline) == "STOPPED"
        kept = breaker(pipeline)
        assert (kept["owner"], "@" in str(kept["by"])) == ("human", True)
        assert pipeline.run("resume", "--only", "sink").code == 0
        watcher.until("released")
        with ConnectClient(pipeline.endpoints.connect.url) as connect:
            connect.pause(pipeline.sink)
            watcher.until("held", more_than=1)
            stays_for(watcher, seconds=3)
            assert state(pipeline) == "PAUSED"
            connect.resume(pipeline.sink)
        watcher.until("released", more_than=1)


def stays_for(
    watcher: Watching, seconds: float, deeds: Sequence[str] = ("restarted", "trial", "reasserted")
) -> None:
    """Nothing of this is told for so long."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() > end, within=seconds + 1, what="the time is over")
    assert not [one for one in deeds if watcher.events(one)]


def test_too_many_dead_letters_open_the_breaker(pipeline: Pipeline) -> None:
    """More dead letters in a minute than the limit stop their sink, though its tasks run; those
    from before its trial do not fail that."""
    with watching(pipeline) as watcher:
        watcher.until("leads")
        settled = time.monotonic() + 5
        until(lambda: time.monotonic() > settled, within=6, what="the letters were counted once")
        kafka = pipeline.endpoints.kafka
        producer = Producer({"bootstrap.servers": kafka.bootstrap_servers})
        for number in range(30):
            producer.produce(f"{pipeline.sink}.dlq", b"no row", str(number).encode())
        assert producer.flush(10) == 0
        opened = watcher.until("opened")
        assert "30 dead letters within a minute, more than 20" in opened["reason"]
        watcher.until("closed")
        assert len(watcher.events("opened")) == 1


def test_a_watcher_that_was_frozen_does_nothing_more(pipeline: Pipeline, cql: Session) -> None:
    """A leader is frozen; another takes over and opens the breaker; the first one wakes, while the
    task has failed by what it last saw: it tells that it leads no more, and does nothing, then and
    while the other one goes on."""
    with watching(pipeline) as frozen, refusing(pipeline):
        frozen.until("leads")
        write(pipeline, cql)
        frozen.until("failed", within=40)
        frozen.send(signal.SIGSTOP)
        told = len(frozen.told)
        with watching(pipeline) as second:
            second.until("leads", within=40)
            second.until("opened", within=60)
            frozen.send(signal.SIGCONT)
            until(
                lambda: frozen.events("follows") or frozen.events("fenced"),
                within=20,
                what="the first one knows",
            )
            # a restart that was recorded before the freeze is too late, and told as not done; that
            # it was decided may have been told before the freeze, or after it
            woke = [one["event"] for _, one in frozen.told[told:]]
            not_done, decided = woke.count("not done"), len(frozen.events("restarted"))
            assert woke.count("restarted") <= not_done <= decided, woke
            assert not {"opened", "trial", "reasserted"} & set(woke), woke
            knows = len(frozen.told)
            # the second one goes on with its trials meanwhile
            trials = len(second.events("trial"))
            second.until("trial", more_than=trials, within=20)
            stays_for(second, seconds=3, deeds=())
            since = {one["event"] for _, one in frozen.told[knows:]}
            assert not since & {"failed", "restarted", "opened", "trial", "reasserted", "not done"}
            assert frozen.process.poll() is None, "it stands by"
            assert second.process.poll() is None and not second.events("fenced")


def test_postgres_away_is_explained(stack: Stack, tmp_path: Path, cql: Session) -> None:
    """While Postgres can't be reached the failing sink waits for it: `status` says so, its breaker
    stays closed, restarts come at the ceiling; when it is back, the sink is restarted at once."""
    server = stack.endpoints.postgres
    with (
        door(server.host, server.port) as way,
        own_pipeline(stack, tmp_path, (FLIGHTS,)) as pipeline,
    ):
        through = server.model_copy(update={"host": HOST, "port": way.port})
        sink = {
            "connector": "debezium",
            "schema": pipeline.schema,
            "postgres": through.model_dump(mode="json", exclude_none=True),
        }
        plain = pipeline.file.read_text()
        # so far apart that a restart after the outage can't be one that was due anyway
        watch = WATCH.replace("longest_backoff: 5s", "longest_backoff: 2m")
        spec = plain.replace(f"{{schema: {pipeline.schema}}}", json.dumps(sink)) + watch
        pipeline.file.write_text(spec)
        assert pipeline.run("apply").code == 0
        with watching(pipeline) as watcher:
            watcher.until("leads")
            way.shut()
            with ConnectClient(pipeline.endpoints.connect.url) as connect:
                # it waits by itself while it runs, and fails when it starts
                connect.restart(pipeline.sink, only_failed=False)
            key = write(pipeline, cql)
            waits = watcher.until("waits", within=40)
            assert "postgres" in waits["reason"]
            stays_for(watcher, seconds=7, deeds=("opened", "trial"))
            assert len(watcher.events("restarted")) <= 1
            told = pipeline.run("status").document
            assert [one["waits_for"] for one in told["breakers"]] == ["postgres"]
            away = [one["name"] for one in told["watcher"]["dependencies"] if one["up"] is False]
            assert away == ["postgres"]
            before = len(watcher.events("restarted"))
            way.open()
            opened_at = time.monotonic()
            watcher.until("restarted", more_than=before)
            assert watcher.at("restarted") - opened_at < 10
            arrived(pipeline, key)
            assert not watcher.events("opened")


def test_a_cluster_without_quorum_is_away(stack: Stack, cql: Session) -> None:
    """Nodes that answer, and too few of them for the source's reads, are told as away, with how
    many replicas are up; and as back as soon as reads are served."""
    endpoint = stack.endpoints.scylla
    name = f"lost_{time.time_ns()}"
    replicas = "{{'class': 'NetworkTopologyStrategy', '{}': {}}}".format
    three = replicas(endpoint.local_datacenter, 3)
    try:
        cql.execute(f"CREATE KEYSPACE {name} WITH replication = {three}")
    except InvalidRequest as refused:
        pytest.skip(f"a cluster that has no keyspace with more replicas than nodes: {refused}")
    ask = Scylla(endpoint, name, "LOCAL_QUORUM", 2.0)

    def away() -> str:
        try:
            ask()
        except Away as problem:
            return str(problem)
        return ""

    try:
        cql.execute(f"CREATE TABLE {name}.t (id int PRIMARY KEY) WITH cdc = {{'enabled': true}}")
        until(lambda: away() != "", within=20, what="it is away")
        assert "reads at LOCAL_QUORUM fail: 1 of 2 replicas that it takes are up" in away()
        one = replicas(endpoint.local_datacenter, 1)
        cql.execute(f"ALTER KEYSPACE {name} WITH replication = {one}")
        until(lambda: away() == "", within=20, what="it is back")
    finally:
        ask.close()
        cql.execute(f"DROP KEYSPACE {name}")


def recorder(kafka: KafkaEndpoint, topic: str) -> Recorder:
    """One that leads."""
    made = Recorder(kafka, topic)
    made.begin()
    return made


def test_a_word_between_record_and_call_is_heard(pipeline: Pipeline) -> None:
    """What a person says after something was recorded, and before it is done, comes first: no
    request leaves; once the word was heard, what follows from it is done."""
    kafka, topic = pipeline.endpoints.kafka, f"{pipeline.name}.words.watch"
    sent: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return httpx.Response(202, json={})

    create(kafka, topic)
    doors = Doors("http://w:1", transport=lambda: httpx.MockTransport(answers))
    try:
        with Journal(kafka, topic) as journal, Actor(journal, doors) as actor:
            recorder(kafka, topic).record([Breaker(connector="a", state="half-open")])
            (word,) = words(["a"], "hold", "stop")
            say(kafka, topic, [word])
            resume = [Act(connector="a", deed="resume"), Act(connector="b", deed="resume")]
            done = list(actor.do(resume, {"a": None, "b": None}, running() + 10))
            assert [why is None for _, why in done] == [False, True]
            assert sent == ["/connectors/b/resume"]
            list(actor.do(resume[:1], {"a": word.id}, running() + 10))
            assert sent[1:] == ["/connectors/a/resume"]
    finally:
        Topics(kafka.bootstrap_servers).delete([topic])


def test_who_is_fenced_can_record_nothing(pipeline: Pipeline) -> None:
    """A second recorder fences the first: what that one records is not in the topic."""
    kafka, topic = pipeline.endpoints.kafka, f"{pipeline.name}.fenced.watch"
    create(kafka, topic)
    try:
        first = recorder(kafka, topic)
        first.record([Breaker(connector="a", reason="first")])
        recorder(kafka, topic).record([Breaker(connector="a", reason="second")])
        with pytest.raises(Fenced):
            first.record([Breaker(connector="a", reason="too late")])
        with Journal(kafka, topic) as journal:
            assert journal.catch_up().breakers["a"].reason == "second"
    finally:
        Topics(kafka.bootstrap_servers).delete([topic])
