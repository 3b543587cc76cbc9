"""The watcher's parts by themselves: deadlines, doors, probes, what is seen, what is told."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest
from cassandra import AuthenticationFailed, InvalidRequest, OperationTimedOut, Unavailable
from cassandra.cluster import NoHostAvailable
from confluent_kafka import KafkaError, TopicPartition
from prometheus_client import generate_latest

from messina.deployer.sinkwaits import Waiting
from messina.deployer.watching.away import Away
from messina.deployer.watching.clock import running
from messina.deployer.watching.doors import Bounded, Doors, TooLate
from messina.deployer.watching.leading import Membership
from messina.deployer.watching.listing import as_said
from messina.deployer.watching.metrics import registry_of
from messina.deployer.watching.model import (
    Act,
    Breaker,
    Dependency,
    Event,
    Remembered,
    Seen,
    Word,
)
from messina.deployer.watching.probes import Probes, ask_vault
from messina.deployer.watching.probing_scylla import ask_scylla, too_few
from messina.deployer.watching.rounds import DeadLetters, SinkWaits
from messina.deployer.watching.rules import Rules
from messina.deployer.watching.seeing import expected, long_waits, see
from messina.deployer.watching.view import View
from messina.kafka import BrokerProblem, Connector, ConnectorStatus, ConnectProblem, Wait
from messina.pipeline import KafkaEndpoint, ScyllaEndpoint, SpecError, parse_spec

SPEC = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\ntables: [{name: t}]\n"
SINK = "p.t.sink"


def becomes(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def connect(answer: Callable[[httpx.Request], httpx.Response]) -> Callable[[], httpx.BaseTransport]:
    return lambda: httpx.MockTransport(answer)


def test_no_call_begins_after_the_deadline() -> None:
    """A process that was frozen between its record and its call finds the deadline passed: the
    request does not leave it; one that was refused is not repeated after the deadline either."""
    sent: list[str] = []

    def refuses(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        return httpx.Response(409, json={"error_code": 409, "message": "a rebalance is expected"})

    doors = Doors("http://w:1", transport=connect(refuses))
    act = Act(connector=SINK, deed="stop")
    with pytest.raises(TooLate):
        doors.do(act, running() - 0.001)
    assert sent == []
    with pytest.raises((TooLate, ConnectProblem)):
        doors.do(act, running() + 0.3)
    assert sent
    now = 10.0
    bound = Bounded(httpx.MockTransport(refuses), 12.0, clock=lambda: now)
    bound.handle_request(httpx.Request("PUT", "http://w/x"))
    now = 12.5
    with pytest.raises(TooLate):
        bound.handle_request(httpx.Request("PUT", "http://w/x"))


def test_another_worker_is_asked_when_the_first_is_silent() -> None:
    """Where the worker that the endpoints name does not answer, the others are asked."""

    def answers(request: httpx.Request) -> httpx.Response:
        if request.url.host == "first":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={})

    doors = Doors("http://first:1", transport=connect(answers))
    with pytest.raises(ConnectProblem):
        doors.look()
    doors.learn(["first:1", "second:1"])
    assert doors.look() == {}
    assert doors.url == "http://second:1"


def test_a_look_takes_as_long_as_the_group_allows() -> None:
    """Of many workers that are all silent some are asked in one look, the others in the next; and
    a worker that refuses is no answer while another one has one."""
    now, asked = [100.0], list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        again = asked[-1:] == [request.url.host]
        asked.append(request.url.host)
        if request.url.host == "w6":
            return httpx.Response(200, json={})
        if request.url.host == "w5":
            return httpx.Response(401, json={"error_code": 401, "message": "who are you"})
        now[0] += 0.0 if again else 3.5
        raise httpx.ConnectTimeout("no answer")

    doors = Doors("http://w0:1", transport=connect(answer), clock=lambda: now[0])
    doors.learn([f"w{number}:1" for number in range(7)])
    for _ in range(4):
        begin = now[0]
        with suppress(ConnectProblem):
            doors.look()
        assert now[0] - begin <= 8, asked
    assert doors.url == "http://w6:1", asked


def member() -> tuple[Membership, "Fellow"]:
    """A member whose group is played: no broker here refuses anybody."""
    made, fellow = Membership(KafkaEndpoint(bootstrap_servers="127.0.0.1:1"), "p.watch"), Fellow()
    made.close()
    made._consumer = fellow  # type: ignore[assignment]
    return made, fellow


class Fellow:
    """A consumer that is told what to say."""

    def __init__(self) -> None:
        self.messages: list[Fellow] = []

    def poll(self, timeout: float) -> "Fellow | None":
        return self.messages.pop() if self.messages else None

    def error(self) -> KafkaError:
        return KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED, "not for you")

    def incremental_assign(self, partitions: list[TopicPartition]) -> None: ...

    def incremental_unassign(self, partitions: list[TopicPartition]) -> None: ...

    def pause(self, partitions: list[TopicPartition]) -> None: ...


def test_who_is_not_let_into_the_group_says_so() -> None:
    """One that may not join would follow for ever, and look as if it stood by."""
    made, fellow = member()
    fellow.messages.append(fellow)
    for _ in range(2):
        with pytest.raises(BrokerProblem, match="not for you"):
            made.poll()
    made._given(fellow, [])
    assert made.poll() is False


def test_one_partition_is_the_lead() -> None:
    """Of a topic that somebody has made with three partitions the first one is the lead."""
    made, fellow = member()
    made._given(fellow, [TopicPartition("p.watch", 1), TopicPartition("p.watch", 2)])
    leads = [made.leads]
    made._given(fellow, [TopicPartition("p.watch", 0)])
    made._taken(fellow, [TopicPartition("p.watch", 1)])
    leads.append(made.leads)
    made._taken(fellow, [TopicPartition("p.watch", 0)])
    assert [*leads, made.leads] == [False, True, False]


def test_a_probe_that_hangs_delays_no_other() -> None:
    """One that never answers is told as away; the others go on being asked."""
    asked = threading.Event()
    count = 0

    def counts() -> None:
        nonlocal count
        count += 1

    def refused() -> None:
        raise Away("it is sealed")

    def hangs() -> None:
        asked.wait()

    asks = {"hangs": hangs, "fine": counts, "away": refused}
    with Probes(asks, every=0.05, timeout=0.1) as probes:
        becomes(lambda: probes.now()["hangs"].up is False)
        assert "no answer" in (probes.now()["hangs"].why or "")
        assert probes.now()["fine"].up and count > 2
        assert probes.now()["away"].why == "it is sealed"
        asked.set()
        becomes(lambda: probes.now()["hangs"].up is True)
        assert probes.now()["hangs"].back and not probes.now()["fine"].back


@pytest.mark.parametrize(("opcode", "well"), [(6, True), (0, False)])
def test_a_cql_server_is_one_that_answers_in_cql(opcode: int, well: bool) -> None:
    """A port that takes connections is not enough: it must answer as CQL servers do."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            client, _ = listening.accept()
            with client:
                client.recv(9)
                client.sendall(bytes((0x84, 0, 0, 0, opcode, 0, 0, 0, 0)))

        threading.Thread(target=serve, daemon=True).start()
        port = listening.getsockname()[1]
        server = ScyllaEndpoint(contact_points=(f"127.0.0.1:{port}",), local_datacenter="dc")
        if well:
            ask_scylla(server, 2.0)
        else:
            with pytest.raises(Away, match="no CQL server"):
                ask_scylla(server, 2.0)


