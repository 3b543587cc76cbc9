"""The difference between what is desired and what was found."""

from typing import Any

import pytest
from deployer_endpoints import ENDPOINTS
from hypothesis import given
from hypothesis import strategies as st

from messina.deployer.diff import changes, diff
from messina.deployer.errors import first_line
from messina.deployer.plan import (
    Change,
    Create,
    Delete,
    Plan,
    Replace,
    Restart,
    Resume,
    Unchanged,
)
from messina.deployer.resources import (
    ColumnValue,
    ConnectorResource,
    Desired,
    SchemaResource,
    TableResource,
    TopicResource,
)
from messina.deployer.world import World
from messina.kafka import ConnectorStatus

names = st.sampled_from(["a", "b", "c"])
settings = st.dictionaries(st.sampled_from(["x", "y", "z"]), st.sampled_from(["1", "2"]))
columns = st.dictionaries(st.sampled_from(["m", "n", "o"]), st.booleans()).map(
    lambda nullable: {"k": False, **nullable}
)


def by_name(found: tuple[Any, ...]) -> dict[str, Any]:
    return {resource.name: resource for resource in found}


def unique(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, max_size=3, unique_by=lambda r: r.name).map(tuple)


topics = unique(st.builds(TopicResource, name=names, partitions=st.just(4), config=settings))
schemas = unique(st.builds(SchemaResource, name=names))
tables = unique(
    st.builds(
        lambda table, columns: TableResource(
            schema_name="s",
            table=table,
            columns=tuple(
                ColumnValue(name=name, type=f"type of {name}", nullable=nullable)
                for name, nullable in sorted(columns.items())
            ),
            primary_key=("k",),
        ),
        names,
        columns,
    )
)
connectors = unique(
    st.builds(
        ConnectorResource,
        name=names,
        role=st.just("sink"),
        tasks=st.just(1),
        config=settings,
    )
)
desireds = st.builds(
    Desired,
    pipeline=st.just("p"),
    topics=topics,
    schemas=schemas,
    tables=tables,
    connectors=connectors,
)


def state(name: str, connector: str, *tasks: str) -> ConnectorStatus:
    return ConnectorStatus.model_validate(
        {
            "name": name,
            "connector": {"state": connector, "worker_id": "w"},
            "tasks": [
                {"id": i, "state": task, "worker_id": "w", "trace": "Oops: no\n at x"}
                for i, task in enumerate(tasks)
            ],
        }
    )


worlds = st.builds(
    lambda found, states: World(
        topics=by_name(found.topics),
        schemas=by_name(found.schemas),
        tables=by_name(found.tables),
        connectors=by_name(found.connectors),
        statuses={c.name: state(c.name, s) for c, s in zip(found.connectors, states, strict=False)},
    ),
    desireds,
    st.lists(st.sampled_from(["RUNNING", "FAILED", "PAUSED", "STOPPED"]), max_size=3),
)


def carried_out(plan: Plan, world: World) -> World:
    """Return the world after a plan: what the adapters do, on values."""
    made: dict[str, dict[str, Any]] = {
        "topic": dict(world.topics),
        "schema": dict(world.schemas),
        "table": dict(world.tables),
        "connector": dict(world.connectors),
    }
    statuses = dict(world.statuses)
    for step in plan.steps:
        resource = step.resource
        existing: Any = made[resource.kind].get(resource.name)
        match step:
            case Change(resource=TopicResource(config=wanted)):
                config = {**existing.config, **wanted}
                made["topic"][resource.name] = existing.model_copy(update={"config": config})
            case Change(resource=TableResource(columns=columns)):
                other = {c.field.removeprefix("column ") for c in step.changes}
                kept = [c for c in existing.columns if c.name not in other]
                columns = (*kept, *(c for c in columns if c.name in other))
                made["table"][resource.name] = existing.model_copy(update={"columns": columns})
            case Create() | Change():
                made[resource.kind][resource.name] = resource
        if resource.kind == "connector":
            statuses[resource.name] = state(resource.name, "RUNNING", "RUNNING")
    return World(
        topics=made["topic"],
        schemas=made["schema"],
        tables=made["table"],
        connectors=made["connector"],
        statuses=statuses,
    )


@given(desireds, worlds)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(desired: Desired, world: World) -> None:
    """Whatever is desired and whatever there is: after the plan, the next plan has no step."""
    after = carried_out(diff(desired, world, ENDPOINTS), world)
    again = diff(desired, after, ENDPOINTS)
    assert all(isinstance(action, Unchanged) for action in again.actions)
    assert again.steps == ()


@given(desireds, worlds)
def test_every_resource_is_in_the_plan_once(desired: Desired, world: World) -> None:
    """A plan tells of each desired resource, in the order in which they are made."""
    plan = diff(desired, world, ENDPOINTS)
    assert [action.resource for action in plan.actions] == list(desired.all())
    assert sum(plan.summary.values()) == len(plan.actions)


