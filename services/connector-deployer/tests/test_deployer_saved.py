"""Plans in files, and what belongs to a pipeline that its spec does not name."""

import json
from pathlib import Path

import pytest

from messina.deployer.drift import kept, unhealed
from messina.deployer.errors import DeployerError
from messina.deployer.fingerprint import seen
from messina.deployer.kinds.connector import stray
from messina.deployer.plan import Change, FieldChange, Plan, Reads
from messina.deployer.resources import (
    ColumnValue,
    ConnectorResource,
    Desired,
    TableResource,
    TopicResource,
)
from messina.deployer.saved import desired_of, read_plan, write_plan
from messina.deployer.world import World
from messina.kafka import Connector, ConnectorStatus
from messina.pipeline import Endpoints

ENDPOINTS = Endpoints.model_validate(
    {
        "version": 1,
        "kafka": {"bootstrap_servers": "127.0.0.1:1"},
        "connect": {"url": "http://127.0.0.1:2"},
        "registry": {"url": "http://127.0.0.1:3"},
        "postgres": {
            "host": "127.0.0.1",
            "port": 4,
            "database": "d",
            "user": "u",
            "password": "env:MESSINA_SECRET_POSTGRES",
        },
        "scylla": {"contact_points": ["127.0.0.1:5"], "local_datacenter": "dc"},
    }
)
TOPIC = TopicResource(name="p.k.t", partitions=2, config={"retention.ms": "604800000"})
TABLE = TableResource(
    schema_name="s",
    table="t",
    columns=(
        ColumnValue(name="id", type="integer", nullable=False),
        ColumnValue(name="n", type="text"),
    ),
    primary_key=("id",),
)
SINK = ConnectorResource(name="p.t.sink", role="sink", tasks=2, config={"topics": "p.k.t"})
PLAN = Plan(
    pipeline="p",
    endpoints=ENDPOINTS,
    actions=(
        Change(
            resource=TOPIC,
            changes=(FieldChange(field="retention.ms", old="1000", new="604800000"),),
        ),
        Change(resource=TABLE, changes=(FieldChange(field="column n", old=None, new="text"),)),
    ),
    reads=Reads(keyspace="k", tables=("t",), sink_schema="s", seen={"topic p.k.t": "0"}),
)


def test_a_saved_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A plan that was saved and read again is the same plan, with references for secrets."""
    file = tmp_path / "plan.json"
    write_plan(PLAN, file)
    assert read_plan(file) == PLAN
    assert "env:MESSINA_SECRET_POSTGRES" in file.read_text()
    assert desired_of(PLAN).all() == (TOPIC, TABLE)


@pytest.mark.parametrize("text", ["pipeline: p", "{", "[]", '{"pipeline": "p"}', "", "[" * 9999])
def test_what_is_no_plan_is_left_to_be_a_spec(text: str, tmp_path: Path) -> None:
    """Anything that is not a plan is None: the command then takes the file for a spec."""
    file = tmp_path / "it"
    file.write_text(text)
    assert read_plan(file) is None
    assert read_plan(tmp_path / "missing") is None


def test_a_plan_of_another_form_is_refused_with_its_place(tmp_path: Path) -> None:
    """A plan that can't be read says where it is wrong and how to make a new one; no traceback."""
    file = tmp_path / "plan.json"
    write_plan(PLAN, file)
    content = json.loads(file.read_text())
    content["actions"][0]["action"] = "explode"
    file.write_text(json.dumps(content))
    with pytest.raises(DeployerError, match=r"is no plan of this version \(actions.0: .*next: "):
        read_plan(file)
    write_plan(PLAN.model_copy(update={"reads": None}), file)
    with pytest.raises(DeployerError, match="does not say what it was made from"):
        read_plan(file)


def test_a_plan_that_can_not_be_written_is_an_error_with_the_next_step(tmp_path: Path) -> None:
    """A folder that is not there is told as it is, and that nothing was changed."""
    with pytest.raises(DeployerError, match="No such file or directory; nothing was changed; next"):
        write_plan(PLAN, tmp_path / "no" / "plan.json")


def status(connector: str, *tasks: str, worker: str = "w") -> ConnectorStatus:
    return ConnectorStatus.model_validate(
        {
            "name": SINK.name,
            "connector": {"state": connector, "worker_id": worker},
            "tasks": [{"id": i, "state": t, "worker_id": worker} for i, t in enumerate(tasks)],
        }
    )


def world(how: ConnectorStatus, **changed: object) -> World:
    return World(
        topics={TOPIC.name: TOPIC},
        tables={TABLE.name: TABLE},
        connectors={SINK.name: SINK},
        statuses={SINK.name: how},
        sources={"k.t": "1"},
    ).model_copy(update=changed)


DESIRED = Desired(pipeline="p", topics=(TOPIC,), schemas=(), tables=(TABLE,), connectors=(SINK,))
FINE = status("RUNNING", "RUNNING", "RUNNING")


