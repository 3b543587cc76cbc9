"""The examples run: made from their files, they carry what is written, and both sides are equal.

An overlay of this test gives each a keyspace and a schema of its own.
"""

import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cassandra.cluster import Session
from typer.testing import CliRunner

from messina.deployer.cli import app
from messina.pipeline import PipelineSpec, load_spec, resolve
from messina.postgres import connect
from messina.reconciler import Report, compare
from messina.scylla import connect as connect_scylla
from messina.scylla import table_names
from messina.testing import Stack
from messina.types import hmac_text

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

EXAMPLES = Path(__file__).parents[2] / "examples"
KEY = "a key for a test"
ID = "a81bc81b-dead-4e5d-abff-90865d1e13b1"


@dataclass(frozen=True)
class Running:
    """An example that runs in a keyspace of its own."""

    file: Path
    keyspace: str
    stack: Stack

    def run(self, *arguments: str) -> str:
        """Run a command of the deployer; return what it says, with its exit code at the end."""
        where = ["--env", "test", "--endpoints", str(self.stack.layout.endpoints)]
        result = CliRunner().invoke(app, [arguments[0], str(self.file), *where, *arguments[1:]])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return f"{result.output}\nexit {result.exit_code}"

    @property
    def spec(self) -> PipelineSpec:
        """The spec, with the tables that its patterns mean."""
        scylla = self.stack.endpoints.scylla
        with connect_scylla(scylla.contact_points, scylla.local_datacenter) as session:
            return resolve(load_spec(self.file, "test"), table_names(session, self.keyspace))

    def equal(self) -> Report:
        """Compare both sides until they are equal, and once more for the numbers of rows."""
        spec, where = load_spec(self.file, "test"), self.stack.endpoints
        first = compare(spec, where, settle=timedelta(seconds=60))
        assert first.discrepancies == ()
        return compare(spec, where, settle=timedelta(seconds=10))

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the sink."""
        with connect(self.stack.endpoints.postgres, application_name="a test") as connection:
            return connection.execute(query.replace("SCHEMA", self.keyspace).encode()).fetchall()


@pytest.fixture()
def running(
    request: pytest.FixtureRequest, stack: Stack, cql: Session, tmp_path: Path
) -> Iterator[Running]:
    """The example that the test names, applied."""
    name, keyspace = request.param, f"e_{secrets.token_hex(4)}"
    scylla = stack.endpoints.scylla
    cql.execute(
        f"CREATE KEYSPACE {keyspace} WITH replication = "
        f"{{'class': 'NetworkTopologyStrategy', '{scylla.local_datacenter}': 1}}"
    )
    for statement in re.findall("CREATE TABLE [^;]+", (EXAMPLES / f"{name}.cql").read_text()):
        cql.execute(statement.replace("CREATE TABLE ", f"CREATE TABLE {keyspace}."))
    file = tmp_path / f"{name}.yaml"
    shutil.copy(EXAMPLES / file.name, file)
    source = {"keyspace": keyspace}
    # a folder that the workers may read secrets from
    key = stack.layout.home / "secrets" / f"mask-{keyspace}"
    if "mask_key:" in file.read_text():
        key.write_text(KEY)
        source["mask_key"] = f"file:{key}"
    overlay = {
        "pipeline": keyspace.replace("_", "-"),
        "source": source,
        "sink": {"schema": keyspace},
    }
    file.with_suffix(".test.yaml").write_text(yaml.safe_dump(overlay))
    made = Running(file, keyspace, stack)
    try:
        said = made.run("apply")
        assert said.endswith("exit 0"), said
        yield made
    finally:
        gone = made.run("destroy", "--yes", "--delete-data")
        key.unlink(missing_ok=True)
        assert gone.endswith("exit 0"), gone
        cql.execute(f"DROP KEYSPACE {keyspace}")
        with connect(stack.endpoints.postgres, application_name="a test") as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {keyspace} CASCADE".encode())


def on(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("running", [name], indirect=True)


@on("orders")
def test_orders_are_carried_with_the_tables_of_a_pattern(running: Running, cql: Session) -> None:
    """Named tables and those that a pattern means arrive; what is excluded has no table."""
    ks = running.keyspace
    for n in range(20):
        cql.execute(f"INSERT INTO {ks}.orders (id, customer, total) VALUES (uuid(), 'c{n}', {n}.5)")
        cql.execute(f"INSERT INTO {ks}.order_lines (order_id, line) VALUES ({ID}, {n})")
        cql.execute(f"INSERT INTO {ks}.archive_202{4 + n % 2} (id, total) VALUES (uuid(), {n})")
    running.equal()
    cql.execute(f"DELETE FROM {ks}.order_lines WHERE order_id = {ID} AND line = 7")
    cql.execute(f"UPDATE {ks}.order_lines SET amount = 3 WHERE order_id = {ID} AND line = 8")
    report = running.equal()
    assert {t.table.partition(".")[2]: t.rows_in_sink for t in report.tables} == {
        "orders": 20,
        "order_lines": 19,
        "archive_2024": 10,
        "archive_2025": 10,
    }
    assert running.run("plan").endswith("exit 0")


@on("customers")
def test_what_must_not_leave_the_source_does_not(running: Running, cql: Session) -> None:
    """Masked, renamed and left out: Postgres has just what the example says, and it is equal."""
    ks = running.keyspace
    cql.execute(
        f"INSERT INTO {ks}.customers (id, name, mail, phone, registered, password_hash, notes)"
        f" VALUES ({ID}, 'Ann', 'ann@example.org', '123', 0, 0xff, {{'a': 'b'}})"
    )
    cql.execute(f"INSERT INTO {ks}.customers (id, name) VALUES (uuid(), 'Bob')")
    cql.execute(f"INSERT INTO {ks}.customers (id, name) VALUES (uuid(), 'Cid')")
    cql.execute(
        f"INSERT INTO {ks}.visits (day, id, customer, page, agent)"
        f" VALUES ('2026-01-02', now(), {ID}, '/', 'a browser')"
    )
    running.equal()
    cql.execute(f"UPDATE {ks}.customers SET name = 'Anna' WHERE id = {ID}")
    (bob,) = cql.execute(f"SELECT id FROM {ks}.customers WHERE name = 'Bob' ALLOW FILTERING")
    cql.execute(f"DELETE FROM {ks}.customers WHERE id = {bob[0]}")
    running.equal()
    assert running.sql(
        "SELECT customer_id::text, name, mail, phone, registered_at::text FROM SCHEMA.customer"
        " WHERE name LIKE 'A%'"
    ) == [(ID, "Anna", hmac_text(KEY, "text", b"ann@example.org"), None, "1970-01-01 00:00:00+00")]
    assert running.sql("SELECT count(*) FROM SCHEMA.customer") == [(2,)]
    assert running.sql(
        "SELECT table_name::text, string_agg(column_name, ',' ORDER BY column_name)"
        " FROM information_schema.columns WHERE table_schema = 'SCHEMA' GROUP BY 1 ORDER BY 1"
    ) == [
        ("customer", "customer_id,mail,name,phone,registered_at"),
        ("visits", "customer_id,day,id,page,seconds"),
    ]
    cql.execute(f"ALTER TABLE {ks}.visits ADD later text")
    cql.execute(
        f"INSERT INTO {ks}.visits (day, id, later, page) VALUES ('2026-01-03', now(), 'x', '/l')"
    )
    running.equal()
    assert running.sql("SELECT page FROM SCHEMA.visits ORDER BY day") == [("/",), ("/l",)]
    assert running.run("plan").endswith("exit 0")


@on("sensors")
def test_tables_of_a_group_share_their_connectors(running: Running, cql: Session) -> None:
    """One source and one sink write three tables, of other names too; statics have their own."""
    ks = running.keyspace
    names = {b.name: [t.name for t in b.tables] for b in running.spec.bulkheads()}
    assert names == {
        "readings": ["readings"],
        "config": ["config_devices", "config_users", "sites"],
    }
    for n in range(10):
        cql.execute(
            f"INSERT INTO {ks}.readings (device, at, value, owner) VALUES ('d', {n}, 1.5, 'o{n}')"
        )
        cql.execute(f"INSERT INTO {ks}.config_devices (id, settings) VALUES ('{n}', {{'a': 'b'}})")
        cql.execute(f"INSERT INTO {ks}.config_users (id, role) VALUES ('{n}', 'r')")
        cql.execute(f"INSERT INTO {ks}.sites (id, address) VALUES ({n}, '10.0.0.{n}')")
    cql.execute(f"INSERT INTO {ks}.readings (device, owner) VALUES ('without rows', 'x')")
    running.equal()
    cql.execute(f"DELETE FROM {ks}.sites WHERE id = 3")
    cql.execute(f"UPDATE {ks}.config_users SET role = 'admin' WHERE id = '4'")
    report = running.equal()
    assert {t.table.partition(".")[2]: t.rows_in_sink for t in report.tables} == {
        "readings": 10,
        "readings__static": 2,
        "config_devices": 10,
        "config_users": 10,
        "sites": 9,
    }
    assert running.sql("SELECT network::text FROM SCHEMA.locations WHERE site_id = 4") == [
        ("10.0.0.4/32",)
    ]
    assert running.sql(
        "SELECT owner FROM SCHEMA.readings__with_static WHERE device = 'd' LIMIT 1"
    ) == [("o9",)]
    assert running.run("plan").endswith("exit 0")
