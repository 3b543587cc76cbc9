"""Schema changes while changes flow: the stream goes on with the right schema, or one table stops.

With the official connector only what its users can count on is tried: columns that come and go.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cassandra.cluster import Session
from road import Road
from seen import Messina, Scylladb, Seen

from messina.kafka import AvroDecoder, ConnectClient, Gap, RegistryClient, gap
from messina.testing import Options, Stack, Tail, until

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

_SECONDS = 40.0
_TYPE = "CREATE TYPE {ks}.place (street text, number int)"
_TABLES = {
    "added": "id int PRIMARY KEY, a int",
    "typed": "id int PRIMARY KEY, p frozen<place>, q place",
    "renamed": "id int, c int, v int, PRIMARY KEY (id, c)",
    "recreated": "id int PRIMARY KEY, a int",
    "moved": "id int PRIMARY KEY, a int",
    "silent": "id int PRIMARY KEY, a int",
}


class Flow:
    """A pipeline, and what is seen of it."""

    def __init__(
        self, road: Road, stack: Stack, session: Session, tables: list[str], source: str
    ) -> None:
        self.road = road
        self.keyspace = road.keyspace
        self.cql = session
        applied = road.apply()
        assert applied.code == 0, applied.output
        where = stack.endpoints
        self._decoder = AvroDecoder(RegistryClient(where.registry.url, where.registry.kind))
        self._adapter = (Messina if source == "messina" else Scylladb)(self._decoder)
        self._gaps = f"{road.name}.gaps"
        topics = [f"{road.name}.{self.keyspace}.{table}" for table in tables]
        if source == "messina":
            topics.append(self._gaps)
        self._tail = Tail(where.kafka.bootstrap_servers, topics)
        self._connect = ConnectClient(where.connect.url)

    def run(self, statement: str) -> None:
        """Run CQL in which `{ks}` stands for the keyspace."""
        self.cql.execute(statement.replace("{ks}", self.keyspace))

    def event(self, table: str, key: int) -> Seen:
        """The newest event of a row, once there is one."""
        topic = f"{self.road.name}.{self.keyspace}.{table}"

        def found() -> list[Seen]:
            self._tail.poll()
            seen = (self._adapter.read(record) for record in self._tail.records[topic])
            return [one for one in seen if one is not None and one.key["id"] == key]

        return until(found, within=_SECONDS, what=f"an event of {table} {key}")[-1]

    def gaps(self, kind: str) -> list[Gap]:
        """The gaps of a kind so far."""
        self._tail.poll()
        found = (gap(record, self._decoder) for record in self._tail.records[self._gaps])
        return [one for one in found if one is not None and one.kind == kind]

    def failure(self, table: str) -> str:
        """What the table's source connector failed with, once it has."""

        def failed() -> str | None:
            status = self._connect.status(f"{self.road.name}.{table}.source")
            return status.last_error() if status is not None and status.failed() else None

        return until(failed, within=_SECONDS, what=f"the source of {table} stops") or ""

    def stored(self, dsn: str, query: str) -> list[tuple[Any, ...]]:
        """Rows of the sink."""
        return self.road.rows(dsn, query)

    def close(self) -> None:
        """Take it away."""
        self._tail.close()
        self._connect.close()
        destroyed = self.road.destroy()
        assert destroyed.code == 0, destroyed.output


@pytest.fixture(scope="module")
def flow(
    options: Options,
    stack: Stack,
    shared_session: Session,
    module_keyspace: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flow]:
    """A pipeline over a table for each kind of change."""
    cdc = "{'enabled': true}"
    tables = dict(_TABLES)
    if options.source == "scylladb":
        cdc = "{'enabled': true, 'postimage': true}"
        tables = {"added": tables["added"]}
    shared_session.execute(_TYPE.replace("{ks}", module_keyspace))
    for name, columns in tables.items():
        shared_session.execute(
            f"CREATE TABLE {module_keyspace}.{name} ({columns}) WITH cdc = {cdc}"
        )
    folder = tmp_path_factory.mktemp("schema")
    source = {"connector": options.source}
    road = Road(stack, module_keyspace, folder, *tables, source=source)
    made = Flow(road, stack, shared_session, list(tables), options.source)
    yield made
    made.close()