def test_only_too_few_replicas_are_no_cluster() -> None:
    """What replicas do not answer is the source's trouble too; who may not log in or read here, or
    a table that is gone, says nothing of the source."""
    lost = Unavailable("no", consistency=6, required_replicas=2, alive_replicas=1)
    assert too_few(lost) == "1 of 2 replicas that it takes are up"
    assert too_few(NoHostAvailable("none", {"h": OSError("x"), "i": lost})) is not None
    assert too_few(OperationTimedOut()) == "OperationTimedOut"
    assert too_few(NoHostAvailable("none", {"h": AuthenticationFailed("wrong password")})) is None
    assert too_few(InvalidRequest("unconfigured table")) is None


def test_nobody_there_is_away() -> None:
    """A port that refuses is no answer."""
    with pytest.raises(httpx.ConnectError):
        ask_vault("http://127.0.0.1:9", 1.0)


def found(task: str, connector: str = "RUNNING") -> dict[str, tuple[Connector, ConnectorStatus]]:
    status = ConnectorStatus.model_validate(
        {
            "name": SINK,
            "connector": {"state": connector, "worker_id": "w:1"},
            "tasks": [{"id": 0, "state": task, "worker_id": "w:1", "trace": "E: no right"}],
        }
    )
    return {SINK: (Connector(name=SINK, config={"topics": "p.k.t"}), status)}


def seen(task: str, *dependencies: Dependency, connector: str = "RUNNING") -> Seen:
    return see(
        {SINK: 1},
        found(task, connector),
        silent={},
        dependencies={one.name: one for one in dependencies},
        letters={},
        words={},
        now=100.0,
        shaken=5.0,
    )[SINK]