@given(desireds, worlds)
def test_a_plan_survives_json(desired: Desired, world: World) -> None:
    """A plan that was written as JSON and read again is the same plan."""
    plan = diff(desired, world, ENDPOINTS)
    text = plan.model_dump_json(exclude={"summary"}, by_alias=True)
    assert Plan.model_validate_json(text) == plan


@given(desireds)
def test_an_empty_world_gets_everything(desired: Desired) -> None:
    """Where nothing is, everything is created."""
    plan = diff(desired, World(), ENDPOINTS)
    assert [type(action) for action in plan.actions] == [Create] * len(desired.all())


SINK = ConnectorResource(name="c", role="sink", tasks=1, config={"a": "1"})


def plan_of(status: ConnectorStatus, **config: str) -> Plan:
    found = SINK.model_copy(update={"config": config or SINK.config})
    desired = Desired(pipeline="p", topics=(), schemas=(), tables=(), connectors=(SINK,))
    return diff(desired, World(connectors={"c": found}, statuses={"c": status}), ENDPOINTS)


def test_a_connector_s_configuration_is_ours_as_a_whole() -> None:
    """A setting that somebody added by hand is drift too, and goes."""
    (step,) = plan_of(state("c", "RUNNING", "RUNNING"), a="2", b="3").steps
    assert isinstance(step, Change)
    assert [(c.field, c.old, c.new) for c in step.changes] == [("a", "2", "1"), ("b", "3", None)]


def test_a_password_that_was_written_out_by_hand_is_not_shown() -> None:
    """Where somebody put a password in place of a reference, the plan says so, not which."""
    status = state("c", "RUNNING", "RUNNING")
    plan = plan_of(status, a="1", **{"connection.password": "hunter2"})
    assert "hunter2" not in plan.model_dump_json()
    (step,) = plan.steps
    assert isinstance(step, Change)
    (change,) = step.changes
    assert (change.field, change.old, change.new) == ("connection.password", "***", None)
    (step,) = plan_of(status, a="1", **{"connection.password": "${file:x:y}"}).steps
    assert isinstance(step, Change)
    assert step.changes[0].old == "${file:x:y}"


@pytest.mark.parametrize(
    "status", [state("c", "FAILED"), state("c", "RUNNING", "RUNNING", "FAILED")]
)
def test_what_has_failed_is_restarted(status: ConnectorStatus) -> None:
    """A connector that is as desired, but failed in itself or a task, is restarted."""
    (step,) = plan_of(status).steps
    assert isinstance(step, Restart)


@pytest.mark.parametrize("stands", ["PAUSED", "STOPPED"])
def test_what_stands_is_resumed(stands: str) -> None:
    """A connector that was paused or stopped is resumed, and the plan says so before."""
    (step,) = plan_of(state("c", stands)).steps
    assert isinstance(step, Resume)
    assert step.reason == f"it is {stands}"


def test_the_reason_of_a_restart_is_the_last_cause() -> None:
    """Why a connector failed is told in one line: the last cause of its trace."""
    trace = "org.X: outer\n\tat a\nCaused by: org.Y: middle\n\tat b\nCaused by: org.Z: inner\n"
    failed = state("c", "RUNNING", "FAILED")
    task = failed.tasks[0].model_copy(update={"trace": trace})
    (step,) = plan_of(failed.model_copy(update={"tasks": (task,)})).steps
    assert isinstance(step, Restart)
    assert step.reason == "org.Z: inner"


def test_a_task_that_is_missing_is_shown_and_the_connector_restarted() -> None:
    """RUNNING with fewer tasks than expected is drift: how many → how many; all is restarted."""
    (step,) = plan_of(state("c", "RUNNING")).steps
    assert isinstance(step, Restart)
    assert (step.reason, step.only_failed) == ("tasks: 0 → 1", False)


def test_another_connector_class_is_a_replacement() -> None:
    """A connector of another class can't be changed in place: its offsets mean something else."""
    desired = Desired(
        pipeline="p",
        topics=(),
        schemas=(),
        tables=(),
        connectors=(SINK.model_copy(update={"config": {"connector.class": "New", "a": "1"}}),),
    )
    found = SINK.model_copy(update={"config": {"connector.class": "Old", "a": "1"}})
    (step,) = diff(desired, World(connectors={"c": found}), ENDPOINTS).steps
    assert isinstance(step, Replace)
    assert step.reasons == ("it is another connector: Old → New",)
    assert [(c.field, c.old, c.new) for c in step.changes] == [("connector.class", "Old", "New")]


