"""The example with a hundred tables: applied from nothing, it runs within the times of its goals.

The short form, of 40 tables, is part of all tests; MESSINA_PERFORMANCE=long takes all hundred.
What was measured goes to a file of MESSINA_PERFORMANCE_REPORTS, if that names a folder.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cassandra.cluster import Session
from deployer_pipelines import Pipeline, Said

from messina.testing import Stack

pytestmark = pytest.mark.stack

EXAMPLE = Path(__file__).parents[2] / "examples" / "hundred.yaml"
LONG = os.environ.get("MESSINA_PERFORMANCE") == "long"
TABLES = 100 if LONG else 40
COLUMNS = "(id int PRIMARY KEY, name text, amount int, at timestamp)"
APPLIED_S, PLANNED_S = 180.0, 5.0


@pytest.fixture()
def hundred(stack: Stack, cql: Session, tmp_path: Path) -> Iterator[Pipeline]:
    """The example with its source tables, in a keyspace of this test's own; nothing is applied."""
    keyspace = f"h_{secrets.token_hex(4)}"
    name = keyspace.replace("_", "-")
    centre = stack.endpoints.scylla.local_datacenter
    cql.execute(
        f"CREATE KEYSPACE {keyspace} WITH replication = "
        f"{{'class': 'NetworkTopologyStrategy', '{centre}': 1}}"
    )
    for number in range(TABLES):
        table = f"{keyspace}.event_{number:03d}"
        cql.execute(f"CREATE TABLE {table} {COLUMNS} WITH cdc = {{'enabled': true}}")
    file = tmp_path / EXAMPLE.name
    shutil.copy(EXAMPLE, file)
    overlay = {"pipeline": name, "source": {"keyspace": keyspace}, "sink": {"schema": keyspace}}
    file.with_suffix(".test.yaml").write_text(yaml.safe_dump(overlay))
    made = Pipeline(file, name, keyspace, stack.endpoints, stack.layout.endpoints)
    yield made
    gone = made.run("destroy", "--env", "test", "--yes", "--delete-data")
    assert gone.code == 0, gone.output
    made.sql(f"DROP SCHEMA IF EXISTS {keyspace} CASCADE")
    cql.execute(f"DROP KEYSPACE {keyspace}", timeout=120)


def timed(pipeline: Pipeline, command: str) -> tuple[float, Said]:
    """Run a command of the example with this test's overlay; return its seconds, and its words."""
    begin = time.monotonic()
    said = pipeline.run(command, "--env", "test")
    return time.monotonic() - begin, said


def test_the_example_with_a_hundred_tables_runs_within_its_times(
    stack: Stack, hundred: Pipeline
) -> None:
    """From nothing to RUNNING within 3 minutes; a plan without steps takes less than 5 s; one
    changed table is one step on one connector."""
    before = stack.status("connect").memory_bytes
    applied, said = timed(hundred, "apply")
    assert said.code == 0, said.output
    after = stack.status("connect").memory_bytes
    status = hundred.run("status", "--env", "test")
    assert status.code == 0, status.output
    assert len(status.document["tables"]) == TABLES
    plans = [timed(hundred, "plan") for _ in range(3)]
    assert [plan.code for _, plan in plans] == [0, 0, 0], plans[0][1].output
    figures = {
        "tables": TABLES,
        "apply_s": round(applied, 1),
        "plans_s": [round(seconds, 1) for seconds, _ in plans],
        "connect_bytes_before": before,
        "connect_bytes_after": after,
    }
    told(figures)
    assert applied < APPLIED_S, figures
    # the machine may have had other work for a moment
    assert min(seconds for seconds, _ in plans) < PLANNED_S, figures
    spec = hundred.file.read_text()
    changed = spec.replace("tables:\n", "tables:\n  - {name: event_007, exclude: [name]}\n", 1)
    hundred.file.write_text(changed)
    _, plan = timed(hundred, "plan")
    assert plan.code == 2, plan.output
    steps = [one for one in plan.document["actions"] if one["action"] != "unchanged"]
    assert [(one["action"], one["resource"]["name"]) for one in steps] == [
        ("change", f"{hundred.name}.event_007.source")
    ]
    _, said = timed(hundred, "apply")
    assert said.code == 0, said.output
    assert timed(hundred, "plan")[1].code == 0


def told(figures: object) -> None:
    """Write figures down where that is asked for."""
    if folder := os.environ.get("MESSINA_PERFORMANCE_REPORTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"hundred-{TABLES}.json").write_text(json.dumps(figures) + "\n")
