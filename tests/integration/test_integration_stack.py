"""A stack as a whole: its data stays, and it does not mind another one beside it."""

from collections.abc import Iterator

import psycopg
import pytest

from messina.kafka import Topic, Topics
from messina.pipeline import PostgresEndpoint
from messina.scylla import connect
from messina.secrets import resolve
from messina.stack import down, status
from messina.testing import Stack, running_second_stack

pytestmark = [pytest.mark.stack, pytest.mark.gentle]


@pytest.fixture(scope="module")
def second(stack: Stack) -> Iterator[Stack]:
    """A second stack, beside the one of the run."""
    with running_second_stack() as running:
        yield running


def _dsn(postgres: PostgresEndpoint) -> str:
    assert postgres.password is not None
    return (
        f"host={postgres.host} port={postgres.port} dbname={postgres.database} "
        f"user={postgres.user} password={resolve(postgres.password).reveal()}"
    )


def test_two_stacks_side_by_side(stack: Stack, second: Stack) -> None:
    """A second stack with another port base comes up beside the first, and both are ready."""
    assert second.layout.port_base != stack.layout.port_base
    for running in (stack, second):
        assert all(entry.ready for entry in status(running.layout))


def test_down_and_up_keeps_the_data(second: Stack) -> None:
    """What was written before `down` is there after `up`: rows on both sides, and topics."""
    scylla, dsn = second.endpoints.scylla, _dsn(second.endpoints.postgres)
    brokers = second.endpoints.kafka.bootstrap_servers
    with connect(scylla.contact_points, scylla.local_datacenter) as session:
        session.execute(
            "CREATE KEYSPACE k WITH replication = "
            f"{{'class': 'NetworkTopologyStrategy', '{scylla.local_datacenter}': 1}}"
        )
        session.execute("CREATE TABLE k.kept (id int PRIMARY KEY, word text)")
        session.execute("INSERT INTO k.kept (id, word) VALUES (1, 'still here')")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE SCHEMA k")
        connection.execute("CREATE TABLE k.kept AS SELECT 'here too' AS word")
    Topics(brokers).create([Topic("kept", 1)])
    assert down(second.layout)
    assert not down(second.layout), "a second `down` has nothing to do"
    second.up()
    with connect(scylla.contact_points, scylla.local_datacenter) as session:
        ((word,),) = session.execute("SELECT word FROM k.kept WHERE id = 1")
    assert word == "still here"
    with psycopg.connect(dsn) as connection:
        kept = connection.execute("SELECT word FROM k.kept").fetchall()
    assert kept == [("here too",)]
    assert "kept" in Topics(brokers).names()
