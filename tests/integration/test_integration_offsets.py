"""A pipeline goes on where it stopped, on another Kafka, with the same source and Postgres."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from road import Road

from messina.secrets import resolve
from messina.testing import Stack, running_second_stack, until

pytestmark = pytest.mark.gentle

ROWS = 200
MISSED = 50


@pytest.fixture()
def other(stack: Stack) -> Iterator[Stack]:
    """Another Kafka with its registry and Connect, at the same CQL server."""
    (address,) = stack.endpoints.scylla.contact_points
    with running_second_stack(cql=address, only=("kafka", "registry", "connect")) as second:
        yield second


def moved(road: Road, other: Stack, folder: Path) -> Road:
    """The same pipeline on another Kafka, into the Postgres of before."""
    postgres = road.stack.endpoints.postgres
    assert postgres.password is not None
    secret = other.layout.secrets / "postgres-of-before"
    secret.write_text(resolve(postgres.password).reveal())
    folder.mkdir()
    there = Road(other, road.keyspace, folder, "events")
    spec = json.loads(road.file.read_text())
    spec["sink"]["postgres"] = {
        **postgres.model_dump(mode="json"),
        "password": f"file:{secret}",
    }
    there.file.write_text(json.dumps(spec))
    return there


def test_a_backup_goes_on_on_another_kafka(
    stack: Stack, other: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Backup, destroy, writes, apply elsewhere, restore: every write of meanwhile arrives."""
    table = f"{keyspace}.events"
    cql.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, n int) WITH cdc = {{'enabled': true}}")
    road = Road(stack, keyspace, tmp_path, "events")
    there = moved(road, other, tmp_path / "there")

    def ids() -> set[int]:
        return {row[0] for row in road.rows(postgres_dsn, "SELECT id FROM {schema}.events")}

    assert road.apply().code == 0
    for key in range(ROWS):
        cql.execute(f"INSERT INTO {table} (id, n) VALUES ({key}, 1)")
    file = str(tmp_path / "backup.json")
    answer = road.offsets("backup", "--out", file)
    assert answer.code == 0, answer.output
    until(lambda: len(ids()) == ROWS, within=60, what="all rows of before have arrived")

    answer = road.destroy(keep_data=True)
    assert answer.code == 0, answer.output
    missed = range(ROWS, ROWS + MISSED)
    for key in missed:
        cql.execute(f"INSERT INTO {table} (id, n) VALUES ({key}, 2)")
    cql.execute(f"DELETE FROM {table} WHERE id = 0")
    cql.execute(f"UPDATE {table} SET n = 3 WHERE id = 1")

    try:
        answer = there.apply()
        assert answer.code == 0, answer.output
        cql.execute(f"INSERT INTO {table} (id, n) VALUES (1000, 4)")
        until(lambda: 1000 in ids(), within=60, what="what is written from now on arrives")
        assert not ids() & set(missed), "without the backup what was written meanwhile is missing"
        refused = there.offsets("restore", file)
        assert refused.code == 1
        assert "the backup is of Kafka cluster" in refused.output
        assert "--sources-only" in refused.output
        answer = there.offsets("restore", file, "--sources-only")
        assert answer.code == 0, answer.output
        until(lambda: ids() >= set(missed), within=60, what="what was written meanwhile arrives")
        report = there.reconcile()
        assert report.code == 0, report.output
        assert 0 not in ids()
    finally:
        assert there.destroy().code == 0
        assert road.destroy().code == 0