@pytest.fixture()
def only_messina(options: Options) -> None:
    """For what nobody knows of the official connector."""
    if options.source != "messina":
        pytest.skip("nothing is known of what the official connector does then")


def test_a_column_comes_goes_and_comes_back_as_another_type(flow: Flow, postgres_dsn: str) -> None:
    """ADD, DROP and ADD with another type: each event has the columns of its time."""
    flow.run("INSERT INTO {ks}.added (id, a) VALUES (1, 1)")
    assert _values(flow.event("added", 1)) == {"id": 1, "a": 1}
    flow.run("ALTER TABLE {ks}.added ADD extra text")
    flow.run("INSERT INTO {ks}.added (id, a, extra) VALUES (2, 2, 'x')")
    assert _values(flow.event("added", 2)) == {"id": 2, "a": 2, "extra": "x"}
    _await_rows(flow, postgres_dsn, "SELECT extra FROM {schema}.added WHERE id = 2", [("x",)])
    flow.run("ALTER TABLE {ks}.added DROP extra")
    flow.run("INSERT INTO {ks}.added (id, a) VALUES (3, 3)")
    assert _values(flow.event("added", 3)) == {"id": 3, "a": 3}
    _await_rows(flow, postgres_dsn, "SELECT a, extra FROM {schema}.added WHERE id = 3", [(3, None)])
    # A column of the sink is never dropped by itself, nor is its type changed: a person does it.
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(f"ALTER TABLE {flow.keyspace}.added DROP COLUMN extra".encode())
    # The server takes a name back only with a type that can read the dropped one's bytes.
    flow.run("ALTER TABLE {ks}.added ADD extra blob")
    flow.run("INSERT INTO {ks}.added (id, a, extra) VALUES (4, 4, 0xabcd)")
    assert _values(flow.event("added", 4)) == {"id": 4, "a": 4, "extra": b"\xab\xcd"}
    wanted = [(b"\xab\xcd",)]
    _await_rows(flow, postgres_dsn, "SELECT extra FROM {schema}.added WHERE id = 4", wanted)


@pytest.mark.usefixtures("only_messina")
def test_a_user_type_gets_a_field(flow: Flow, postgres_dsn: str) -> None:
    """After ALTER TYPE … ADD events have the new field, null where a value is older."""
    flow.run("INSERT INTO {ks}.typed (id, p) VALUES (1, {street: 'Main', number: 1})")
    assert _values(flow.event("typed", 1))["p"] == '{"street":"Main","number":1}'
    flow.run("ALTER TYPE {ks}.place ADD code text")
    flow.run("UPDATE {ks}.typed SET q = {street: 'Side', code: 'X'} WHERE id = 2")
    assert _values(flow.event("typed", 2))["q"] == '{"street":"Side","number":null,"code":"X"}'
    flow.run("UPDATE {ks}.typed SET q = null WHERE id = 1")
    older = {"street": "Main", "number": 1, "code": None}

    def read_again() -> bool:
        return bool(json.loads(_values(flow.event("typed", 1))["p"]) == older)

    until(read_again, within=_SECONDS, what="the old value with the new field")
    _await_rows(flow, postgres_dsn, "SELECT p FROM {schema}.typed WHERE id = 1", [(older,)])


@pytest.mark.usefixtures("only_messina")
def test_a_renamed_key_column_stops_its_table_alone(flow: Flow, postgres_dsn: str) -> None:
    """RENAME of a clustering column stops that table with the reason; the others go on."""
    flow.run("INSERT INTO {ks}.renamed (id, c, v) VALUES (1, 1, 1)")
    flow.event("renamed", 1)
    flow.run("ALTER TABLE {ks}.renamed RENAME c TO place")
    flow.run("INSERT INTO {ks}.renamed (id, place, v) VALUES (2, 1, 1)")
    failure = flow.failure("renamed")
    assert f"{flow.keyspace}.renamed" in failure
    assert "place" in failure
    status = flow.road.status()
    assert status.code == 1
    assert "place" in status.output
    flow.run("INSERT INTO {ks}.added (id, a) VALUES (100, 1)")
    assert _values(flow.event("added", 100))["a"] == 1
    _await_rows(flow, postgres_dsn, "SELECT a FROM {schema}.added WHERE id = 100", [(1,)])


