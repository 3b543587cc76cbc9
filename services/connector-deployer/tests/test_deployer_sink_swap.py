"""Sinks that become another connector, as the default does: planned, told, and carried out."""

from types import SimpleNamespace
from typing import cast

import pytest
from deployer_endpoints import ENDPOINTS

from messina.deployer.checks_connect import representatives
from messina.deployer.desired import desired
from messina.deployer.diff import diff
from messina.deployer.drift import gone_on, other_sinks, unhealed
from messina.deployer.plan import Change, Replace, Step
from messina.deployer.planning import connection_problems
from messina.deployer.render.sink_debezium import CLASS as DEBEZIUM
from messina.deployer.render.sink_messina import CLASS as MESSINA
from messina.deployer.resources import ConnectorResource, Desired
from messina.deployer.site import Site
from messina.deployer.swapping_sinks import swap_sinks
from messina.deployer.watching.hands import Hands
from messina.deployer.waves import waves
from messina.deployer.world import World
from messina.kafka import ConnectorStatus, ConnectProblem, ConnectRefused, ConnectTimeout
from messina.pipeline import parse_spec
from messina.scylla import CdcOptions, Column, TableSchema

SPEC = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s%s}\ntables: [{name: a}, {name: b}]\n"
OURS, BARE = ", connector: messina", ", connector: debezium"
KEY = Column("id", "int", "partition_key", 0)


def wanted(sink: str = OURS) -> Desired:
    """What a spec wants of two tables."""
    spec = parse_spec(SPEC % sink, "f.yaml")
    schemas = {n: TableSchema("k", n, (KEY,), CdcOptions(enabled=True)) for n in ("a", "b")}
    return desired(spec, schemas, ENDPOINTS.under(spec))


def world(found: Desired) -> World:
    """All of it is there."""
    return World(
        topics={one.name: one for one in found.topics},
        schemas={one.name: one for one in found.schemas},
        tables={one.name: one for one in found.tables},
        connectors={one.name: one for one in found.connectors},
    )


def upgrade() -> tuple[Step, ...]:
    """What a plan has to do where Debezium's sink is there, and is to be Messina's."""
    return diff(wanted(), world(wanted(BARE)), ENDPOINTS).steps


def test_what_messina_s_sink_needs_is_made_before_it() -> None:
    """Dead letters, and the table of claims; then it replaces what is there."""
    found = {(step.action, step.resource.kind, step.resource.name) for step in upgrade()}
    assert found == {
        ("create", "topic", "p.a.sink.dlq"),
        ("create", "topic", "p.b.sink.dlq"),
        ("create", "topic", "p.dlq.state"),
        ("create", "schema", "messina_claims"),
        ("create", "table", "messina_claims.p"),
        ("replace", "connector", "p.a.sink"),
        ("replace", "connector", "p.b.sink"),
    }
    kinds = [step.action for step in upgrade()]
    assert kinds == sorted(kinds), "what is created stands before what is replaced"


def test_a_file_that_names_no_sink_gets_messina_s() -> None:
    """It is the default: the same as if it stood there."""
    assert wanted("") == wanted(OURS)


def test_a_swap_that_nobody_asked_for_is_told_with_the_way_to_keep_it() -> None:
    """The plan says which connector becomes which, that it is the default's doing, how to keep the
    old one, and where each goes on; that settings were otherwise by hand it does not say."""
    (told,) = other_sinks(upgrade(), stated=False, file="f.yaml")
    assert told == (
        "2 sinks of the connector debezium become messina: the default, as f.yaml names no "
        "sink.connector. Each goes on at the record where it stands, and stands still for some "
        "seconds; to keep what is there: `connector: debezium` under `sink` in f.yaml"
    )
    (stated,) = other_sinks(upgrade(), stated=True, file="f.yaml")
    assert "default" not in stated and "keep" not in stated
    assert list(other_sinks((), stated=False, file="f.yaml")) == []
    assert list(unhealed(upgrade(), "f.yaml")) == []


def test_sinks_are_swapped_together_sources_alone() -> None:
    """A hundred sinks are not swapped one after the other."""
    replaced = [step for step in upgrade() if isinstance(step, Replace)]
    assert [len(wave.steps) for wave in waves(replaced)] == [2]
    source = ConnectorResource(name="x", role="source", tasks=1, config={})
    apart = [Replace(resource=source, changes=(), reasons=()) for _ in range(2)]
    assert [len(wave.steps) for wave in waves(apart)] == [1, 1]


def test_a_sink_that_also_gets_another_table_takes_its_place_along() -> None:
    """Groups and the connector change at once: a sink's place is its group's, whatever its class,
    so the topic that it gets goes on where the other one stood."""
    old = [
        ConnectorResource(name=f"p.{name}.sink", role="sink", tasks=1, config=config)
        for name, config in {
            "g": {"connector.class": DEBEZIUM, "topics": "p.k.a"},
            "h": {"connector.class": DEBEZIUM, "topics": "p.k.b,p.k.c"},
        }.items()
    ]
    new = [
        one.model_copy(update={"config": {"connector.class": MESSINA, "topics": topics}})
        for one, topics in zip(old, ("p.k.a,p.k.b", "p.k.c"), strict=True)
    ]
    nothing = Desired(pipeline="p", topics=(), schemas=(), tables=(), connectors=tuple(new))
    there = World(connectors={one.name: one for one in old})
    taker, giver = diff(nothing, there, ENDPOINTS).steps
    assert isinstance(taker, Change) and isinstance(giver, Replace)
    assert taker.takes == {"p.k.b": "p.h.sink"}
    assert [c.new for c in taker.changes if c.field == "connector.class"] == [MESSINA]
    (told,) = other_sinks((taker, giver), stated=True, file="f.yaml")
    assert told.startswith("2 sinks of the connector debezium become messina")


