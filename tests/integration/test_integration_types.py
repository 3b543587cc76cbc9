"""Every type, value by value, from CQL through Kafka and the sink into Postgres."""

import json
from pathlib import Path
from typing import Any

import pytest
from cassandra.cluster import Session
from road import Road

from messina.artifacts import root
from messina.scylla import identifier
from messina.testing import Stack

pytestmark = [pytest.mark.stack, pytest.mark.gentle]

DOCUMENT: dict[str, Any] = json.loads(
    (root() / "libs" / "types" / "vectors.json").read_text(encoding="utf-8")
)
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]


def test_every_vector_arrives(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path, postgres_dsn: str
) -> None:
    """Each value of the contract, written in CQL, is in Postgres the text of the contract."""
    for name, fields in DOCUMENT["user_types"].items():
        listed = ", ".join(f"{identifier(each)} {cql_type}" for each, cql_type in fields)
        cql.execute(f"CREATE TYPE {keyspace}.{identifier(name)} ({listed})")
    types = sorted({vector["cql_type"] for vector in VECTORS})
    columns = ", ".join(f"c{place} {name}" for place, name in enumerate(types))
    cql.execute(
        f"CREATE TABLE {keyspace}.vectors (id text PRIMARY KEY, {columns}) "
        "WITH cdc = {'enabled': true}"
    )
    road = Road(stack, keyspace, tmp_path, "vectors")
    applied = road.apply()
    assert applied.code == 0, applied.output
    for vector in VECTORS:
        cql.execute(
            f"INSERT INTO {keyspace}.vectors (id, c{types.index(vector['cql_type'])}) "
            f"VALUES ('{vector['id']}', {vector['cql']})"
        )
    answer = road.reconcile()
    assert answer.code == 0, answer.output
    found = {
        key: text
        for place, _ in enumerate(types)
        for key, text in road.rows(
            postgres_dsn, f"SELECT id, c{place}::text FROM {{schema}}.vectors"
        )
        if text is not None
    }
    assert found == {vector["id"]: vector["postgres"] for vector in VECTORS}
    assert road.destroy().code == 0