@pytest.mark.usefixtures("only_messina")
def test_a_renamed_partition_key_stops_its_table_alone(flow: Flow) -> None:
    """RENAME of a column of the partition key stops that table with the reason, too."""
    flow.run("INSERT INTO {ks}.moved (id, a) VALUES (1, 1)")
    flow.event("moved", 1)
    flow.run("INSERT INTO {ks}.moved (id, a) VALUES (2, 1)")
    flow.run("ALTER TABLE {ks}.moved RENAME id TO place")
    failure = flow.failure("moved")
    assert f"{flow.keyspace}.moved" in failure
    assert "its key was (id) and is (place)" in failure


@pytest.mark.usefixtures("only_messina")
def test_a_table_without_its_log_stops_alone(flow: Flow) -> None:
    """Where CDC is switched off, its table stops: the log stays, and says nothing any more."""
    flow.run("INSERT INTO {ks}.silent (id, a) VALUES (1, 1)")
    flow.event("silent", 1)
    flow.run("ALTER TABLE {ks}.silent WITH cdc = {'enabled': false}")
    failure = flow.failure("silent")
    assert f"CDC of table {flow.keyspace}.silent was switched off" in failure
    assert "messina reconcile run" in failure


@pytest.mark.usefixtures("only_messina")
def test_a_table_made_anew_stops_alone(flow: Flow) -> None:
    """DROP and CREATE of a table stops it with the reason: what was in between nobody knows."""
    flow.run("INSERT INTO {ks}.recreated (id, a) VALUES (1, 1)")
    flow.event("recreated", 1)
    _recreate(flow, "recreated")
    failure = flow.failure("recreated")
    assert f"{flow.keyspace}.recreated" in failure
    flow.run("INSERT INTO {ks}.added (id, a) VALUES (200, 1)")
    flow.event("added", 200)


@pytest.mark.usefixtures("only_messina")
def test_a_table_made_anew_goes_on_with_a_gap_where_that_is_asked_for(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """With `table_recreated: heal` the stream goes on, and each whole slice is a gap."""
    cql.execute(
        f"CREATE TABLE {keyspace}.healed (id int PRIMARY KEY, a int) WITH cdc = {{'enabled': true}}"
    )
    road = Road(stack, keyspace, tmp_path, "healed", source={"table_recreated": "heal"})
    flow = Flow(road, stack, cql, ["healed"], "messina")
    flow.run("INSERT INTO {ks}.healed (id, a) VALUES (1, 1)")
    flow.event("healed", 1)
    _recreate(flow, "healed")
    flow.run("INSERT INTO {ks}.healed (id, a) VALUES (2, 2)")
    assert _values(flow.event("healed", 2)) == {"id": 2, "a": 2}
    _await_rows(flow, postgres_dsn, "SELECT a FROM {schema}.healed WHERE id = 2", [(2,)])
    gaps = until(
        lambda: len({one.slice for one in flow.gaps("table_recreated")}) == 2
        and flow.gaps("table_recreated"),
        within=_SECONDS,
        what="a gap for each slice",
    )
    assert gaps
    assert all(one.from_token is not None and one.to_token is not None for one in gaps)
    flow.close()


def _recreate(flow: Flow, table: str) -> None:
    flow.run(f"DROP TABLE {{ks}}.{table}")
    flow.run(
        f"CREATE TABLE {{ks}}.{table} (id int PRIMARY KEY, a int) WITH cdc = {{'enabled': true}}"
    )


def _values(seen: Seen) -> dict[str, Any]:
    """The row; a column that is null is as good as none, as readers of older schemas see it."""
    return {name: value for name, value in (seen.after or {}).items() if value is not None}


def _await_rows(flow: Flow, dsn: str, query: str, expected: list[tuple[Any, ...]]) -> None:
    found: list[tuple[Any, ...]] = []

    def there() -> bool:
        nonlocal found
        try:
            found = flow.stored(dsn, query)
        except psycopg.errors.UndefinedColumn:
            return False  # the sink adds it with the first event that has it
        return found == expected

    until(there, within=_SECONDS, what=f"{query} gives {expected}")
