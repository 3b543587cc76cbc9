"""The stack as a whole: its data stays, and it does not mind a second one."""

import psycopg
from cassandra.cluster import Session

from messina.kafka import Topic, Topics
from messina.scylla import connect
from messina.stack import down, status
from messina.testing import Stack, running_second_stack


def test_down_and_up_keeps_the_data(
    stack: Stack, cql: Session, keyspace: str, postgres_dsn: str
) -> None:
    """What was written before `down` is there after `up`: rows on both sides, and topics."""
    cql.execute(f"CREATE TABLE {keyspace}.kept (id int PRIMARY KEY, word text)")
    cql.execute(f"INSERT INTO {keyspace}.kept (id, word) VALUES (1, 'still here')")
    with psycopg.connect(postgres_dsn) as connection:
        connection.execute(f"CREATE SCHEMA {keyspace}".encode())
        connection.execute(f"CREATE TABLE {keyspace}.kept AS SELECT 'here too' AS word".encode())
    topic = f"kept-{keyspace}"
    Topics(stack.endpoints.kafka.bootstrap_servers).create([Topic(topic, 1)])
    assert down(stack.layout)
    assert not down(stack.layout), "a second `down` has nothing to do"
    stack.up()
    scylla = stack.endpoints.scylla
    with connect(scylla.contact_points, scylla.local_datacenter) as session:
        ((word,),) = session.execute(f"SELECT word FROM {keyspace}.kept WHERE id = 1")
    assert word == "still here"
    with psycopg.connect(postgres_dsn) as connection:
        kept = connection.execute(f"SELECT word FROM {keyspace}.kept".encode()).fetchall()
        connection.execute(f"DROP SCHEMA {keyspace} CASCADE".encode())
    assert kept == [("here too",)]
    topics = Topics(stack.endpoints.kafka.bootstrap_servers)
    assert topic in topics.names()
    topics.delete([topic])


def test_two_stacks_side_by_side(stack: Stack) -> None:
    """A second stack with another port base comes up beside the first, and both are ready."""
    with running_second_stack() as second:
        assert second.layout.port_base != stack.layout.port_base
        for running in (stack, second):
            assert all(entry.ready for entry in status(running.layout))
