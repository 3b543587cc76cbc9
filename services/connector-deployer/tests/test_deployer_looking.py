"""A status is put together from what Connect has, by the tables and bulkheads of the spec."""

import pytest

from messina.deployer.errors import DeployerError
from messina.deployer.health import Lag
from messina.deployer.lagging import Lags
from messina.deployer.looking import assemble, dead_letters, known_tables, parts_of, telling_sinks
from messina.deployer.render.sink_debezium import CLASS as DEBEZIUM
from messina.deployer.render.sink_messina import CLASS as MESSINA
from messina.deployer.sinkwaits import Waiting, waiting
from messina.kafka import Connector, ConnectorStatus, Wait
from messina.pipeline import PipelineSpec, parse_spec

HEAD = "pipeline: p\nsource: {keyspace: k}\nsink: {schema: s}\n"
EACH = "defaults: {tasks: 2}\ntables: [{name: t}]\n"
SHARED = "bulkhead: pipeline\ntables: [{name: t, tasks: 3}, {name: u}]\n"
PATTERN = "bulkhead: pipeline\ntables: [{pattern: '*'}]\n"

Found = dict[str, tuple[Connector, ConnectorStatus | None]]


def spec(text: str) -> PipelineSpec:
    return parse_spec(f"{HEAD}{text}", "p.yaml")


def found(tasks: int, **configs: dict[str, str]) -> Found:
    """Connectors that run with so many tasks, by name with `_` for `.` and `S` for `__static`."""
    made: Found = {}
    for short, config in configs.items():
        name = short.replace("_", ".").replace("S", "__static")
        listed = [{"id": n, "state": "RUNNING", "worker_id": "w"} for n in range(tasks)]
        status = {"name": name, "connector": {"state": "RUNNING", "worker_id": "w"}}
        made[name] = (
            Connector(name=name, config={k.replace("_", "."): v for k, v in config.items()}),
            ConnectorStatus.model_validate({**status, "tasks": listed}),
        )
    return made


def test_every_connector_must_have_the_tasks_of_its_bulkhead() -> None:
    """Tables that share connectors expect the tasks of the one that asks for most."""
    there = found(3, p_all_source={"tables": "k.t,k.u"}, p_all_sink={"topics": "p.k.t,p.k.u"})
    status = assemble(spec(SHARED), there, Lags(by_topic={}), [])
    assert [(t.table, t.source.connector, t.sink.expected) for t in status.tables] == [
        ("t", "p.all.source", 3),
        ("u", "p.all.source", 3),
    ]
    assert status.healthy
    fewer = found(1, p_t_source={}, p_t_sink={"topics": "p.k.t"})
    assert not assemble(spec(EACH), fewer, Lags(by_topic={}), []).healthy


def test_statics_are_shown_where_a_sink_reads_them() -> None:
    """A table has a sink of statics if one reads their topic; not since another table has one."""
    there = found(3, p_allS_sink={"topics": "p.k.u__static"})
    assert [static is not None for _, static in parts_of(spec(SHARED), there)] == [False, True]
    lags = Lags(by_topic={"p.k.u": Lag(rows=1), "p.k.u__static": Lag(rows=2)})
    _, u = assemble(spec(SHARED), there, lags, []).tables
    assert u.static_sink is not None
    assert u.static_sink.healthy
    assert u.sink.state == "missing"
    assert (u.lag, u.static_lag) == (Lag(rows=1), Lag(rows=2))


def test_what_a_sink_waits_for_is_believed_while_it_runs() -> None:
    """What a sink waited for is told of one that runs; one that was stopped says it no more."""
    there = found(1, p_t_source={"tables": "k.t"}, p_t_sink={"topics": "p.k.t"})
    one = spec("tables: [{name: t}]\n")
    waits = {"p.t.sink": Waiting(seconds=300, why="disk full")}
    status = assemble(one, there, Lags(by_topic={}), [], waits=waits)
    assert status.tables[0].sink.waits == waits["p.t.sink"]
    assert not status.healthy
    connector, how = there["p.t.sink"]
    assert how is not None
    stopped = how.connector.model_copy(update={"state": "STOPPED"})
    there["p.t.sink"] = connector, how.model_copy(update={"connector": stopped, "tasks": ()})
    status = assemble(one, there, Lags(by_topic={}), [], waits=waits)
    assert status.tables[0].sink.waits is None


def test_what_a_sink_said_before_it_was_another_counts_no_more() -> None:
    """Waits are read of Messina's sinks, of the topics that they have now: a note stays beside its
    offset when a topic goes to another sink, or the sink becomes Debezium's."""
    there = found(
        1,
        p_all_sink={"connector_class": MESSINA, "topics": "p.k.t,p.k.u"},
        p_bare_sink={"connector_class": DEBEZIUM, "topics": "p.k.v"},
        p_other_sink={"connector_class": MESSINA, "topics": "p.k.w"},
    )
    assert telling_sinks(there, ["p.all.sink", "p.bare.sink", "p.none.sink"]) == {
        "p.all.sink": ("p.k.t", "p.k.u")
    }


def test_a_wait_is_as_old_as_its_task_says() -> None:
    """A wait's age is by its beginning, never below zero: clocks differ. Passwords are hidden."""
    wait = Wait(since=100.0, why="at postgresql://u:hunter2@db")
    assert waiting({"s": wait}, 400.0)["s"].seconds == 300.0
    assert waiting({"s": wait}, 90.0)["s"].seconds == 0.0
    assert "hunter2" not in waiting({"s": wait}, 400.0)["s"].why


def test_without_connect_all_states_are_unknown() -> None:
    """Where Connect does not answer no connector is said to be missing, and nothing is healthy."""
    status = assemble(spec(EACH), None, Lags(by_topic={}, unknown=("b",)), ["a"])
    assert {side.state for side in status.tables[0].sides} == {"unknown"}
    assert (status.healthy, status.unknown) == (False, ("a", "b"))


def test_patterns_mean_the_tables_that_connectors_carry() -> None:
    """Without a database, patterns are the tables of this pipeline's source connectors."""
    there = found(
        1,
        p_all_source={"topic.prefix": "p", "tables": "k.t,k.u"},
        q_all_source={"topic.prefix": "q", "tables": "k.v"},
    )
    assert [one.name for one in known_tables(spec(PATTERN), there).tables] == ["t", "u"]
    with pytest.raises(DeployerError, match=r"next: messina deploy plan p\.yaml"):
        known_tables(spec(PATTERN), {})


def test_dead_letters_are_where_the_sink_puts_them() -> None:
    """A sink's topic of dead letters is what its configuration says; without one there is none."""
    there = found(1, a={"errors.deadletterqueue.topic.name": "p.dead"}, b={"topics": "x"}, c={})
    assert dead_letters(there) == {"a": "p.dead"}


@pytest.mark.parametrize("left", ["source", "sink"])
def test_a_table_of_a_pattern_with_one_connector_is_missed(left: str) -> None:
    """Where one of its connectors was deleted by hand, the other one still tells of the table."""
    text = "defaults: {tasks: 2}\ntables: [{pattern: '*'}]\n"
    config = {
        "source": {"topic_prefix": "p", "tables": "k.t"},
        "sink": {"topics": "p.k.t"},
    }
    there = found(2, **{f"p_t_{left}": config[left]})
    resolved = known_tables(spec(text), there)
    assert [table.name for table in resolved.tables] == ["t"]
    assert not assemble(resolved, there, Lags(by_topic={}), []).healthy
