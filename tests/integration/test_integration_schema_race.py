"""Columns come, and all of a source's tasks tell the registry the table's new schema at once."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cassandra.cluster import Session
from road import Road

from messina.kafka import ConnectClient
from messina.testing import Stack, until

_ROWS = 40
_TASKS = 4
_REFUSED = ("that the registry was not told yet", "telling it failed", "AlreadyExists")


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A table that four tasks read, each some of its keys, and four write."""
    cql.execute(
        f"CREATE TABLE {keyspace}.grown (id int PRIMARY KEY, c0 text)"
        " WITH cdc = {'enabled': true}"
    )
    defaults = {"tasks": _TASKS, "partitions": _TASKS}
    made = Road(
        stack, keyspace, tmp_path, "grown", sink={"connector": "messina"}, defaults=defaults
    )
    applied = made.apply()
    assert applied.code == 0, applied.output
    yield made
    assert made.destroy().code == 0


class Grown:
    """The table, in which every row gets each new column's value.

    Attributes:
        road: its pipeline.
    """

    def __init__(self, road: Road, stack: Stack, cql: Session, postgres_dsn: str) -> None:
        self.road = road
        self._stack = stack
        self._cql = cql
        self._dsn = postgres_dsn
        self._log = stack.layout.log("connect")
        self._begin = self._log.stat().st_size

    def add(self, column: str) -> None:
        """Add a column."""
        self._cql.execute(f"ALTER TABLE {self.road.keyspace}.grown ADD {column} text")

    def write(self, column: str) -> None:
        """Give every row a value in a column: the column's name."""
        for key in range(_ROWS):
            self._cql.execute(
                f"INSERT INTO {self.road.keyspace}.grown (id, {column}) VALUES ({key}, '{column}')"
            )

    def wait_for(self, column: str) -> None:
        """Wait until every row in Postgres has this column's value."""
        # a column that the sink has not added yet is as good as empty
        value = f"to_jsonb(t) ->> '{column}' = '{column}'"
        query = f"SELECT count(*) FROM {{schema}}.grown t WHERE {value}"

        def arrived() -> bool:
            ((found,),) = self.road.rows(self._dsn, query)
            return int(found) == _ROWS

        until(arrived, within=60, what=f"every value of {column} is there")

    def said(self, *texts: str) -> int:
        """How many lines of Connect's log have all these texts, since the test began."""
        with self._log.open("rb") as lines:
            lines.seek(self._begin)
            return sum(all(text.encode() in line for text in texts) for line in lines)

    def check_tasks(self) -> None:
        """Each of the source's tasks has some of the table's slices."""
        name = f"{self.road.name}.grown.source"
        url = f"{self._stack.endpoints.connect.url}/connectors/{name}/tasks"
        tasks = httpx.get(url, trust_env=False).json()
        slices = [task["config"]["task.slices"] for task in tasks]
        assert len(slices) == _TASKS, slices
        assert all(f"{self.road.keyspace}.grown:" in some for some in slices), slices

    def check_health(self) -> None:
        """No task of either side failed, now or before, and no record was rejected."""
        assert self.said("Task threw an uncaught and unrecoverable exception") == 0
        status = self.road.status()
        assert status.code == 0, status.output
        (table,) = status.document["tables"]
        for side in ("source", "sink"):
            assert (table[side]["state"], table[side]["running"]) == ("RUNNING", _TASKS)
        assert table["lag"]["dead_letters"] == 0


@pytest.fixture()
def grown(road: Road, stack: Stack, cql: Session, postgres_dsn: str) -> Grown:
    """The table, with its first rows in Postgres."""
    table = Grown(road, stack, cql, postgres_dsn)
    table.write("c0")
    table.wait_for("c0")
    table.check_tasks()
    return table


def test_columns_under_writes_fail_no_task(grown: Grown) -> None:
    """Columns are added one after another while all rows are written, and the tasks tell the
    registry the same schemas at once. It refuses some, which are told again: no task of either side
    ever fails, and every value arrives."""
    columns: list[str] = []
    # how often tasks clash is a matter of milliseconds: about once in ten columns
    while len(columns) < 12 or (not grown.said(*_REFUSED) and len(columns) < 80):
        columns.append(f"c{len(columns) + 1}")
        grown.add(columns[-1])
        grown.write(columns[-1])
    for column in columns:
        grown.wait_for(column)
    grown.check_health()
    assert grown.said(*_REFUSED), "the registry refused no task: nothing was shown"


def test_a_schema_that_breaks_a_rule_fails_the_tasks(grown: Grown, stack: Stack) -> None:
    """What the registry refuses each time is no clash: after some seconds the tasks' converters
    tell it, and the tasks fail with the registry's own reason."""
    subject = f"{grown.road.name}.{grown.road.keyspace}.grown-value"
    root = stack.endpoints.registry.url.rstrip("/")
    artifact = f"{root}/apis/registry/v2/groups/default/artifacts/{subject}"
    with httpx.Client(trust_env=False) as registry:
        json = {"content-type": "application/json"}
        registry.post(f"{artifact}/versions", content='"int"', headers=json).raise_for_status()
        rule = {"type": "COMPATIBILITY", "config": "FULL"}
        registry.post(f"{artifact}/rules", json=rule).raise_for_status()
    grown.add("refused")
    grown.write("refused")
    with ConnectClient(stack.endpoints.connect.url) as connect:
        failed = connect.wait(
            f"{grown.road.name}.grown.source",
            lambda status: all(task.state == "FAILED" for task in status.tasks),
            "have failed",
        )
    traces = [task.trace or "" for task in failed.tasks]
    assert all("RuleViolationException: Incompatible artifact" in t for t in traces), traces