def differs(other: World) -> set[str]:
    """Return what is seen otherwise than in the world as it should be."""
    was, now = seen(DESIRED, world(FINE)), seen(DESIRED, other)
    return {what for what in {*was, *now} if was.get(what) != now.get(what)}


def test_every_move_of_the_world_is_seen() -> None:
    """A setting, a column, a source's schema, a state, a stray: each is seen."""
    assert differs(world(FINE)) == set()
    moved = TOPIC.model_copy(update={"config": {"retention.ms": "1"}})
    assert differs(world(FINE, topics={TOPIC.name: moved})) == {"topic p.k.t"}
    assert differs(world(FINE, topics={})) == {"topic p.k.t"}
    more = TABLE.model_copy(
        update={"columns": (*TABLE.columns, ColumnValue(name="x", type="text", nullable=False))}
    )
    assert differs(world(FINE, tables={TABLE.name: more})) == {"table s.t"}
    assert differs(world(FINE, sources={"k.t": "2"})) == {"source table k.t"}
    assert differs(world(status("PAUSED", "PAUSED", "PAUSED"))) == {"connector p.t.sink"}
    assert differs(world(status("RUNNING", "RUNNING", "FAILED"))) == {"connector p.t.sink"}
    assert differs(world(status("RUNNING", "RUNNING"))) == {"connector p.t.sink"}
    other = SINK.model_copy(update={"name": "p.u.sink"})
    assert differs(world(FINE, strays=(other,))) == {"connector p.u.sink"}


def test_what_passes_by_itself_is_no_move() -> None:
    """A task that is being moved to another worker changes nothing that a plan goes by."""
    assert differs(world(status("RUNNING", "RUNNING", "UNASSIGNED", worker="v"))) == set()


def test_what_was_seen_does_not_depend_on_order() -> None:
    """The same things found in another order are the same world."""
    other = TOPIC.model_copy(update={"config": {"a": "1", "b": "2"}})
    turned = TOPIC.model_copy(update={"config": {"b": "2", "a": "1"}})
    assert seen(DESIRED, world(FINE, topics={TOPIC.name: other})) == seen(
        DESIRED, world(FINE, topics={TOPIC.name: turned})
    )


SOURCE = {"connector.class": "io.messina.connect.scylla.ScyllaSourceConnector"}
WRITER = {"connector.class": "io.debezium.connector.jdbc.JdbcSinkConnector"}


@pytest.mark.parametrize(
    ("name", "config", "ours"),
    [
        ("p.t.source", {**SOURCE, "topic.prefix": "p"}, True),
        ("p.t.sink", {**WRITER, "topics": "p.k.t, p.k.u"}, True),
        ("p.t.source", {**SOURCE, "topic.prefix": "q"}, False),
        ("p.t.sink", {**WRITER, "topics": "q.k.t"}, False),
        ("p.t.sink", {**WRITER, "topics": "p.k.t,other"}, False),
        ("pp.t.sink", {**WRITER, "topics": "p.k.t"}, False),
        ("p.t.sink", {"connector.class": "org.example.Sink", "topics": "p.k.t"}, False),
        ("p.t.copy", {**WRITER, "topics": "p.k.t"}, False),
        ("p", {**WRITER, "topics": "p.k.t"}, False),
    ],
)
def test_a_connector_is_the_pipeline_s_own_only_if_all_says_so(
    name: str, config: dict[str, str], ours: bool
) -> None:
    """Name, class, and what it reads or writes must all be the pipeline's: nobody else's goes."""
    found = stray(Connector(name=name, config={**config, "password": "hunter2"}), "p")
    assert (found is not None) == ours
    if found is not None:
        assert "password" not in found.config


def test_what_a_plan_does_not_heal_is_told() -> None:
    """Values and records that were lost by hand don't come back with the settings: notes say so."""
    added, shorter = sorted(unhealed(PLAN.actions, "f.yaml"))
    assert added.startswith("table s.t: n will be null in the rows that are there")
    assert shorter.startswith("topic p.k.t: records may be gone")
    assert all("messina reconcile run f.yaml" in note for note in (added, shorter))


def test_what_a_sink_left_out_while_it_was_set_otherwise_is_told() -> None:
    """Deletes that a sink was told to ignore by hand are not applied by setting it right."""
    changes = (
        FieldChange(field="batch.size", old="7", new=None),
        FieldChange(field="delete.enabled", old="false", new="true"),
    )
    (note,) = unhealed([Change(resource=SINK, changes=changes)], "f.yaml")
    assert note.startswith("connector p.t.sink: what came while delete.enabled was another")
    assert "messina reconcile run f.yaml" in note


def test_data_that_stays_is_told_with_the_way_to_delete_it() -> None:
    """Topics and tables of a table that the spec names no more are kept, and named."""
    topic, table = kept((TOPIC, TABLE, SINK), "f.yaml")
    assert topic.startswith("topic p.k.t stays") and table.startswith("table s.t stays")
    assert topic.endswith("messina deploy apply f.yaml --delete-data deletes it")
