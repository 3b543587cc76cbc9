"""kill -9 of every part in the middle of writes, and no row lost."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from cassandra.cluster import Session
from road import Road

from messina.testing import Stack, Traffic, until

_PARTS = ("connect", "kafka", "cql", "postgres")


@pytest.fixture()
def road(stack: Stack, cql: Session, keyspace: str, tmp_path: Path) -> Iterator[Road]:
    """A deployed pipeline with one table, `accounts`."""
    cql.execute(
        f"CREATE TABLE {keyspace}.accounts (owner int, name text, balance bigint, "
        "PRIMARY KEY ((owner), name)) WITH cdc = {'enabled': true}"
    )
    made = Road(stack, keyspace, tmp_path, "accounts")
    applied = made.apply()
    assert applied.code == 0, applied.output
    yield made
    assert made.destroy().code == 0


@pytest.mark.parametrize("part", _PARTS)
def test_a_killed_part_loses_no_row(road: Road, stack: Stack, cql: Session, part: str) -> None:
    """After kill -9 in the middle of writes, up and apply bring the road back, and all is equal."""
    table = f"{road.keyspace}.accounts"

    def operation(session: Session, chance: random.Random) -> None:
        # Half of the rows are written once: what is lost of them, no later write makes good.
        once = chance.random() < 0.5
        owner = 1_000 + chance.randrange(10**9) if once else chance.randrange(150)
        balance = chance.randrange(10**9)
        if not once and chance.random() < 0.2:
            session.execute(f"DELETE FROM {table} WHERE owner = {owner} AND name = 'a'")
        else:
            session.execute(
                f"INSERT INTO {table} (owner, name, balance) VALUES ({owner}, 'a', {balance})"
            )

    with Traffic(cql, operation, rate=100) as traffic:
        until(lambda: traffic.done > 200, within=60, what="200 writes before the kill")
        stack.kill(part)
        stack.up()
        after = traffic.done
        until(lambda: traffic.done > after + 200, within=90, what="200 writes after the kill")
    applied = road.apply()
    assert applied.code == 0, applied.output
    answer = road.reconcile(settle="90s")
    assert answer.code == 0, answer.output