def test_what_a_sink_needs_explains_it() -> None:
    """Postgres explains a sink's failure, ScyllaDB does not; one that is just back still does."""
    away = Dependency(name="postgres", up=False, why="refused", since=90.0)
    assert seen("FAILED", away).down == "postgres"
    assert seen("FAILED", away.model_copy(update={"name": "scylla"})).down is None
    back = Dependency(name="postgres", up=True, back=True, since=98.0)
    assert seen("FAILED", back).shaken == "postgres"
    assert seen("FAILED", back.model_copy(update={"since": 90.0})).shaken is None
    first = Dependency(name="postgres", up=True, since=99.0)
    assert seen("FAILED", first).shaken is None, "it was never away"


def test_how_tasks_are_seen() -> None:
    """RUNNING is well, FAILED has failed, UNASSIGNED is neither; STOPPED stands still."""
    assert seen("RUNNING").well
    assert seen("FAILED").failed and seen("FAILED").why == "E: no right"
    moving = seen("UNASSIGNED")
    assert not moving.well and not moving.failed
    assert seen("FAILED", connector="STOPPED").still
    assert not seen("FAILED", connector="STOPPED").failed


def test_a_connector_that_is_not_there_is_missing() -> None:
    """The spec's connectors are expected whether Connect has them or not."""
    spec = parse_spec(SPEC)
    wanted = expected(spec, {})
    assert wanted == {"p.t.source": 1, SINK: 1}
    nothing = see(wanted, {}, silent={}, dependencies={}, letters={}, words={}, now=1.0, shaken=5.0)
    assert all(one.missing for one in nothing.values())


def test_a_connector_has_the_tasks_that_it_was_told_to_have() -> None:
    """An `apply` of another number of tasks is no failure: the watcher's file is of before."""
    connector, status = found("RUNNING")[SINK]
    two = connector.model_copy(update={"config": {**connector.config, "tasks.max": "2"}})
    wanted = expected(parse_spec(SPEC), {SINK: (two, status)})
    assert wanted == {"p.t.source": 1, SINK: 2}


def test_a_topic_that_an_answer_leaves_out_is_not_empty() -> None:
    """Brokers that come up leave topics out for a moment: what lies there did not come since."""
    now = 0.0
    answers: list[int | None] = [None, 9_000, None, *[9_000] * 40]

    class Brokers:
        def lengths(self, topics: object) -> dict[str, int | None]:
            return {"d": answers.pop(0)}

    letters = DeadLetters(KafkaEndpoint(bootstrap_servers="k:1"), clock=lambda: now)
    letters._backlogs = Brokers()  # type: ignore[assignment]
    letters.meant({SINK: "d"})
    while answers:
        now += 2
        letters.ask()
        assert SINK not in letters.now() or letters.now()[SINK].recent == 0


def test_dead_letters_are_counted_by_the_minute() -> None:
    """What came in the last minute counts, not what lies there."""
    now = 0.0
    letters = DeadLetters(KafkaEndpoint(bootstrap_servers="k:1"), clock=lambda: now)
    for at, count in ((0.0, 1000), (30.0, 1010), (59.0, 1100)):
        now = at
        letters.take({SINK: count})
    assert letters.now()[SINK].recent == 100
    now = 100.0
    letters.take({SINK: 1101})
    assert (letters.now()[SINK].end, letters.now()[SINK].recent) == (1101, 91)
    letters.take({SINK: 0})
    assert letters.now()[SINK].recent == 0, "the topic was emptied"


def test_a_word_that_no_watcher_has_heard_is_shown() -> None:
    """What a person said is so at once, whether a watcher runs or not."""
    word = Word(id="1", connector=SINK, saying="hold", verb="stop", by="ann@x", reason="why", at=5)
    known = Remembered(words={SINK: word})
    assert (as_said(known, SINK).owner, as_said(known, SINK).reason) == ("human", "stop: why")
    heard = Breaker(connector=SINK, state="half-open", heard="1")
    assert as_said(Remembered(breakers={SINK: heard}, words={SINK: word}), SINK) == heard