class Connect:
    """Kafka Connect, as far as a swap of sinks asks it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def stop(self, name: str, *, until_stopped: bool = True) -> None:
        self.asked.append(("stopped" if until_stopped else "stop", name))

    def put(self, name: str, config: dict[str, str], *, until_known: bool) -> None:
        self.asked.append(("put", name))

    def resume(self, name: str) -> None:
        self.asked.append(("resume", name))


def test_a_sink_is_stopped_before_its_class_changes() -> None:
    """All of a wave are asked to stop; each is STOPPED before it changes, and resumes after it."""
    connect = Connect()
    site = cast(Site, SimpleNamespace(connect=connect, open=lambda *names: None))
    sinks = [one for one in wanted().connectors if one.role == "sink"]
    told = list(swap_sinks(site, sinks))
    assert [one.connector for one in told] == ["p.a.sink", "p.b.sink"]
    assert {deed for deed, _ in connect.asked[:2]} == {"stop"}
    for sink in sinks:
        deeds = [deed for deed, name in connect.asked if name == sink.name]
        assert deeds == ["stop", "stopped", "put", "resume"]


def test_one_sink_that_is_refused_does_not_keep_the_others() -> None:
    """Where Connect does not take one of a wave, all of them go on, and the watcher looks after
    them again; one that it doesn't resume either stays in hand, and all where it says nothing."""
    sinks = [one for one in wanted().connectors if one.role == "sink"]

    class Refusing(Connect):
        """It takes no new class for one of them; then it may do no more for another one."""

        def __init__(self, then: ConnectProblem | None) -> None:
            super().__init__()
            self.then = then

        def put(self, name: str, config: dict[str, str], *, until_known: bool) -> None:
            if name == "p.b.sink":
                raise ConnectRefused("PUT", "http://c:1", 500, "no")
            super().put(name, config, until_known=until_known)

        def resume(self, name: str) -> None:
            if self.then and name == "p.a.sink":
                raise self.then
            super().resume(name)

    silent = ConnectTimeout("PUT", "http://c:1", 1.0, "no answer")
    refused = ConnectRefused("PUT", "http://c:1", 500, "no")
    for then, resumed in (
        (None, ["p.a.sink", "p.b.sink"]),
        (refused, ["p.b.sink"]),
        (silent, []),
    ):
        connect, hands = Refusing(then), SimpleNamespace(given=[])
        connect.statuses = dict  # type: ignore[attr-defined]
        hands.take, hands.give_back = lambda states: None, hands.given.extend
        site = cast(Site, SimpleNamespace(connect=connect, open=lambda *names: None))
        with pytest.raises(ConnectRefused):
            list(swap_sinks(site, sinks, cast(Hands, hands)))
        assert [name for deed, name in connect.asked if deed == "resume"] == resumed
        assert hands.given == resumed


def test_of_sinks_that_differ_in_their_tables_only_one_is_validated() -> None:
    """Kafka Connect answers in tenths of a second: it is not asked about each of a hundred."""
    for step in (OURS, BARE):
        made = diff(wanted(step), World(), ENDPOINTS)
        assert [one.name for one in representatives(made)] == ["p.a.sink", "p.a.source"]


@pytest.mark.parametrize(
    ("state", "told"), [("PAUSED", True), ("STOPPED", True), ("RUNNING", False)]
)
def test_a_sink_that_somebody_let_stand_still_is_told_before_it_goes_on(
    state: str, told: bool
) -> None:
    """A swap resumes each sink: who has stopped one, for a while, reads that in the plan."""
    how = {"name": "p.a.sink", "connector": {"state": state, "worker_id": "w"}, "tasks": []}
    status = ConnectorStatus.model_validate(how)
    notes = list(gone_on(upgrade(), {"p.a.sink": status}, "f.yaml"))
    expected = (
        f"p.a.sink ({state}): to be changed, and then resumed; to have its rows wait again: "
        "messina deploy stop f.yaml, with --table"
    )
    assert notes == ([expected] if told else [])


def test_workers_without_messina_s_sink_are_told_with_another_choice() -> None:
    """Where the default's plugin is missing, the refusal names the connector that may be there."""
    connect = SimpleNamespace(url="http://c:1", plugins=lambda connectors_only: ())
    site = cast(Site, SimpleNamespace(connect=connect, endpoints=ENDPOINTS))
    (told,) = (
        str(one)
        for one in connection_problems(site, parse_spec(SPEC % OURS, "f.yaml"))
        if MESSINA in str(one)
    )
    assert told.startswith(f"f.yaml:3:30: Kafka Connect at http://c:1 has no plugin {MESSINA}")
    assert "or `connector: debezium`" in told