STRAYS = (
    SINK.model_copy(update={"name": "p.gone.sink"}),
    TableResource(schema_name="s", table="gone", columns=(), primary_key=()),
    TopicResource(name="p.k.gone", partitions=1),
)


def test_what_is_not_wanted_any_more_goes_before_connectors_are_made() -> None:
    """A connector that the spec wants no more is deleted first; data stays unless that is said."""
    desired = Desired(pipeline="p", topics=(), schemas=(), tables=(), connectors=(SINK,))
    world = World(strays=STRAYS)
    steps = diff(desired, world, ENDPOINTS).steps
    assert [(s.action, s.resource.name) for s in steps] == [
        ("delete", "p.gone.sink"),
        ("create", "c"),
    ]
    assert isinstance(steps[0], Delete) and not steps[0].offsets
    all_of_it = diff(desired, world, ENDPOINTS, delete_data=True).steps
    assert [(s.action, s.resource.name) for s in all_of_it] == [
        ("delete", "p.gone.sink"),
        ("create", "c"),
        ("delete", "s.gone"),
        ("delete", "p.k.gone"),
    ]
    assert isinstance(all_of_it[0], Delete) and all_of_it[0].offsets


def reader(name: str, *tables: str) -> ConnectorResource:
    return ConnectorResource(name=name, role="source", tasks=1, config={"tables": ",".join(tables)})


def steps_of(
    wanted: list[ConnectorResource], world: World
) -> list[tuple[str, str, dict[str, str]]]:
    desired = Desired(pipeline="p", topics=(), schemas=(), tables=(), connectors=tuple(wanted))
    return [
        (step.action, step.resource.name, dict(getattr(step, "takes", {})))
        for step in diff(desired, world, ENDPOINTS).steps
    ]


def test_a_connector_that_gets_another_s_tables_takes_their_offsets() -> None:
    """Tables to one bulkhead and back: the new one takes the offsets, then the old one goes."""
    apart = [reader("p.a.source", "k.a"), reader("p.b.source", "k.b")]
    together = reader("p.all.source", "k.a", "k.b")
    assert steps_of([together], World(strays=tuple(apart))) == [
        ("create", "p.all.source", {"k.a": "p.a.source", "k.b": "p.b.source"}),
        ("delete", "p.a.source", {}),
        ("delete", "p.b.source", {}),
    ]
    assert steps_of(apart, World(strays=(together,))) == [
        ("create", "p.a.source", {"k.a": "p.all.source"}),
        ("create", "p.b.source", {"k.b": "p.all.source"}),
        ("delete", "p.all.source", {}),
    ]


def test_a_table_that_joins_a_group_takes_its_offsets_along() -> None:
    """One connector gets a table, the other loses it and stays; what breaks off is done again."""
    before = [reader("p.g.source", "k.a"), reader("p.h.source", "k.b", "k.c")]
    after = [reader("p.g.source", "k.a", "k.b"), reader("p.h.source", "k.c")]
    world = World(connectors={one.name: one for one in before})
    assert steps_of(after[::-1], world)[0][1] == "p.g.source", "it takes before the other changes"
    assert steps_of(after, world) == [
        ("change", "p.g.source", {"k.b": "p.h.source"}),
        ("change", "p.h.source", {}),
    ]
    made = {"p.g.source": after[0], "p.h.source": before[1]}
    half = World(connectors=made, statuses={"p.g.source": state("p.g.source", "STOPPED")})
    assert steps_of(after, half)[0] == ("change", "p.g.source", {"k.b": "p.h.source"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("connection.url", "jdbc:postgresql://h/db?user=m&password=hunter2"),
        ("connection.url", "jdbc:postgresql://m:hunter2@h/db"),
        ("value.converter.basic.auth.user.info", "reg:hunter2"),
        ("consumer.override.ssl.keystore.key", "-----BEGIN PRIVATE KEY-----hunter2"),
        ("mask.key", "hunter2"),
        ("connection.passwd", "hunter2"),
        ("apikey", "hunter2"),
        ("connection.password", "${env:A}hunter2"),
    ],
)
def test_no_secret_that_was_written_by_hand_is_shown(name: str, value: str) -> None:
    """A plan is printed and saved: what somebody wrote out into a connector is not in it."""
    wanted = ConnectorResource(name="p.t.sink", role="sink", tasks=1, config={})
    found = wanted.model_copy(update={"config": {name: value}})
    (change,) = changes(wanted, found)
    assert change.old is not None
    assert "hunter2" not in change.old


def test_no_password_of_a_url_is_in_a_reason() -> None:
    """What a driver says of the URL that it can't connect to is told without its password."""
    for url in ("jdbc:postgresql://h/db?user=m&password=hunter2", "http://m:hunter2@h/"):
        told = first_line(f"org.X: no connection to {url}")
        assert "hunter2" not in told
        assert "no connection to" in told