def test_what_is_known_is_served() -> None:
    """/metrics has breakers, dependencies and deeds; /readyz is well while it looks."""
    view = View("p")
    assert not view.ready().well
    breaker = Breaker(connector=SINK, state="open", owner="breaker", waits_for="postgres")
    view.role = "leader"
    down = Dependency(name="postgres", up=False)
    view.looked({SINK: breaker}, {SINK: Seen(connector=SINK, state="STOPPED")}, {"postgres": down})
    view.acted(Act(connector=SINK, deed="stop"), None)
    view.happened([Event(event="opened", connector=SINK)])
    text = generate_latest(registry_of(view)).decode()
    for line in (
        'messina_breaker_state{connector="p.t.sink",owner="breaker",pipeline="p",state="open"} 1.0',
        'messina_dependency_up{dependency="postgres",pipeline="p"} 0.0',
        'messina_dependency_up{dependency="connect",pipeline="p"} 1.0',
        'messina_watch_waits_for{connector="p.t.sink",dependency="postgres",pipeline="p"} 1.0',
        'messina_watch_leader{pipeline="p"} 1.0',
    ):
        assert line in text, text
    assert 'deed="stop"' in text and 'event="opened"' in text
    assert view.ready().well
    view.blind("Kafka: away")
    assert not view.ready().well


def test_a_sink_that_waits_for_long_is_told_once() -> None:
    """A sink that runs and has waited for two minutes is told with its reason, once, and so is its
    end; alerts have the seconds. Nothing is done to it: it goes on by itself."""
    short = Waiting(seconds=119.0, why="the registry: status 401")
    long = short.model_copy(update={"seconds": 120.0})

    def sees(waits: Waiting | None, connector: str = "RUNNING") -> Seen:
        there = found("RUNNING", connector)
        return see(
            {SINK: 1},
            there,
            silent={},
            dependencies={},
            letters={},
            words={},
            now=100.0,
            shaken=5.0,
            waits={} if waits is None else {SINK: waits},
        )[SINK]

    assert long_waits((), {SINK: sees(short)}) == ()
    assert sees(long).well
    (begun,) = long_waits((), {SINK: sees(long)})
    said = "it runs, and has waited for 2 m 0 s: the registry: status 401"
    assert (begun.event, begun.connector, begun.reason) == ("waits long", SINK, said)
    assert long_waits({SINK}, {SINK: sees(long)}) == ()
    assert sees(long, "STOPPED").waits is None, "it waited before it was stopped"
    (over,) = long_waits({SINK}, {SINK: sees(None)})
    assert over.event == "goes on"
    assert long_waits({SINK}, {}) == (), "it is no more"
    view = View("p")
    for waits, line in (
        (long, 'p.t.sink",pipeline="p",reason="the registry: status 401"} 120.0'),
        (None, 'p.t.sink",pipeline="p",reason=""} 0.0'),
    ):
        view.looked({}, {SINK: sees(waits)}, {})
        text = generate_latest(registry_of(view)).decode()
        assert f'messina_sink_waits_seconds{{connector="{line}' in text, text


def test_sinks_are_asked_about_in_turn() -> None:
    """One sink at a time is asked what it waits for, each every five seconds at most; while the
    brokers do not answer what was said last stays."""
    now, asked = 0.0, []
    said: dict[str, Wait | None] = {}

    def asks(group: str, topics: object) -> Wait | None:
        asked.append(group)
        if group not in said:
            raise BrokerProblem("asking", "k:1", "silence")
        return said[group]

    waits = SinkWaits(KafkaEndpoint(bootstrap_servers="k:1"), clock=lambda: now, asks=asks)
    waits.ask()
    waits.meant({"a": ["x"], "b": ["y"]})
    said["connect-b"] = Wait(since=1.0, why="no")
    for _ in range(3):
        waits.ask()
    assert asked == ["connect-a", "connect-b"]
    assert list(waits.now()) == ["b"]
    now = 5.0
    said = {"connect-a": None}
    waits.ask()
    waits.ask()
    assert asked[2:] == ["connect-a", "connect-b"]
    assert list(waits.now()) == ["b"]
    now = 10.0
    said["connect-b"] = None
    waits.ask()
    waits.ask()
    assert not waits.now()


def test_a_specs_numbers_are_the_watchers() -> None:
    """`watch` of a spec: what it says holds, the rest is as documented; what contradicts is
    refused with its place."""
    spec = parse_spec(SPEC + "watch: {failures: 3, cooldown: 1m, dead_letters: null}\n")
    rules = Rules.of(spec.watch)
    assert (rules.failures, rules.cooldown, rules.dead_letters) == (3, 60.0, None)
    assert Rules.of(parse_spec(SPEC).watch) == Rules()
    with pytest.raises(SpecError, match=r":\d+:\d+: watch.cooldown: longer than longest_cooldown"):
        parse_spec(SPEC + "watch: {cooldown: 1h}\n")
