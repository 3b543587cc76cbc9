"""The deployer against the real stack: what it makes, heals, refuses and takes down."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, own_pipeline
from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.kafka import ConnectClient, Positions, RegistryClient, Topics
from messina.pipeline import Endpoints
from messina.postgres import connect as connect_postgres
from messina.postgres import inspect_table
from messina.secrets import resolve
from messina.testing import Stack, until
from messina.types import postgres_type

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

KEYS = count(1)
_SETTING = "consumer.override.session.timeout.ms"
ADDED = tuple(
    "ascii bigint blob boolean date decimal double duration float inet int smallint text time"
    " timestamp timeuuid tinyint uuid varint".split()
)


@pytest.fixture()
def connect(endpoints: Endpoints) -> Iterator[ConnectClient]:
    with ConnectClient(endpoints.connect.url) as client:
        yield client


@pytest.fixture()
def pipeline(stack: Stack, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline of this test alone, not applied."""
    with own_pipeline(stack, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def shared(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with own_pipeline(stack, tmp_path_factory.mktemp("deployer")) as made:
        said = made.run("apply")
        assert said.code == 0, said.output
        yield made


@pytest.fixture()
def applied(shared: Pipeline) -> Pipeline:
    """A pipeline that runs, for tests that leave it running."""
    assert shared.run("status").code == 0
    return shared


@pytest.fixture()
def key() -> int:
    """A key that no other test uses."""
    return next(KEYS)


def test_applying_twice_changes_nothing(pipeline: Pipeline) -> None:
    """A plan has everything to create (2); apply does it (0); then there is nothing to do (0)."""
    first = pipeline.run("plan")
    assert first.code == 2
    # the schema of claims is every pipeline's: another one may have made it
    assert first.document["summary"] in ({"create": 13}, {"create": 12, "unchanged": 1})
    assert pipeline.run("status").code == 1
    assert pipeline.run("apply").code == 0
    assert pipeline.run("status").code == 0
    again = pipeline.run("plan")
    assert (again.code, again.document["summary"]) == (0, {"unchanged": 13})
    assert pipeline.run("apply").document["summary"] == {"unchanged": 13}


def test_rows_arrive_with_names_that_need_quotes(applied: Pipeline, cql: Session, key: int) -> None:
    """Inserts, updates and deletes arrive, in columns whose names Postgres would fold or refuse."""
    table = f"{applied.schema}.flights"
    cql.execute(f"INSERT INTO {table} (id, carrier, \"Order\") VALUES ({key}, 'UA', 7)")
    until(lambda: applied.flight(key) == ("UA", 7), within=60, what="an insert arrives")
    cql.execute(f'UPDATE {table} SET "Order" = null WHERE id = {key}')
    until(lambda: applied.flight(key) == ("UA", None), within=60, what="an update arrives")
    cql.execute(f"DELETE FROM {table} WHERE id = {key}")
    until(lambda: applied.flight(key) is None, within=60, what="a delete arrives")


def test_added_columns_arrive_with_their_types(pipeline: Pipeline, cql: Session) -> None:
    """Columns that the source gets arrive with the types that a new table would have."""
    assert pipeline.run("apply").code == 0
    table = f"{pipeline.schema}.flights"
    cql.execute(f"INSERT INTO {table} (id, carrier) VALUES (1, 'UA')")
    until(lambda: pipeline.flight(1) is not None, within=60, what="a row before the change arrives")
    columns = ", ".join(f"c_{kind} {kind}" for kind in ADDED)
    cql.execute(f"ALTER TABLE {table} ADD ({columns})")
    cql.execute(f"INSERT INTO {table} (id, carrier, c_smallint) VALUES (2, 'DL', 5)")
    until(lambda: pipeline.flight(2) is not None, within=60, what="a row after the change arrives")
    with connect_postgres(pipeline.endpoints.postgres, application_name="a test") as connection:
        found = inspect_table(connection, pipeline.schema, "flights")
    assert found is not None
    types = {c.name: c.type for c in found.columns if c.name.startswith("c_")}
    assert types == {f"c_{kind}": postgres_type(kind) for kind in ADDED}
    assert pipeline.run("plan").code == 0
    assert pipeline.run("status").code == 0


def test_a_column_of_another_type_is_refused(pipeline: Pipeline, cql: Session) -> None:
    """A column that Postgres has with another type is refused with its line, never altered."""
    pipeline.sql(f"CREATE SCHEMA {pipeline.schema}")
    pipeline.sql(f"CREATE TABLE {pipeline.schema}.flights (id int PRIMARY KEY, carrier int)")
    said = pipeline.run("apply")
    assert said.code == 1
    assert f"{pipeline.file}:6:11: Postgres has another table of this name" in said.output
    assert "column carrier has type integer, not text" in said.output
    assert pipeline.run("status").document["tables"][0]["sink"]["state"] == "missing"


def test_a_column_is_added_before_its_first_value(pipeline: Pipeline, cql: Session) -> None:
    """A column that the source has got is in the plan until it is in Postgres; apply adds it."""
    assert pipeline.run("apply").code == 0
    cql.execute(f"ALTER TABLE {pipeline.schema}.flights ADD price decimal")
    (action,) = (a for a in pipeline.run("plan").document["actions"] if a["action"] == "change")
    assert action["changes"] == [{"field": "column price", "old": None, "new": "numeric"}]
    assert pipeline.run("apply").code == 0
    cql.execute(f"INSERT INTO {pipeline.schema}.flights (id, price) VALUES (1, 0.1)")
    query = f"SELECT price::text FROM {pipeline.schema}.flights"
    until(lambda: pipeline.sql(query) == [("0.1",)], within=60, what="the value arrives")
    assert pipeline.run("plan").code == 0


def test_a_decimal_that_the_sink_added_keeps_its_digits(pipeline: Pipeline, cql: Session) -> None:
    """A decimal column that the sink adds is exact; Debezium alone would make it a double."""
    assert pipeline.run("apply").code == 0
    exact = "12345678901234567890.12345678901234567890"
    cql.execute(f"ALTER TABLE {pipeline.schema}.flights ADD price decimal")
    cql.execute(f"INSERT INTO {pipeline.schema}.flights (id, price) VALUES (1, {exact})")
    until(lambda: pipeline.flight(1) is not None, within=60, what="the row arrives")
    assert pipeline.sql(f"SELECT price::text FROM {pipeline.schema}.flights") == [(exact,)]
    assert pipeline.run("plan").code == 0


def test_drift_is_shown_field_by_field_and_healed(
    applied: Pipeline, connect: ConnectClient
) -> None:
    """What was changed by hand shows in the plan with old and new, and apply puts it right."""
    config = connect.get(applied.sink)
    assert config is not None
    changed = {k: v or "" for k, v in config.config.items()} | {_SETTING: "45000"}
    connect.put(applied.sink, changed)
    Topics(applied.endpoints.kafka.bootstrap_servers).alter(applied.topic, {"retention.ms": "1000"})
    applied.sql(f'ALTER TABLE {applied.schema}.flights DROP COLUMN "Order"')
    said = applied.run("plan")
    assert said.code == 2
    changes = {
        (action["resource"]["kind"], change["field"]): (change["old"], change["new"])
        for action in said.document["actions"]
        if action["action"] == "change"
        for change in action["changes"]
    }
    assert changes == {
        ("connector", _SETTING): ("45000", "6000"),
        ("topic", "retention.ms"): ("1000", "604800000"),
        ("table", "column Order"): (None, "integer"),
    }
    assert applied.run("apply").code == 0
    assert applied.steps() == {}


def test_a_failed_task_is_shown_and_restarted(applied: Pipeline, cql: Session, key: int) -> None:
    """A task that Postgres has stopped shows with its error; apply restarts it, and it goes on."""
    table = f"{applied.schema}.flights"
    applied.forbid("no_ua")
    cql.execute(f"INSERT INTO {table} (id, carrier) VALUES ({key}, 'UA')")
    until(lambda: applied.run("status").code == 1, within=120, what="status shows the failed task")
    (shown,) = applied.run("status").document["tables"]
    assert shown["sink"]["state"] == "FAILED"
    assert "no_ua" in shown["sink"]["error"]
    assert applied.steps() == {"restart": [f"connector {applied.sink}"]}
    applied.allow()
    assert applied.run("apply").code == 0
    until(lambda: applied.flight(key) is not None, within=60, what="the refused row arrives")


def test_a_connector_that_can_not_run_is_an_error_with_its_trace(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a task fails as soon as it starts, apply ends with 1, its trace and the next command."""
    reference = pipeline.endpoints.postgres.password
    assert reference is not None
    # the deployer can resolve this reference, the worker can't
    monkeypatch.setenv("MESSINA_TEST_PASSWORD", resolve(reference).reveal())
    postgres = pipeline.endpoints.postgres.model_dump(mode="json")
    postgres["password"] = "env:MESSINA_TEST_PASSWORD"
    text = pipeline.file.read_text()
    stated = f"sink: {{postgres: {json.dumps(postgres)}, "
    pipeline.file.write_text(text.replace("sink: {", stated))
    said = pipeline.run("apply", "--timeout", "60")
    assert said.code == 1
    assert "1 connector does not run after" in said.output
    assert f"{pipeline.sink}: RUNNING, 0 of 1 tasks RUNNING, 1 FAILED" in said.output
    assert "password authentication failed" in said.output
    assert "next: messina logs connect, then messina deploy apply" in said.output
    pipeline.file.write_text(text)
    assert pipeline.run("apply").code == 0


def test_a_paused_connector_is_resumed(applied: Pipeline, connect: ConnectClient) -> None:
    """A connector that somebody paused shows in the plan, and apply lets it go on."""
    connect.pause(applied.sink)
    connect.wait(applied.sink, lambda s: s.connector.state == "PAUSED", "be PAUSED")
    assert applied.steps() == {"resume": [f"connector {applied.sink}"]}
    assert applied.run("apply").code == 0
    assert applied.run("status").code == 0


def test_what_can_not_be_is_refused_before_anything_is_made(
    pipeline: Pipeline, cql: Session, connect: ConnectClient
) -> None:
    """Tables without CDC, or not there at all, are refused with their lines; nothing is made."""
    keyspace = pipeline.keyspace
    cql.execute(f"CREATE TABLE {keyspace}.plain (id int PRIMARY KEY, n int)")
    with pipeline.file.open("a") as file:
        file.write("  - name: plain\n  - name: flihgts\n")
    for command in ("plan", "apply"):
        said = pipeline.run(command)
        assert said.code == 1
        assert f"{pipeline.file}:7:11: table {keyspace}.plain has no CDC" in said.output
        assert f"{pipeline.file}:8:11: table {keyspace}.flihgts does not exist" in said.output
        assert "did you mean flights?" in said.output
    assert not any(name.startswith(pipeline.name) for name in connect.names())
    topics = Topics(pipeline.endpoints.kafka.bootstrap_servers).names()
    assert not any(name.startswith(pipeline.name) for name in topics)
    assert pipeline.sql(f"SELECT 1 FROM pg_namespace WHERE nspname = '{keyspace}'") == []


def test_another_number_of_partitions_is_refused(applied: Pipeline) -> None:
    """Partitions are slices of the ring: another number is refused with its line, not made."""
    text = applied.file.read_text()
    applied.file.write_text(text.replace("partitions: 2", "partitions: 3"))
    said = applied.run("apply")
    applied.file.write_text(text)
    assert said.code == 1
    assert f"{applied.file}:6:11: topic {applied.topic} exists with 2 partitions" in said.output


def test_no_answer_of_connect_holds_a_password(applied: Pipeline, connect: ConnectClient) -> None:
    """Configuration and validation show the reference to a password, never what it is."""
    reference = applied.endpoints.postgres.password
    assert reference is not None
    password = resolve(reference).reveal()
    connector = connect.get(applied.sink)
    assert connector is not None
    assert (connector.config["connection.password"] or "").startswith("${")
    assert password not in connector.model_dump_json()
    config = {k: v or "" for k, v in connector.config.items()}
    assert connect.validate(config) == ()
    assert password not in applied.run("plan").output


def test_destroy_keeps_data_unless_told(pipeline: Pipeline, connect: ConnectClient) -> None:
    """Destroy asks; then it deletes connectors and keeps data; data goes only when that is said."""
    assert pipeline.run("apply").code == 0
    answer = CliRunner().invoke(
        app,
        ["destroy", str(pipeline.file), "--endpoints", str(pipeline.endpoints_file)],
        input="n\n",
    )
    assert answer.exit_code == 1
    assert pipeline.run("status").code == 0
    assert pipeline.run("destroy", "--yes").code == 0
    assert not any(name.startswith(pipeline.name) for name in connect.names())
    assert pipeline.steps().keys() == {"create"}
    assert len(pipeline.steps()["create"]) == 2
    assert pipeline.run("apply").code == 0
    registry = pipeline.endpoints.registry
    with RegistryClient(registry.url, registry.kind) as client:
        assert client.compatibility() == "NONE", "Apicurio takes what comes"
        until(
            lambda: any(subject.startswith(f"{pipeline.name}.") for subject in client.subjects()),
            within=30,
            what="watermarks register their schema",
        )
        assert pipeline.run("destroy", "--yes", "--delete-data").code == 0
        assert not any(subject.startswith(f"{pipeline.name}.") for subject in client.subjects())
    topics = Topics(pipeline.endpoints.kafka.bootstrap_servers).names()
    assert not any(name.startswith(f"{pipeline.name}.") for name in topics)
    table = f"SELECT to_regclass('{pipeline.schema}.flights')"
    assert pipeline.sql(table) == [(None,)]
    assert pipeline.run("destroy", "--yes", "--delete-data").document == {"events": []}


def test_positions_and_schemas_are_found(applied: Pipeline, cql: Session, key: int) -> None:
    """A sink's committed offsets reach its topic's records; both schemas are in the registry."""
    cql.execute(f"INSERT INTO {applied.schema}.flights (id, carrier) VALUES ({key}, 'UA')")
    until(lambda: applied.flight(key) is not None, within=60, what="an insert arrives")
    positions = Positions(applied.endpoints.kafka.bootstrap_servers)
    until(
        lambda: sum(positions.committed(f"connect-{applied.sink}", applied.topic).values()) > 0,
        within=30,
        what="the sink commits its offsets",
    )
    registry = applied.endpoints.registry
    with RegistryClient(registry.url, registry.kind) as client:
        assert {f"{applied.topic}-key", f"{applied.topic}-value"} <= set(client.subjects())
