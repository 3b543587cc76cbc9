"""What no pipeline carries is refused by the plan, before anything is made."""

from pathlib import Path

import pytest
from cassandra.cluster import Session
from road import Road
from tables import COLLECTIONS

from messina.testing import Options, Stack

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


def _refusal(stack: Stack, keyspace: str, folder: Path, table: str, source: str) -> str:
    answer = Road(stack, keyspace, folder, table, source={"connector": source}).plan()
    assert answer.code == 1, answer.output
    return answer.output


def test_counters_are_refused(
    options: Options, stack: Stack, cql: Session, keyspace: str, tmp_path: Path
) -> None:
    """A counter table has no change log: the plan says so, by table and column."""
    cql.execute(f"CREATE TABLE {keyspace}.hits (id int PRIMARY KEY, hits counter)")
    said = _refusal(stack, keyspace, tmp_path, "hits", options.source)
    assert "counter" in said
    assert "hits" in said


def test_a_table_without_a_log_is_refused(
    options: Options, stack: Stack, cql: Session, keyspace: str, tmp_path: Path
) -> None:
    """A table whose CDC is off can't be carried, and the plan says what to do."""
    cql.execute(f"CREATE TABLE {keyspace}.silent (id int PRIMARY KEY, a int)")
    said = _refusal(stack, keyspace, tmp_path, "silent", options.source)
    assert "silent" in said
    assert "cdc" in said.lower()


@pytest.mark.parametrize("kind", ["time", "decimal", "float", "double", "frozen<list<int>>"])
def test_a_key_that_postgres_compares_otherwise_is_refused(
    options: Options, stack: Stack, cql: Session, keyspace: str, tmp_path: Path, kind: str
) -> None:
    """Two keys that CQL tells apart must be two in Postgres: other types are refused by name."""
    cql.execute(
        f"CREATE TABLE {keyspace}.keyed (odd {kind} PRIMARY KEY, a int) "
        "WITH cdc = {'enabled': true, 'postimage': true}"
    )
    assert "odd" in _refusal(stack, keyspace, tmp_path, "keyed", options.source)


def test_columns_that_break_the_official_connectors_sink_are_refused(
    stack: Stack, cql: Session, keyspace: str, tmp_path: Path
) -> None:
    """With `connector: scylladb` each column that would break the sink is named, to be excluded."""
    for statement in COLLECTIONS.types:
        cql.execute(statement.replace("{ks}", keyspace))
    cql.execute(COLLECTIONS.ddl(keyspace, "{'enabled': true, 'postimage': true}"))
    said = _refusal(stack, keyspace, tmp_path, COLLECTIONS.name, "scylladb")
    missing = [column for column in COLLECTIONS.breaks if f"column {column} of " not in said]
    assert missing == [], said
