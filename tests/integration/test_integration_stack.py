"""The stack as a whole: its data stays, and it does not mind a second one."""

from cassandra.cluster import Session

from messina.scylla import connect
from messina.stack import down
from messina.testing import Stack, running_second_stack


def test_down_and_up_keeps_the_data(stack: Stack, cql: Session, keyspace: str) -> None:
    """What was written before `down` is there after `up`."""
    cql.execute(f"CREATE TABLE {keyspace}.kept (id int PRIMARY KEY, word text)")
    cql.execute(f"INSERT INTO {keyspace}.kept (id, word) VALUES (1, 'still here')")
    assert down(stack.layout)
    assert not down(stack.layout), "a second `down` has nothing to do"
    stack.up()
    scylla = stack.endpoints.scylla
    with connect(scylla.contact_points, scylla.local_datacenter) as session:
        ((word,),) = session.execute(f"SELECT word FROM {keyspace}.kept WHERE id = 1")
    assert word == "still here"


def test_two_stacks_side_by_side(stack: Stack) -> None:
    """A second stack with another port base comes up beside the first, and both are ready."""
    with running_second_stack() as second:
        assert second.layout.port_base != stack.layout.port_base
        for running in (stack, second):
            assert all(running.status(name).ready for name in ("kafka", "postgres", "cql"))
